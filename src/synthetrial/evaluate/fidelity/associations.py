"""associations: do attributes of the design go together as they do in real trials?"""

from __future__ import annotations

from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.level import against_training, centred, compared, says
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError, metric
from synthetrial.evaluate.statistics import cluster_counts

NAME: Final[str] = "associations"
_RESAMPLES: Final = 200
_SHOWN: Final = 10
_CUT: Final = ("minimum age", "maximum age", "arms", "interventions")
"""Numbers that are cut at their real quartiles to go with the categories."""

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


@metric(
    NAME,
    "Mean difference of Cramér's V, synthetic against real, over all pairs of design fields.",
    low=0, high=1, direction="lower", cost="seconds",
)  # fmt: skip
def associations(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Cramér's V with the correction for chance of Bergsma (2013); a field with one value goes with nothing (V = 0).

    Reference: as many held-out trials against training trials. Intervals resample both sides, by drug. Raises
    `UnmeasurableError` where fewer than two fields have more than one value.
    """
    level = against_training(inputs)
    codes = {name: each for name, each in _fields(inputs).items() if len(np.unique(each)) > 1}
    pairs = list(combinations(codes, 2))
    if not pairs:
        raise UnmeasurableError("fewer than two fields of the design have more than one value")
    one, other = level.synthetic[0], level.real[0]

    def differences(mine: Numbers, theirs: Numbers) -> Floats:
        flat = np.ones((1, len(mine)))
        return np.array([_v(codes, each, mine, flat)[0] - _v(codes, each, theirs, flat)[0] for each in pairs])

    value = compared(level, lambda mine, theirs: float(np.abs(differences(mine, theirs)).mean()))
    resamples = min(_RESAMPLES, inputs.effort.resamples)
    drawn = [cluster_counts([inputs.clusters[each] for each in rows], resamples, rng) for rows in (one, other)]
    resampled = np.mean([np.abs(_v(codes, each, one, drawn[0]) - _v(codes, each, other, drawn[1])) for each in pairs], axis=0)
    interval = centred(value.value, resampled, high=1.0)
    flat = np.ones((1, level.size))
    table = [(*each, float(_v(codes, each, one, flat)[0]), float(_v(codes, each, other, flat)[0])) for each in pairs]
    table.sort(key=lambda row: -abs(row[2] - row[3]))
    return MetricResult(
        value=value.value,
        ci_low=interval.low,
        ci_high=interval.high,
        n=level.size,
        reference=value.reference,
        details={
            "pairs": len(pairs),
            "largest": [{"fields": [a, b], "synthetic": mine, "real": theirs} for a, b, mine, theirs in table[:_SHOWN]],
            "max": compared(level, lambda mine, theirs: float(np.abs(differences(mine, theirs)).max()))._asdict(),
            "reference": says(level),
            **small(level.size),
        },
    )


def cramers_v(tables: Floats) -> Floats:
    """Of contingency tables (tables × rows × columns), corrected: √(φ̃² / min(k̃ - 1, r̃ - 1)) (Bergsma 2013, equations 5-7)."""
    total = tables.sum(axis=(1, 2))
    size = np.maximum(total, 2.0)[:, None, None]
    share = tables / size
    rows, columns = share.sum(axis=2, keepdims=True), share.sum(axis=1, keepdims=True)
    expected = rows * columns
    squared = ((share - expected) ** 2 / np.where(expected > 0, expected, 1.0)).sum(axis=(1, 2))
    r, k = ((each > 0).sum(axis=(1, 2)).astype(np.float64) for each in (rows, columns))
    less = np.maximum(total, 2.0) - 1
    corrected = np.maximum(0.0, squared - (r - 1) * (k - 1) / less)
    room = np.minimum(r - (r - 1) ** 2 / less, k - (k - 1) ** 2 / less) - 1
    return np.where(room > 1e-12, np.sqrt(np.clip(corrected / np.where(room > 1e-12, room, 1.0), 0, 1)), 0.0)


def _fields(inputs: Inputs) -> dict[str, Numbers]:
    """Codes of all fields by name, with numbers cut at the quartiles that they have in training trials."""
    designs, train = inputs.designs, slice(0, len(inputs.train))
    cut = {}
    for name in _CUT:
        numbers = designs.numbers[name]
        edges = np.unique(np.quantile(numbers[train], [0.25, 0.5, 0.75], method="lower"))
        cut[name] = np.searchsorted(edges, numbers)
    return designs.categories | cut


def _v(codes: dict[str, Numbers], pair: tuple[str, str], rows: Numbers, counts: Floats) -> Floats:
    one, other = (codes[each] for each in pair)
    height, width = int(one.max()) + 1, int(other.max()) + 1
    cell = one[rows] * width + other[rows]
    used, place = np.unique(cell, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(len(used)))
    tables = np.zeros((len(counts), height * width))
    tables[:, used] = np.add.reduceat(counts[:, order], starts, axis=1)
    return cramers_v(tables.reshape(-1, height, width))
