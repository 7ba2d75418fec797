"""copy-span: how long are the runs of words that records share with their own exemplars, and with hardly any other trial?"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import MetricResult, metric
from synthetrial.evaluate.privacy.copied import LIMIT, result, span_quantiles
from synthetrial.similar.spans import SEED

NAME: Final[str] = "copy-span"


@metric(
    NAME,
    "Mean length in words of the longest distinctive run that a record shares with one of its own exemplars.",
    low=0, high=None, direction="lower", cost="seconds",
)  # fmt: skip
def copy_span(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """A run is distinctive when fewer than 3 training trials have it; runs under 6 words are not looked for and count 0.

    Drug, intervention names and conditions are given, and do not count. Reference: test trials and their matched training
    trials (same drug, then nearest).
    Intervals resample records, by drug.
    """
    inputs.need_exemplars()
    over = [each.id for each, shared in zip(inputs.synthetic, inputs.copied.own, strict=True) if shared.span > LIMIT]
    return result(
        inputs, rng, lambda shared: shared.span, span_quantiles, whole=False,
        extra={"over_limit": over[:10], "shortest_seen": SEED},
    )  # fmt: skip
