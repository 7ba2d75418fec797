"""Evaluations side by side, and by how much their gains differ on the test trials that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from statistics import NormalDist
from typing import Any, Final

import msgspec
import numpy as np

from synthetrial.errors import UsageError
from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.metric import Direction, metrics
from synthetrial.evaluate.statistics import LEVEL, holm
from synthetrial.evaluate.table import UTILITIES

_Z: Final = NormalDist().inv_cdf((1 + LEVEL) / 2)


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A metric of one run: its value, its 95 % interval, the same on real data, and on how many records it rests."""

    value: float
    ci_low: float | None
    ci_high: float | None
    reference: float | None
    n: int


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A metric of all runs, in their order; None where a run lacks it."""

    metric: str
    better: Direction
    figures: tuple[Figure | None, ...]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The gain of `run` less that of `than`, paired over the `n` test trials of `drugs` drugs that both were measured on.

    `p_holm` is two-sided, corrected over the pairs of runs.
    """

    metric: str
    run: str
    than: str
    value: float
    ci_low: float
    ci_high: float
    p_holm: float
    n: int
    drugs: int


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Runs side by side. `unpaired` says of pairs of runs why their gains only stand next to each other."""

    runs: tuple[str, ...]
    rows: tuple[Row, ...]
    differences: tuple[Difference, ...]
    unpaired: tuple[str, ...]


def compare(evaluations: Sequence[Evaluation]) -> Comparison:
    """The figures of all runs, and the differences in gain of those pairs whose test trials are the same.

    A gain is a mean of pseudo-values by drug (see `utility.paired`). The standard error of a difference is that of the mean of
    paired differences, and that of either run's training draws, which are drawn apart. Raises `UsageError` for fewer than two
    evaluations, or two of one name.
    """
    runs = tuple(each.run for each in evaluations)
    if len(runs) < 2:
        raise UsageError("a comparison takes two evaluated runs or more: `synthetrial compare RUN RUN`")
    if len(set(runs)) < len(runs):
        raise UsageError(f"two evaluations have the same name ({', '.join(runs)}); give each its own")
    differences: list[Difference] = []
    unpaired: dict[str, None] = {}
    for name in UTILITIES:
        if not any(name in each.metrics for each in evaluations):
            continue
        found: list[Difference] = []
        for than, run in combinations(evaluations, 2):
            if why := _why_not(run, than, name):
                unpaired[why] = None
            else:
                found.append(_difference(run, than, name))
        corrected = holm([each.p_holm for each in found])
        differences += [msgspec.structs.replace(each, p_holm=p) for each, p in zip(found, corrected, strict=True)]
    return Comparison(runs=runs, rows=_rows(evaluations), differences=tuple(differences), unpaired=tuple(unpaired))


def _rows(evaluations: Sequence[Evaluation]) -> tuple[Row, ...]:
    return tuple(
        Row(metric=known.name, better=known.direction, figures=tuple(_figure(each, known.name) for each in evaluations))
        for known in metrics()
        if any(known.name in each.metrics for each in evaluations)
    )


def _figure(evaluation: Evaluation, name: str) -> Figure | None:
    found = evaluation.metrics.get(name)
    if found is None:
        return None
    return Figure(value=found.value, ci_low=found.ci_low, ci_high=found.ci_high, reference=found.reference, n=found.n)


def _why_not(run: Evaluation, than: Evaluation, name: str) -> str | None:
    """Why the gains of two runs cannot be paired; None where they can."""
    both = f"{than.run} and {run.run}"
    for each in (than, run):
        if name not in each.metrics:
            return f"{both} share no {name}: it was not measured in {each.run} ({each.skipped.get(name, 'it is not there')})"
        if "paired" not in each.metrics[name].details:
            return f"{both} cannot be paired: the evaluation of {each.run} is of an earlier version; evaluate it again"
    if run.split.get("fingerprint") != than.split.get("fingerprint"):
        return f"{both} share no split: their figures rest on different trials and only stand next to each other"
    if _paired(run, name)["test"] != _paired(than, name)["test"]:
        return f"{both} share a split, but not the labels of its test trials: their figures only stand next to each other"
    sizes = [each.metrics[name].details.get("headline") for each in (than, run)]
    if len({each["n_real"] if isinstance(each, dict) else None for each in sizes}) > 1:
        return f"{both} add to different numbers of real trials: their figures only stand next to each other"
    return None


def _difference(run: Evaluation, than: Evaluation, name: str) -> Difference:
    mine, theirs = _paired(run, name), _paired(than, name)
    by_drug = np.array(mine["by_drug"]) - np.array(theirs["by_drug"])
    value = run.metrics[name].value - than.metrics[name].value
    error = float(np.sqrt(_squared_error(by_drug) + _squared_error(mine["by_draw"]) + _squared_error(theirs["by_draw"])))
    return Difference(
        metric=name,
        run=run.run,
        than=than.run,
        value=value,
        ci_low=value - _Z * error,
        ci_high=value + _Z * error,
        p_holm=2 * NormalDist().cdf(-abs(value) / error) if error else float(value == 0),
        n=run.metrics[name].n,
        drugs=len(by_drug),
    )


def _squared_error(sample: Any) -> float:
    """Of the mean of `sample`; 0 for a single value."""
    return float(np.var(sample, ddof=1)) / len(sample) if len(sample) > 1 else 0.0


def _paired(evaluation: Evaluation, name: str) -> Mapping[str, Any]:
    kept: Any = evaluation.metrics[name].details["paired"]
    found: Mapping[str, Any] = kept
    return found
