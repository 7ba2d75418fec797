"""near-duplicate-rate: how many records are another one over again?"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.level import against_real, compared
from synthetrial.evaluate.metric import MetricResult, metric
from synthetrial.evaluate.statistics import mean_interval, wilson
from synthetrial.similar.minhash import THRESHOLD, near_duplicates

NAME: Final[str] = "near-duplicate-rate"
_SHOWN: Final = 5

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


@metric(
    NAME,
    "Share of records that have a near-duplicate in their own set (MinHash similarity of word 3-grams of .7 or more).",
    low=0, high=1, direction="lower", cost="seconds",
)  # fmt: skip
def near_duplicate_rate(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Of the renderings. Reference: as many real trials, since the chance of a twin grows with the set.

    Interval: bootstrap by drug of who has a twin, or Wilson's where none or all have.
    """
    level = against_real(inputs)
    value = compared(level, lambda rows, _: float(_twins(inputs, rows).mean()))
    first = level.synthetic[0]
    twins = _twins(inputs, first)
    interval = (
        wilson(int(twins.sum()), len(twins))
        if twins.all() or not twins.any()
        else mean_interval(twins, [inputs.clusters[each] for each in first], inputs.effort.resamples, rng)
    )
    whole = near_duplicates(inputs.signatures[inputs.synthetic_rows])
    return MetricResult(
        value=value.value,
        ci_low=None if interval.low is None else min(interval.low, value.value),
        ci_high=None if interval.high is None else max(interval.high, value.value),
        n=level.size,
        reference=value.reference,
        details={
            "threshold": THRESHOLD,
            "in_the_whole_set": sum(map(len, whole)) / len(inputs.synthetic),
            "largest_group": max(map(len, whole), default=1),
            "groups": [[inputs.synthetic[each].id for each in group[:_SHOWN]] for group in whole[:_SHOWN]],
            "reference": f"as many ({level.size}) real trials",
            **small(level.size),
        },
    )


def _twins(inputs: Inputs, rows: Numbers) -> Floats:
    """1 for each of `rows` that has a near-duplicate among them."""
    found = np.zeros(len(rows))
    for group in near_duplicates(inputs.signatures[rows]):
        found[list(group)] = 1.0
    return found
