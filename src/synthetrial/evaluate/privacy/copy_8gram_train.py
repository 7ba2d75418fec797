"""copy-8gram-train: how many of a record's runs of 8 words stand in any training trial?"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import MetricResult, metric
from synthetrial.evaluate.privacy.copied import SIZES, quantiles, result

NAME: Final[str] = "copy-8gram-train"
WORDS: Final = 8


@metric(
    NAME,
    "Mean share of a record's runs of 8 words that stand in any training trial.",
    low=0, high=1, direction="lower", cost="seconds",
)  # fmt: skip
def copy_8gram_train(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Boilerplate counts, as it does for real trials.

    Reference: test trials against all training trials. Intervals resample records, by drug.
    """
    inputs.need_synthetic()
    column = SIZES.index(WORDS)
    return result(inputs, rng, lambda shared: shared.grams[column], quantiles, whole=True, extra={})
