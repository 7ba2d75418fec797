"""utility-encoder: the utility study with a Hugging Face encoder fine-tuned for every arm; computed where one is asked for."""

from __future__ import annotations

from typing import Final

import numpy as np

from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import InapplicableError, MetricResult, metric
from synthetrial.evaluate.utility.report import result

NAME: Final[str] = "utility-encoder"


@metric(
    NAME,
    "The same gain as utility, with a Hugging Face encoder fine-tuned for every arm (--encoder).",
    low=-1, high=1, direction="higher", cost="minutes to hours a cell on a CPU; minutes on a GPU",
)  # fmt: skip
def utility_encoder(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """With `inputs.encoder`. Draws are its seeds: intervals know test trials well and training draws less than the other
    utilities do. Raises `InapplicableError` where no encoder is asked for, else as `encoder_study` does.
    """
    if inputs.encoder is None:
        raise InapplicableError("no encoder (--encoder NAME)")
    from synthetrial.evaluate.utility.encoder_study import encoder_study

    return result(encoder_study(inputs, inputs.encoder, rng), inputs)
