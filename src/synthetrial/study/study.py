"""A study from its file to its results: sets are made, each as a run of its own, measured cell by cell, and compared.

Whatever is finished is kept: killed and started again, a study makes no record and measures no cell twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from synthetrial.corpus.store import load_corpus
from synthetrial.errors import StoreError
from synthetrial.evaluate.inputs import Inputs, labels_of
from synthetrial.evaluate.refusal import refuse_leaks
from synthetrial.evaluate.utility.measure import Resamples
from synthetrial.generate.event import Event
from synthetrial.generate.run import Opener, generate
from synthetrial.generate.run import trials_of as records_of
from synthetrial.run.store import RunStore
from synthetrial.study import cells
from synthetrial.study.corpora import Trials, corpus_of, trials_of
from synthetrial.study.measured import Held, Key, drawn_clusters, held, resamples_of
from synthetrial.study.plan import Made, config_of, run_folder, sets
from synthetrial.study.power import Part, Power, powers
from synthetrial.study.results import Results, comparisons, mean_gaps, rows
from synthetrial.study.scoring import Arm, Folds, Measure, clusters, drawn_from, score_real, score_set
from synthetrial.study.settings import Classifier, Study
from synthetrial.trial import SyntheticTrial

CELLS: Final = "cells"


class Step(msgspec.Struct, frozen=True):
    """Where a study stands: what it does ("make", "measure"), of what, and the number of that (from 1) of how many."""

    kind: str
    what: str
    number: int
    count: int


class Set(msgspec.Struct, frozen=True, kw_only=True):
    """A set that is there: what it is, its records, and how its teacher is cross-fitted."""

    made: Made
    records: tuple[SyntheticTrial, ...]

    @property
    def folds(self) -> Folds:
        """The teacher's folds, those of the run."""
        return Folds(self.made.recipe.verify.folds, self.made.seed)


def study(
    settings: Study,
    folder: Path,
    opened: Opener,
    *,
    watch: Callable[[Step], None] = lambda step: None,
    watch_run: Callable[[Event], None] = lambda event: None,
) -> Results:
    """Make the sets of a study in `folder`, or go on, measure them, and compare. `opened` opens a model. Raises what `generate`
    raises, and `CorpusError` for a corpus that cannot be divided so."""
    wanted = list(sets(settings))
    for number, made in enumerate(wanted, 1):
        watch(Step("make", made.name, number, len(wanted)))
        generate(config_of(settings, made, folder), run_folder(folder, made), opened, watch=watch_run)
    given = [Set(made=each, records=records_of(run_folder(folder, each))) for each in wanted]
    return measure(settings, folder, given, watch=watch)


def remaining(settings: Study, folder: Path) -> Iterator[tuple[Made, int]]:
    """The sets of a study, and how many of their records are there."""
    for each in sets(settings):
        path = run_folder(folder, each)
        there = 0
        # not begun, or killed as it was: whatever else is wrong is told when it is gone on with
        with suppress(StoreError), RunStore.read(path) as store:
            there = store.count_trials()
        yield each, there


def measure(
    settings: Study, folder: Path, given: Sequence[Set], *, watch: Callable[[Step], None] = lambda step: None
) -> Results:
    """Measure the sets that there are and compare them. Raises `RefusedError` for one in which the split is not kept."""
    for one in given:
        _refuse_leaks(settings, folder, one)
    tasks = list(_tasks(settings, folder, given))
    arms: dict[Key, list[Held]] = {}
    drawn = _resamples(settings, [each.measure for each in tasks])
    alone: dict[str, list[Part]] = {each: [] for each in settings.classifiers}
    compared = {each.made.split for each in given if each.made.recipe.name == settings.primary.set}
    for number, task in enumerate(tasks, 1):
        watch(Step("measure", task.what, number, len(tasks)))
        found = cells.kept(folder / CELLS, task.key, task.make)
        labels = labels_of(task.measure.trials.test)
        resamples = drawn[task.measure.trials.fingerprint]
        for each in found:
            of = task.of(each)
            arms.setdefault(of, []).append(held(each, labels, resamples, task.measure.seed, task.seed))
        if task.recipe == "" and not task.measure.own and task.measure.seed in compared:
            alone[task.measure.classifier].append(Part(found, labels, resamples))
    first = _shared(settings, folder, settings.splits[0])
    return Results(
        name=settings.name,
        about=settings.about,
        label_rule=load_corpus(corpus_of(settings, folder, settings.splits[0])).label_rule,
        trials={str(each): _counted(_shared(settings, folder, each)) for each in settings.splits},
        sets=[_told(each) for each in given],
        drawn_from={str(size): _source(settings, first, size) for size in settings.n_real if size},
        rows=list(rows(arms)),
        comparisons=comparisons(settings, arms, len(first.test)),
        gaps=list(mean_gaps(settings, arms)),
        powers=[each for name, parts in alone.items() if parts for each in powers(parts, name, settings.primary.effect)],
        primary=_primary(settings),
        notes=_notes(settings, given),
    )


def power(settings: Study, folder: Path) -> list[Power]:
    """What the study could see, from the real corpus alone, over the splits on which the primary set is to be made."""
    wanted = [each for each in settings.sets if each.recipe.name == settings.primary.set]
    splits = sorted({split for each in wanted for split in settings.splits_of(each)})
    found: list[Power] = []
    for classifier in settings.classifiers:
        measures = [_measure(settings, folder, split, classifier) for split in splits]
        drawn = _resamples(settings, measures)
        parts = [
            Part(
                score_real(each, _primary_size(settings), Folds(3, 0)),
                labels_of(each.trials.test),
                drawn[each.trials.fingerprint],
            )
            for each in measures
        ]
        found += powers(parts, classifier, settings.primary.effect)
    return found


def _resamples(settings: Study, measures: Sequence[Measure]) -> dict[str, Resamples]:
    """The resamples of each corpus, by its fingerprint."""
    own = {each.trials.fingerprint: each for each in measures}
    named = {key: clusters(each) for key, each in own.items()}
    drawn = drawn_clusters((name for each in named.values() for name in each), settings.resamples)
    return {key: resamples_of(each, drawn, settings.draws, own[key].seed) for key, each in named.items()}


class _Task(msgspec.Struct, frozen=True, kw_only=True):
    """A cell to measure."""

    measure: Measure
    key: str
    what: str
    make: Callable[[], list[Arm]]
    recipe: str = ""
    seed: int = 0
    size: int = 0

    def of(self, arm: Arm) -> Key:
        """Which arm of the study that is."""
        return Key(
            scenario="augment" if self.measure.own else "share",
            classifier=self.measure.classifier,
            kind=arm.kind,
            n_real=arm.n_real,
            recipe=self.recipe,
            size=self.size,
        )


def _tasks(settings: Study, folder: Path, given: Sequence[Set]) -> Iterator[_Task]:
    as_many = _primary_size(settings)
    written = max((len(each.records) for each in given if each.made.recipe.write.by == "model"), default=0)
    for classifier in settings.classifiers:
        places: list[tuple[int, int | None]] = [(split, None) for split in settings.splits]
        places += [(each.made.split, each.made.n_real) for each in given if each.made.n_real is not None]
        for split, own in dict.fromkeys(places):
            how = _measure(settings, folder, split, classifier, own)
            folds = Folds(_primary_folds(settings), 0)
            yield _Task(
                measure=how,
                key=cells.key(how, folds, as_many),
                what=f"real trials, split {split}, {classifier}",
                make=_later(score_real, how, as_many, folds),
            )
            for each in given:
                if (each.made.split, each.made.n_real) == (split, own):
                    yield from _of_set(settings, how, each, written)


def _of_set(settings: Study, how: Measure, given: Set, written: int) -> Iterator[_Task]:
    made = given.made
    for size in _sizes(settings, made, len(given.records), written):
        records = given.records[:size]
        yield _Task(
            measure=how,
            key=cells.key(how, given.folds, records),
            what=f"{made.name}, {size} records, {how.classifier}",
            make=_later(score_set, how, records, given.folds),
            recipe=made.recipe.name,
            seed=made.seed,
            size=size,
        )


def _later(score: Callable[..., list[Arm]], *given: object) -> Callable[[], list[Arm]]:
    return lambda: score(*given)


def _sizes(settings: Study, made: Made, there: int, written: int) -> list[int]:
    """How many records of a set are measured: all, as many as every set is to have, and the growing ones of the first primary
    set and of larger sets beside it; not more than a model wrote (`written`), which could be held against nothing."""
    there = min(there, written) if written else there
    least = min(each.n or settings.n for each in settings.sets)
    first = made.n_real is None and (made.split, made.seed) == (settings.splits[0], settings.seeds[0])
    grown = settings.growth if first and (made.recipe.name == settings.primary.set or made.n > settings.n) else ()
    return sorted({each for each in (made.n, least, *grown) if each <= there} | {there})


def _measure(settings: Study, folder: Path, split: int, classifier: Classifier, own: int | None = None) -> Measure:
    return Measure(
        trials=trials_of(settings, corpus_of(settings, folder, split, own)),
        classifier=classifier,
        n_real=settings.n_real if own is None else (own,),
        modes=settings.modes,
        draws=settings.draws,
        seed=split,
        own=own is not None,
    )


def _shared(settings: Study, folder: Path, split: int) -> Trials:
    return trials_of(settings, corpus_of(settings, folder, split))


def _refuse_leaks(settings: Study, folder: Path, given: Set) -> None:
    """Raises `RefusedError` for a set that holds, or was made from, a trial of another side than the pool."""
    trials = trials_of(settings, corpus_of(settings, folder, given.made.split, given.made.n_real))
    held = (*trials.rest, *trials.valid)
    inputs = Inputs(run=given.made.name, synthetic=given.records, train=trials.pool, valid=held, test=trials.test)
    refuse_leaks(inputs, records=True)


def _primary_size(settings: Study) -> int:
    return max(each.n or settings.n for each in settings.sets if each.recipe.name == settings.primary.set)


def _primary_folds(settings: Study) -> int:
    return next(each.recipe.verify.folds for each in settings.sets if each.recipe.name == settings.primary.set)


def _counted(trials: Trials) -> dict[str, int]:
    sides = {"pool": trials.pool, "recipients": trials.rest, "validation": trials.valid, "test": trials.test}
    counts = {name: len(side) for name, side in sides.items()}
    return counts | {f"{name} failures": int((labels_of(side) == 0).sum()) for name, side in sides.items()}


def _told(given: Set) -> dict[str, object]:
    made = given.made
    exemplars = {each for record in given.records for each in record.provenance.exemplars}
    return {
        "recipe": made.recipe.name, "split": made.split, "seed": made.seed, "n_real": made.n_real, "model": made.model,
        "records": len(given.records), "wanted": made.n, "successes": sum(each.label for each in given.records),
        "exemplars": len(exemplars),
    }  # fmt: skip


def _source(settings: Study, trials: Trials, size: int) -> str:
    how = Measure(
        trials=trials,
        classifier=settings.classifiers[0],
        n_real=(size,),
        modes=(),
        draws=settings.draws,
        seed=settings.splits[0],
    )
    return "the rest" if drawn_from(how, size)[0] else "the pool: the rest is too small"


def _primary(settings: Study) -> str:
    first = settings.primary
    return (
        f"{first.set} against {first.against}: ROC-AUC, {first.classifier}, n_real = {first.n_real}, {first.scenario}, "
        f"mode {first.mode}; a difference of {first.effect} would matter"
    )


def _notes(settings: Study, given: Sequence[Set]) -> list[str]:
    return [
        f"{each.made.name}: {len(each.records)} of {each.made.n} records" for each in given if len(each.records) < each.made.n
    ]
