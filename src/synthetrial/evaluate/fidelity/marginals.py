"""marginals: is each attribute of the design, each count and each length spread as in real trials?"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.fidelity.design import shown
from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.level import against_training, centred, says
from synthetrial.evaluate.metric import MetricResult, metric
from synthetrial.evaluate.statistics import cluster_counts

NAME: Final[str] = "marginals"
_CATEGORIES_SHOWN: Final = 8

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


@metric(
    NAME,
    "Mean distance of the spread of each field from that in real trials: total variation of categories, Kolmogorov-Smirnov's "
    "of numbers.",
    low=0, high=1, direction="lower", cost="seconds",
)  # fmt: skip
def marginals(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Fields are those of `fidelity.design`; "not given" is a category, a missing age is none or no limit.

    Two samples of one population are apart by chance, the more so the smaller they are: the reference is as many held-out
    trials. Intervals resample both sides, by drug.
    """
    level, designs = against_training(inputs), inputs.designs
    fields = [*designs.categories, *designs.numbers]

    def distances(one: Numbers, other: Numbers) -> dict[str, float]:
        flat = np.ones((1, len(one)))
        return {each: float(_distance(inputs, each, one, other, flat, flat)[0]) for each in fields}

    pairs = list(zip(level.synthetic, level.real, strict=True))
    by_field = [distances(*each) for each in pairs]
    beside = [distances(*each) for each in zip(level.held, level.real, strict=False)]
    average = {each: float(np.mean([found[each] for found in by_field])) for each in fields}
    value = float(np.mean(list(average.values())))
    one, other = pairs[0]
    mine, theirs = (
        cluster_counts([inputs.clusters[each] for each in rows], inputs.effort.resamples, rng) for rows in (one, other)
    )
    resampled = {each: _distance(inputs, each, one, other, mine, theirs) for each in fields}
    interval = centred(value, np.mean(list(resampled.values()), axis=0), high=1.0)
    described = {
        each: {
            "distance": average[each],
            "ci": list(centred(average[each], resampled[each], high=1.0)),
            "reference": float(np.mean([found[each] for found in beside])) if beside else None,
            **_spread(inputs, each, one, other),
        }
        for each in fields
    }
    return MetricResult(
        value=value,
        ci_low=interval.low,
        ci_high=interval.high,
        n=level.size,
        reference=float(np.mean([list(found.values()) for found in beside])) if beside else None,
        details={
            "fields": described,
            "worst": max(fields, key=average.__getitem__),
            "reference": says(level),
            **small(level.size),
        },
    )


def _distance(inputs: Inputs, field: str, one: Numbers, other: Numbers, mine: Floats, theirs: Floats) -> Floats:
    """Of `field` between two samples of rows, under each row of counts of either."""
    codes = inputs.designs.categories.get(field)
    if codes is not None:
        cases = np.eye(len(inputs.designs.values[field]))
        shares = [_share(counts @ cases[codes[rows]]) for counts, rows in ((mine, one), (theirs, other))]
        variation: Floats = np.abs(shares[0] - shares[1]).sum(axis=1) / 2
        return variation
    numbers = inputs.designs.numbers[field]
    grid = np.unique(numbers[np.concatenate([one, other])])
    apart: Floats = np.abs(_below(numbers[one], mine, grid) - _below(numbers[other], theirs, grid)).max(axis=1)
    return apart


def _share(totals: Floats) -> Floats:
    shares: Floats = totals / np.maximum(totals.sum(axis=1, keepdims=True), 1e-300)
    return shares


def _below(values: Floats, counts: Floats, grid: Floats) -> Floats:
    """The empirical distribution function of `values` at `grid`: resamples × points."""
    at = np.searchsorted(grid, values)  # every value is a point of the grid
    order = np.argsort(at, kind="stable")
    summed = np.cumsum(counts[:, order], axis=1)
    reached = np.searchsorted(at[order], np.arange(len(grid)), side="right")
    padded = np.hstack([np.zeros((len(counts), 1)), summed])
    below: Floats = padded[:, reached] / np.maximum(summed[:, -1:], 1e-300)
    return below


def _spread(inputs: Inputs, field: str, one: Numbers, other: Numbers) -> dict[str, object]:
    """Shares of the most frequent categories or quartiles of numbers, of the synthetic and the real sample."""
    sides = {"synthetic": one, "real": other}
    if (codes := inputs.designs.categories.get(field)) is None:
        numbers = inputs.designs.numbers[field]
        return {
            name: [float(each) for each in np.quantile(numbers[rows], [0.25, 0.5, 0.75], method="lower")]
            for name, rows in sides.items()
        }
    values = inputs.designs.values[field]
    shares = {name: np.bincount(codes[rows], minlength=len(values)) / len(rows) for name, rows in sides.items()}
    most = np.argsort(-(shares["synthetic"] + shares["real"]), kind="stable")[:_CATEGORIES_SHOWN]
    return {name: {shown(values[each]): float(share[each]) for each in most} for name, share in shares.items()}
