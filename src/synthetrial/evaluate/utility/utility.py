"""utility: does the synthetic set help to predict outcomes, beside every cheaper thing that might?"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import MetricResult, metric
from synthetrial.evaluate.utility.report import result
from synthetrial.evaluate.utility.space import words
from synthetrial.evaluate.utility.study import study

NAME: Final[str] = "utility"


@metric(
    NAME,
    "Gain in test ROC-AUC over real trials alone, when the weighed synthetic set is added to the smallest real training set.",
    low=-1, high=1, direction="higher", cost="seconds",
)  # fmt: skip
def utility(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """With TF-IDF and logistic regression. All arms with paired differences over real alone are in `details["arms"]`, the same
    at equal size in `details["equal_size"]`, and how much of the pool's worth was recovered in `details["gap_recovered"]`.

    Intervals resample training draws and test trials (clustered by drug) together. λ is chosen on validation, 0 allowed.
    Raises `UnmeasurableError` where a side lacks a label.
    """
    return result(study(inputs, words, rng), inputs)
