"""knn-coverage: has every real trial a record near to it?"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthetrial.evaluate.fidelity.neighbours import result
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import MetricResult, metric

NAME: Final[str] = "knn-coverage"


@metric(
    NAME,
    "Share of real trials with a record among their 5 nearest neighbours.",
    low=0, high=1, direction="higher", cost="seconds, and those of the embeddings",
)  # fmt: skip
def knn_coverage(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Coverage of Naeem et al. (2020), at equal size (see `neighbours`). Reference: held-out trials in the place of records."""
    return result(inputs, "coverage", rng)
