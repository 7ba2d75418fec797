"""vendi: how many different records is the set worth?"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.level import against_real, compared, jackknife
from synthetrial.evaluate.metric import MetricResult, metric
from synthetrial.similar.vector_cache import Vectors

NAME: Final[str] = "vendi"

Numbers = npt.NDArray[np.int64]


@metric(
    NAME,
    "Vendi score: the number of records, none like another, that would be as varied; 1 where all are the same.",
    low=1, high=None, direction="higher", cost="seconds, and those of the embeddings",
)  # fmt: skip
def vendi(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """The exponential of the entropy of the eigenvalues of K / n, K the cosines (Friedman & Dieng 2023, definition 3.1).

    They are those of XᵀX / n, X the vectors: the cost grows with n, not with its cube. Reference: as many real trials, as the
    score grows with n. Interval: jackknife by drug.
    """
    level = against_real(inputs)
    value = compared(level, lambda rows, _: score(inputs.cloud.rows[rows]))
    first = level.synthetic[0]
    interval = jackknife(
        value.value, lambda rows: score(inputs.cloud.rows[rows]), first, [inputs.clusters[each] for each in first], low=1.0
    )
    return MetricResult(
        value=value.value,
        ci_low=interval.low,
        ci_high=interval.high,
        n=level.size,
        reference=value.reference,
        details={
            "embedder": inputs.cloud.name,
            "share_of_reference": value.value / value.reference if value.reference else None,
            "reference": f"as many ({level.size}) real trials",
            **small(level.size),
        },
    )


def score(rows: Vectors) -> float:
    """The Vendi score of rows of unit length; rows of zeros are left out."""
    kept = rows[np.einsum("ij,ij->i", rows, rows) > 0.5].astype(np.float64)
    if not len(kept):
        return 1.0
    wide = kept.T @ kept if kept.shape[1] < len(kept) else kept @ kept.T
    values = np.linalg.eigvalsh(wide / len(kept))
    values = values[values > 1e-12]
    values = values / values.sum()
    return float(np.exp(-(values * np.log(values)).sum()))
