"""utility-embedding: the utility study on vectors of meaning in the place of words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import MetricResult, metric
from synthetrial.evaluate.utility.report import result
from synthetrial.evaluate.utility.space import Space
from synthetrial.evaluate.utility.study import study
from synthetrial.trial import Protocol

NAME: Final[str] = "utility-embedding"
DISTINCT: Final = 300
"""At most this many texts are embedded for each control that makes new ones; more would cost minutes."""

Floats = npt.NDArray[np.float64]


@metric(
    NAME,
    "The same gain as utility, with a logistic regression on embeddings of the texts.",
    low=-1, high=1, direction="higher", cost="seconds, and those of the embeddings",
)  # fmt: skip
def utility_embedding(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """With logistic regression on the vectors of `inputs.embedder`, columns standardised on the training split.

    Of paraphrased and recombined protocols at most `DISTINCT` each are made, every one standing for several records of its
    label and fold. Raises as `utility` does.
    """

    return result(study(inputs, partial(_placed, inputs), rng, distinct=DISTINCT), inputs)


def vectors(inputs: Inputs, extra: Sequence[Protocol]) -> Space:
    """Vectors of meaning of the sides, the records and further protocols, columns standardised on the training split."""
    return _placed(inputs, inputs, extra)


def _placed(inputs: Inputs, kept: Inputs, extra: Sequence[Protocol]) -> Space:
    """The vectors of what is `kept` of `inputs`, which are computed once for all metrics."""
    sides = [inputs.vectors[[inputs.row[each.trial_id] for each in side]] for side in (kept.train, kept.valid, kept.test)]
    written = inputs.vectors[[inputs.row[each.id] for each in kept.synthetic]]
    more = inputs.embed(extra)
    mean, spread = sides[0].mean(axis=0), sides[0].std(axis=0)
    scale = np.where(spread > 1e-6, spread, 1.0) * np.sqrt(sides[0].shape[1])
    placed: list[Floats] = [((each - mean) / scale).astype(np.float64) for each in (*sides, written, more)]
    train, valid, test, synthetic, others = placed
    name = inputs.embedder.name
    return Space(train, valid, test, synthetic, others, name, f"{name} + logistic regression (L2, C = 1, labels balanced)")
