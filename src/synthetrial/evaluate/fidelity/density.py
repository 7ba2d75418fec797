"""knn-density: do records lie where real trials are dense?"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthetrial.evaluate.fidelity.neighbours import result
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import MetricResult, metric

NAME: Final[str] = "knn-density"


@metric(
    NAME,
    "Real trials whose neighbourhood a record is in, over the 5 that are expected; 1 = as dense as real trials.",
    low=0, high=None, direction="none", cost="seconds, and those of the embeddings",
)  # fmt: skip
def knn_density(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Density of Naeem et al. (2020), at equal size (see `neighbours`). Reference: held-out trials in the place of records."""
    return result(inputs, "density", rng)
