"""The results of a study as a value: every arm with its figures, comparisons, what was recovered, what could be seen."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from synthetrial.evaluate.statistics import holm
from synthetrial.study.measured import Arms, Figure, Key, difference, figure, gap, splits_of
from synthetrial.study.power import SEEN, Power
from synthetrial.study.scoring import REAL, SHUFFLED, TEACHER, WHOLE
from synthetrial.study.settings import REAL as ALONE
from synthetrial.study.settings import Question, Study

Interval = tuple[float | None, float | None]


class Value(msgspec.Struct, frozen=True):
    """A figure and its 95 % interval."""

    value: float
    ci: Interval


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """An arm: where and of what, its figures, and what it adds to recipients' real trials alone. `gap` is the share that it
    recovers of what the whole pool adds, with what that says where there is none."""

    scenario: str
    classifier: str
    n_real: int
    recipe: str
    mode: str
    records: int
    seeds: int
    splits: int
    mixing: tuple[float, ...]
    roc_auc: Value
    pr_auc: Value
    delta_roc_auc: Value | None = None
    delta_pr_auc: Value | None = None
    gap: Value | None = None
    gap_says: str = ""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two arms on the same test trials: `delta` in ROC-AUC, with its p-value and `least`, the smallest difference that was seen
    at 80 % power; `delta_pr_auc` in PR-AUC."""

    ask: str
    primary: bool
    scenario: str
    classifier: str
    n_real: int
    one: str
    other: str
    records: int
    n_test: int
    seeds: int
    splits: int
    delta: Value
    delta_pr_auc: Value
    p: float
    p_holm: float
    least: float


class MeanGap(msgspec.Struct, frozen=True, kw_only=True):
    """The gap recovered in the classifiers' mean ROC-AUC, over so many splits; None where it is not to be told. `pool_gain` is
    what the whole pool adds to recipients' trials there."""

    recipe: str
    mode: str
    records: int
    n_real: int
    splits: int
    value: Value | None
    pool_gain: Value
    says: str


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """All that a study came to."""

    name: str
    about: str
    label_rule: str
    trials: dict[str, dict[str, int]]
    sets: list[dict[str, object]]
    drawn_from: dict[str, str]
    rows: list[Row]
    comparisons: list[Comparison]
    gaps: list[MeanGap]
    powers: list[Power]
    primary: str
    notes: list[str]


def rows(arms: Arms) -> Iterator[Row]:
    """A row for every arm."""
    for key in arms:
        roc, pr = figure(arms, key), figure(arms, key, "pr_auc")
        assert roc is not None
        assert pr is not None
        alone = _alone(key)
        gains = [difference(arms, key, alone, area) for area in ("roc_auc", "pr_auc")] if key != alone else [None, None]
        found = None
        if key.scenario == "share" and key.kind not in (REAL, WHOLE, TEACHER):
            found = gap(arms, [key], [alone], [_whole(key)])
        yield Row(
            scenario=key.scenario,
            classifier=key.classifier,
            n_real=key.n_real,
            recipe=key.recipe,
            mode=key.kind,
            records=key.size,
            seeds=len({each.seed for each in arms[key]}),
            splits=len(splits_of(arms, key)),
            mixing=tuple(each.mixing for each in arms[key]),
            roc_auc=_value(roc),
            pr_auc=_value(pr),
            delta_roc_auc=_maybe(gains[0]),
            delta_pr_auc=_maybe(gains[1]),
            gap=None if found is None or found.value is None else Value(found.value, found.ci),
            gap_says="" if found is None else found.says,
        )


def comparisons(study: Study, arms: Arms, n_test: int) -> list[Comparison]:
    """The primary comparison, and the exploratory ones at every size and by every classifier; Holm inside each."""
    first = study.primary
    named = Question(ask=f"Is {first.set} better than {_said(first.against)}?", set=first.set, against=first.against)
    primary = _pair(study, arms, named, first.classifier, first.n_real, first.scenario)
    asked = study.questions or tuple(
        Question(ask=f"Is {first.set} better than {each.recipe.name}?", set=first.set, against=each.recipe.name)
        for each in study.sets
        if each.recipe.name != first.set
    )
    places = [
        (scenario, classifier, size)
        for scenario, sizes in (("share", study.n_real), ("augment", study.augment))
        for classifier in study.classifiers
        for size in sizes
    ]
    explored = [
        _compared(question.ask, False, arms, *pair, n_test)
        for question in asked
        for scenario, classifier, size in places
        if (pair := _pair(study, arms, question, classifier, size, scenario)) and pair != primary
    ]
    adjusted = holm([each.p for each in explored])
    return [
        *([_compared(named.ask, True, arms, *primary, n_test)] if primary else []),
        *(msgspec.structs.replace(each, p_holm=p) for each, p in zip(explored, adjusted, strict=True)),
    ]


def mean_gaps(study: Study, arms: Arms) -> Iterator[MeanGap]:
    """The gap recovered by each set and mode at each size, in ROC-AUC averaged over the classifiers."""
    named = {
        (key.recipe, key.kind, key.size) for key in arms if key.recipe and key.kind != SHUFFLED and key.scenario == "share"
    }
    for recipe, mode, size in sorted(named):
        for n_real in study.n_real:
            keys = [
                Key(scenario="share", classifier=each, kind=mode, n_real=n_real, recipe=recipe, size=size)
                for each in study.classifiers
            ]
            found = gap(arms, keys, [_alone(key) for key in keys], [_whole(key) for key in keys])
            if found is not None:
                yield MeanGap(
                    recipe=recipe,
                    mode=mode,
                    records=size,
                    n_real=n_real,
                    splits=len(splits_of(arms, *keys)),
                    value=None if found.value is None else Value(found.value, found.ci),
                    pool_gain=Value(found.pool_gain, found.pool_gain_ci),
                    says=found.says,
                )


def _pair(study: Study, arms: Arms, question: Question, classifier: str, n_real: int, scenario: str) -> tuple[Key, Key] | None:
    """The two arms of a question, with as many records in both: at the number at which both were measured on most splits, the
    largest of those."""
    mode = question.mode or study.primary.mode

    def at(recipe: str, kind: str) -> dict[int, Key]:
        return {
            key.size: key
            for key in arms
            if (key.scenario, key.classifier, key.n_real, key.recipe, key.kind) == (scenario, classifier, n_real, recipe, kind)
        }

    one = at(question.set, mode)
    if question.against == ALONE:
        other = {size: _alone(key) for size, key in one.items()}
    else:
        other = at(question.against, question.against_mode or mode)
    shared = {size: len(splits_of(arms, one[size], other[size])) for size in one.keys() & other.keys()}
    size = max((each for each in shared if shared[each]), key=lambda each: (shared[each], each), default=None)
    return None if size is None else (one[size], other[size])


def _compared(ask: str, primary: bool, arms: Arms, one: Key, other: Key, n_test: int) -> Comparison:
    found, pr = difference(arms, one, other), difference(arms, one, other, "pr_auc")
    assert found is not None  # `_pair` gives arms of one split
    assert pr is not None
    return Comparison(
        ask=ask,
        primary=primary,
        scenario=one.scenario,
        classifier=one.classifier,
        n_real=one.n_real,
        one=_named(one),
        other=_named(other),
        records=one.size,
        n_test=n_test,
        seeds=len({each.seed for each in arms[one]}),
        splits=len(splits_of(arms, one, other)),
        delta=_value(found),
        delta_pr_auc=_value(pr),
        p=found.p,
        p_holm=found.p,
        least=SEEN * float(found.resampled.std(ddof=1)),
    )


def _alone(key: Key) -> Key:
    return Key(scenario=key.scenario, classifier=key.classifier, kind=REAL, n_real=key.n_real)


def _whole(key: Key) -> Key:
    return Key(scenario="share", classifier=key.classifier, kind=WHOLE, n_real=0)


def _named(key: Key) -> str:
    return f"{key.recipe}, {key.kind}" if key.recipe else _said(ALONE)


def _said(name: str) -> str:
    return "real trials alone" if name == ALONE else name


def _value(found: Figure) -> Value:
    return Value(found.value, found.ci)


def _maybe(found: Figure | None) -> Value | None:
    return None if found is None else _value(found)
