"""What records share word for word with real trials: measured once for all copying metrics.

Every record is held against its own exemplars, against all training trials, and, to subtract what related trials share
anyway, against held-out trials: the nearest ones to its exemplars, and as many of them as of training trials. Real test trials
in the place of records give the reference. Runs of words stay within a section; what the plan gives (design, names of drugs,
interventions and conditions) does not count as copied (`similar.spans`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.metric import MetricResult
from synthetrial.evaluate.privacy.matched import held_out_twins, matched_exemplars
from synthetrial.evaluate.statistics import mean_interval
from synthetrial.similar.spans import DISTINCTIVE_BELOW, SpanIndex, given_words, runs
from synthetrial.trial import Protocol

if TYPE_CHECKING:
    from synthetrial.evaluate.inputs import Inputs

SIZES: Final = (8, 13)
"""Words of the runs whose share is measured."""

LIMIT: Final = 12
"""Words in a row beyond which a record counts as copied, as in the check `copy`."""

LONGEST: Final = 30
"""Words of a run from which on lengths are counted together."""

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Masks = npt.NDArray[np.bool_]
Described = Callable[[Floats], Mapping[str, object]]


class Shared(msgspec.Struct, frozen=True):
    """What one protocol shares with some trials: words of the longest distinctive run, and shares of its runs by size."""

    span: int = 0
    grams: tuple[float, ...] = (0.0,) * len(SIZES)


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """By record: with its own exemplars, with the held-out twins of these (`own_held`), with all training trials, with a
    sample of them (`some`) and with as many held-out trials (`held`). By test trial: with its matched training trials
    (`real_own`) and with all training trials (`real_train`)."""

    own: tuple[Shared, ...]
    own_held: tuple[Shared, ...]
    train: tuple[Shared, ...]
    some: tuple[Shared, ...]
    held: tuple[Shared, ...]
    real_own: tuple[Shared, ...]
    real_train: tuple[Shared, ...]


def copied(inputs: Inputs) -> Copied:
    """All that the copying metrics read (about 4 ms a record against 5,000 trials)."""
    from synthetrial.evaluate.inputs import planned_names

    held = (*inputs.valid, *inputs.test)
    others = SpanIndex([each.trial_id for each in held], (each.protocol for each in held))
    size = min(len(inputs.train), len(held))
    some = _sample(len(inputs.train), size)
    as_many = _sample(len(held), size)
    twins = held_out_twins(inputs)
    with_train, with_held = _Numbered(inputs.spans), _Numbered(others)
    found: dict[str, list[Shared]] = {each: [] for each in ("own", "own_held", "train", "some", "held")}
    for record in inputs.synthetic:
        exemplars = inputs.exemplars(record)
        given, protocol = planned_names(record), record.protocol
        own = with_train.among(each.trial_id for each in exemplars)
        near = with_held.among(twins[each.trial_id].trial_id for each in exemplars if each.trial_id in twins)
        for names, measured in (
            (("own", "train", "some"), shared(protocol, inputs.spans, (own, None, some), given)),
            (("own_held", "held"), shared(protocol, others, (near, as_many), given)),
        ):
            for name, each in zip(names, measured, strict=True):
                found[name].append(each)
    real_own, real_train = [], []
    for trial, matched in zip(inputs.test, matched_exemplars(inputs), strict=True):
        mine = with_train.among(each.trial_id for each in matched)
        drugs = inputs.trial_drugs.get(trial.trial_id, ())
        ours, all_of_them = shared(trial.protocol, inputs.spans, (mine, None), drugs)
        real_own.append(ours)
        real_train.append(all_of_them)
    return Copied(
        **{name: tuple(each) for name, each in found.items()}, real_own=tuple(real_own), real_train=tuple(real_train)
    )  # fmt: skip


def shared(
    protocol: Protocol, index: SpanIndex, groups: Sequence[Masks | None], drugs: Sequence[str] = ()
) -> tuple[Shared, ...]:
    """What `protocol` shares with the trials of each of `groups` (a mask over the trials of `index`; None: all).

    A run counts for the span when it is distinctive (fewer than `DISTINCTIVE_BELOW` trials of the index have it). Shares of
    runs are those found in any trial of a group.
    """
    given = (*drugs, *protocol.conditions, *(each.name for each in protocol.interventions))
    parts = runs(protocol)
    totals = np.array([sum(max(0, len(each) - size + 1) for each in parts) for size in SIZES])
    tokens = [word for each in parts for word in (*each, "")]  # "" stands in no trial: no run crosses it
    starts, lengths, trials = index.matches(tokens)
    if not starts.size:
        return (Shared(),) * len(groups)
    written = np.concatenate([[0], np.cumsum(~given_words(tokens, given))])
    counted = written[starts + lengths] - written[starts]
    found = []
    for group in groups:
        mine = np.ones(len(trials), dtype=np.bool_) if group is None else group[trials]
        covered = [_covered(starts[mine], lengths[mine], size, len(tokens)) for size in SIZES]
        shares = (np.array(covered) / np.maximum(totals, 1)).tolist()
        found.append(Shared(_distinctive(starts, lengths, trials, counted, mine), tuple(shares)))
    return tuple(found)


def result(
    inputs: Inputs,
    rng: np.random.Generator,
    value: Callable[[Shared], float],
    describe: Described,
    *,
    whole: bool,
    extra: dict[str, object],
) -> MetricResult:
    """The result of a copying metric: `value` of each record against its own exemplars, or the `whole` training split."""
    from synthetrial.evaluate.inputs import small

    found = inputs.copied
    records, real = (found.train, found.real_train) if whole else (found.own, found.real_own)
    values, reals = _values(records, value), _values(real, value)
    interval = mean_interval(values, inputs.synthetic_clusters, inputs.effort.resamples, rng)
    seen, held = (found.some, found.held) if whole else (found.own, found.own_held)
    minus: dict[str, object] | str = "no held-out trial to subtract"
    if inputs.valid or inputs.test:
        apart = _values(seen, value) - _values(held, value)
        minus = {
            "seen": float(_values(seen, value).mean()),
            "held_out": float(_values(held, value).mean()),
            "difference": float(apart.mean()),
            "ci": list(mean_interval(apart, inputs.synthetic_clusters, inputs.effort.resamples, rng)),
            "held_out_trials": "as many as training trials" if whole else "nearest to the record's exemplars, same drug first",
        }
    against = "all training trials" if whole else "their matched training trials"
    return MetricResult(
        value=float(values.mean()),
        ci_low=interval.low,
        ci_high=interval.high,
        n=len(values),
        reference=float(reals.mean()) if len(reals) else None,
        details={
            "distribution": describe(values),
            "reference_distribution": describe(reals) if len(reals) else None,
            "minus_held_out": minus,
            "reference": f"{len(reals)} test trials against {against}" if len(reals) else "no test trial",
            **extra,
            **small(len(values)),
        },
    )


def quantiles(values: Floats) -> dict[str, float]:
    """Median, 90th percentile and maximum."""
    return {"median": float(np.median(values)), "p90": float(np.quantile(values, 0.9)), "max": float(values.max())}


def span_quantiles(lengths: Floats) -> dict[str, object]:
    """`quantiles`, the share of records over `LIMIT`, and the shares with 0, 1, … and `LONGEST` or more words."""
    by_words = np.bincount(np.minimum(lengths, LONGEST).astype(np.int64), minlength=LONGEST + 1) / len(lengths)
    return {
        **quantiles(lengths),
        f"share_over_{LIMIT}": float((lengths > LIMIT).mean()),
        "by_words": by_words.tolist(),
    }


class _Numbered:
    def __init__(self, index: SpanIndex) -> None:
        self.place = {each: number for number, each in enumerate(index.trial_ids)}

    def among(self, ids: Iterable[str]) -> Masks:
        mask = np.zeros(len(self.place), dtype=np.bool_)
        mask[[self.place[each] for each in ids]] = True
        return mask


def _values(measured: Sequence[Shared], value: Callable[[Shared], float]) -> Floats:
    return np.array([value(each) for each in measured], dtype=np.float64)


def _sample(total: int, size: int) -> Masks:
    """`size` of `total` trials, spread evenly over their order, the same whatever the seed: ids say nothing of the content."""
    mask = np.zeros(total, dtype=np.bool_)
    mask[np.linspace(0, total, size, endpoint=False).astype(np.int64)] = True
    return mask


def _distinctive(starts: Numbers, lengths: Numbers, trials: Numbers, counted: Numbers, mine: Masks) -> int:
    """Counted words of the longest run of `mine` that fewer than `DISTINCTIVE_BELOW` trials have."""
    best: dict[tuple[int, int], int] = dict(
        zip(zip(starts[mine].tolist(), lengths[mine].tolist(), strict=True), counted[mine].tolist(), strict=True)
    )
    for (start, length), words in sorted(best.items(), key=lambda each: -each[1]):
        covers = (starts <= start) & (starts + lengths >= start + length)
        if len(np.unique(trials[covers])) < DISTINCTIVE_BELOW:
            return words
    return 0


def _covered(starts: Numbers, lengths: Numbers, size: int, words: int) -> int:
    """How many runs of `size` of the `words` lie within a shared run."""
    long = lengths >= size
    if not long.any():
        return 0
    edges = np.bincount(starts[long], minlength=words + 1)
    edges = edges - np.bincount(starts[long] + lengths[long] - size + 1, minlength=words + 1)
    return int((np.cumsum(edges) > 0).sum())
