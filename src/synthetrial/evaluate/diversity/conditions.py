"""condition-coverage: for how many real trials has the set a record on the same condition?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.level import against_training, compared, jackknife, says
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError, metric

NAME: Final[str] = "condition-coverage"
_SHOWN: Final = 10

Numbers = npt.NDArray[np.int64]


@metric(
    NAME,
    "Share of training trials with a condition that some record has too.",
    low=0, high=1, direction="higher", cost="seconds",
)  # fmt: skip
def condition_coverage(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Names compare without case. Each draw is held against the same training trials, all of those that name a condition.

    Reference: as many held-out trials. Interval: jackknife by drug. Raises `UnmeasurableError` where no training trial or no
    record names a condition.
    """
    level = against_training(inputs)
    named = [_named(each.conditions) for each in inputs.protocols]
    train = [each for each in named[: len(inputs.train)] if each]
    made = Counter(condition for each in named[inputs.synthetic_rows] for condition in each)
    if not train or not made:
        raise UnmeasurableError(f"no {'record' if train else 'training trial'} names a condition")

    def covered(rows: Numbers) -> float:
        there = {condition for each in rows for condition in named[each]}
        return float(np.mean([not there.isdisjoint(each) for each in train]))

    value = compared(level, lambda rows, _: covered(rows))
    first = level.synthetic[0]
    interval = jackknife(value.value, covered, first, [inputs.clusters[each] for each in first], high=1.0)
    real = Counter(condition for each in train for condition in each)
    return MetricResult(
        value=value.value,
        ci_low=interval.low,
        ci_high=interval.high,
        n=level.size,
        reference=value.reference,
        details={
            "conditions": {"synthetic": len(made), "real": len(real)},
            "missing": [each for each, _ in real.most_common() if each not in made][:_SHOWN],
            "most_frequent": dict(made.most_common(_SHOWN)),
            "reference": says(level),
            **small(level.size),
        },
    )


def _named(conditions: Iterable[str]) -> frozenset[str]:
    return frozenset(each.casefold() for each in conditions)
