"""Precision, recall, density and coverage: do records lie where real trials lie, and everywhere they lie?

The ball of a row reaches to its k-th nearest neighbour on its own side. Precision is the share of records in the ball of some
real trial, recall the share of real trials in the ball of some record (Kynkäänniemi et al. 2019, section 2); density counts
the balls that a record is in, over k, and coverage is the share of real trials with a record in their own ball (Naeem et al.
2020, section 3). All hang on the number of rows, so that both sides have one size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.inputs import small
from synthetrial.evaluate.level import against_training, says
from synthetrial.evaluate.metric import MetricResult
from synthetrial.evaluate.statistics import mean_interval, wilson

if TYPE_CHECKING:
    from synthetrial.evaluate.inputs import Inputs

K: Final = 5
_CHUNK: Final = 512
_SAME: Final = 1e-6

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float32]


class Near(NamedTuple):
    """By row: precision and density of the rows in question, recall and coverage of the real ones."""

    precision: Floats
    recall: Floats
    density: Floats
    coverage: Floats


class Neighbours(NamedTuple):
    """`Near` for each draw of records, and of held-out trials in their place; `rows` are those of the first draw, in question
    and real; `says` the reference in words."""

    made: tuple[Near, ...]
    held: tuple[Near, ...]
    rows: tuple[Numbers, Numbers]
    says: str


def neighbours(inputs: Inputs) -> Neighbours:
    """Of the cloud of `inputs`. Raises `UnmeasurableError` with too few records or training trials."""
    level = against_training(inputs)
    made, held = (
        tuple(near(inputs.cloud.rows[one], inputs.cloud.rows[other]) for one, other in zip(drawn, level.real, strict=False))
        for drawn in (level.synthetic, level.held)
    )
    return Neighbours(made, held, (level.synthetic[0], level.real[0]), says(level))


def near(made: Vectors, real: Vectors, k: int = K) -> Near:
    """Of rows of unit length; two sides of more than one row."""
    k = min(k, len(made) - 1, len(real) - 1)
    own, theirs = radii(made, k), radii(real, k)
    inside = np.zeros(len(made))  # balls of real trials that each record is in
    recall, coverage = np.zeros(len(real)), np.zeros(len(real))
    for start in range(0, len(made), _CHUNK):
        part = slice(start, start + _CHUNK)
        apart = _distances(made[part], real)
        within = apart <= theirs
        inside[part] = within.sum(axis=1)
        coverage = np.maximum(coverage, within.any(axis=0))
        recall = np.maximum(recall, (apart <= own[part, None]).any(axis=0))
    return Near((inside > 0).astype(np.float64), recall, inside / k, coverage)


def radii(rows: Vectors, k: int) -> Floats:
    """The distance of each row to its `k`-th nearest other."""
    found = np.empty(len(rows))
    for start in range(0, len(rows), _CHUNK):
        apart = _distances(rows[start : start + _CHUNK], rows)
        apart[np.arange(len(apart)), start + np.arange(len(apart))] = -1.0
        found[start : start + _CHUNK] = np.partition(apart, k, axis=1)[:, k]
    return found + _SAME


def result(inputs: Inputs, name: str, rng: np.random.Generator) -> MetricResult:
    """The part `name` of `Near` as a metric: its mean over rows and draws, resampled by drug."""
    found = inputs.neighbours
    of_made = name in ("precision", "density")
    values = np.mean([getattr(each, name).mean() for each in found.made])
    first = getattr(found.made[0], name)
    rows = found.rows[0 if of_made else 1]
    interval = mean_interval(first, [inputs.clusters[each] for each in rows], inputs.effort.resamples, rng)
    if name != "density" and len(np.unique(first)) == 1:  # resampling what is all the same has no width
        interval = wilson(int(first.sum()), len(first))
    moved = float(values) - float(first.mean())
    top = None if name == "density" else 1.0
    low, high = (None if each is None else float(np.clip(each + moved, 0.0, top)) for each in interval)
    return MetricResult(
        value=float(values),
        ci_low=low,
        ci_high=high,
        n=len(rows),
        reference=float(np.mean([getattr(each, name).mean() for each in found.held])) if found.held else None,
        details={
            "embedder": inputs.cloud.name,
            "k": min(K, len(rows) - 1),
            "reference": found.says,
            **small(len(rows)),
        },
    )


def _distances(one: Vectors, other: Vectors) -> Floats:
    """1 - cosine, which orders rows of unit length as their distance does."""
    return 1.0 - (one @ other.T).astype(np.float64)
