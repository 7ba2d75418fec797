"""copy-13gram: how much of a record stands word for word in its own exemplars?"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import MetricResult, metric
from synthetrial.evaluate.privacy.copied import SIZES, quantiles, result

NAME: Final[str] = "copy-13gram"
WORDS: Final = 13


@metric(
    NAME,
    "Mean share of a record's runs of 13 words that stand in its own exemplars.",
    low=0, high=1, direction="lower", cost="seconds",
)  # fmt: skip
def copy_13gram(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Runs stay within a section; design attributes and given names are left out.

    Reference: test trials and their matched training trials (same drug, then nearest). Intervals resample records, by drug.
    """
    inputs.need_exemplars()
    column = SIZES.index(WORDS)
    return result(inputs, rng, lambda shared: shared.grams[column], quantiles, whole=False, extra={})
