"""cosine: how alike are records to real trials, and to one another, against real trials among themselves?"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.fidelity.map import vector_map
from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.level import against_training, says
from synthetrial.evaluate.metric import MetricResult, metric
from synthetrial.evaluate.statistics import mean_interval

NAME: Final[str] = "cosine"
_PAIRS: Final = 200_000
_MAPPED: Final = 400
_EDGES: Final = np.linspace(-1, 1, 81)

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


@metric(
    NAME,
    "Mean cosine of a record's vector with those of real trials.",
    low=-1, high=1, direction="none", cost="seconds, and those of the embeddings",
)  # fmt: skip
def cosine(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """The details hold the distributions that are usually drawn: real-real, synthetic-synthetic and real-synthetic, of all
    pairs or a sample of them, without pairs of one with itself; and a map of 400 records and as many trials. A set whose
    records are more alike among themselves than real trials are lacks variety.

    Reference: held-out trials in the place of records. Intervals resample records, by drug.
    """
    level = against_training(inputs)
    one, other = level.synthetic[0], level.real[0]
    means = _with(inputs, one, other)
    interval = mean_interval(means, [inputs.clusters[each] for each in one], inputs.effort.resamples, rng)
    held = level.held[0] if level.held else None
    pairs = {
        "real_real": _sampled(inputs, other, other, rng),
        "synthetic_synthetic": _sampled(inputs, one, one, rng),
        "real_synthetic": _sampled(inputs, other, one, rng),
    }
    return MetricResult(
        value=float(means.mean()),
        ci_low=interval.low,
        ci_high=interval.high,
        n=level.size,
        reference=None if held is None else float(_with(inputs, held, other).mean()),
        details={
            "embedder": inputs.cloud.name,
            "distributions": {name: _described(each) for name, each in pairs.items()},
            "edges": _EDGES.tolist(),
            "map": vector_map(inputs, _MAPPED).to_dict(),
            "reference": says(level),
            **small(level.size),
        },
    )


def _with(inputs: Inputs, rows: Numbers, others: Numbers) -> Floats:
    """The mean cosine of each of `rows` with all of `others`: that with their mean, as rows are of unit length."""
    middle = inputs.cloud.rows[others].mean(axis=0, dtype=np.float64)
    means: Floats = inputs.cloud.rows[rows].astype(np.float64) @ middle
    return means


def _sampled(inputs: Inputs, rows: Numbers, others: Numbers, rng: np.random.Generator) -> Floats:
    """Cosines of pairs of one of `rows` with one of `others`, of different rows."""
    if len(rows) * len(others) <= _PAIRS:
        found = inputs.cloud.rows[rows].astype(np.float64) @ inputs.cloud.rows[others].T.astype(np.float64)
        return np.asarray(found[rows[:, None] != others[None, :]])
    one, other = rng.choice(rows, _PAIRS), rng.choice(others, _PAIRS)
    apart = one != other
    return np.asarray(np.einsum("ij,ij->i", inputs.cloud.rows[one[apart]], inputs.cloud.rows[other[apart]]), dtype=np.float64)


def _described(values: Floats) -> dict[str, object]:
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    counts = np.histogram(np.clip(values, -1, 1), _EDGES)[0]
    return {
        "mean": float(values.mean()),
        "p5": float(low),
        "median": float(middle),
        "p95": float(high),
        "pairs": len(values),
        "histogram": (counts / max(1, counts.sum())).tolist(),
    }
