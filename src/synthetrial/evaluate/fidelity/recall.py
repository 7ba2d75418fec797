"""knn-recall: do records lie everywhere that real trials lie?"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthetrial.evaluate.fidelity.neighbours import result
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import MetricResult, metric

NAME: Final[str] = "knn-recall"


@metric(
    NAME,
    "Share of real trials that lie among records: within the reach of the 5 nearest neighbours of one of them.",
    low=0, high=1, direction="higher", cost="seconds, and those of the embeddings",
)  # fmt: skip
def knn_recall(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Improved recall of Kynkäänniemi et al. (2019), at equal size (see `neighbours`).

    Reference: held-out trials in the place of records.
    """
    return result(inputs, "recall", rng)
