"""knn-precision: do records lie where real trials lie?"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthetrial.evaluate.fidelity.neighbours import result
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import MetricResult, metric

NAME: Final[str] = "knn-precision"


@metric(
    NAME,
    "Share of records that lie among real trials: within the reach of the 5 nearest neighbours of one of them.",
    low=0, high=1, direction="higher", cost="seconds, and those of the embeddings",
)  # fmt: skip
def knn_precision(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Improved precision of Kynkäänniemi et al. (2019), at equal size (see `neighbours`).

    Reference: held-out trials in the place of records.
    """
    return result(inputs, "precision", rng)
