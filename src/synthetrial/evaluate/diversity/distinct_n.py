"""distinct-n: how many of the word pairs are new, and how many were used before?"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.diversity.words import grams
from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.level import against_real, jackknife
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError, metric

NAME: Final[str] = "distinct-n"
_N: Final = (1, 2, 3)
_VALUE: Final = 2

Numbers = npt.NDArray[np.int64]


@metric(
    NAME,
    "Share of a set's word pairs that are different ones, in as many words of synthetic and real text.",
    low=0, high=1, direction="higher", cost="seconds",
)  # fmt: skip
def distinct_n(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Distinct-2 of Li et al. (2016, section 5.3); 1 and 3 are in the details. The share falls with the length of the text, so
    that it is had from equally many words: of as many records and real trials, cut where the shorter set ends.

    Interval: jackknife by drug. Raises `UnmeasurableError` where the texts hold hardly a word.
    """
    level = against_real(inputs)
    lengths = np.diff(inputs.words.starts)
    budget = min(int(lengths[each].sum()) for each in (*level.synthetic, *level.held))
    if budget < level.size * max(_N):
        raise UnmeasurableError(f"{level.size} records hold only {budget} words: hardly a word to compare")

    def share(rows: Numbers, n: int, words: int = budget) -> float:
        found = np.sort(grams(np.concatenate([inputs.words.of(int(each)) for each in rows])[:words], n))
        return float(np.count_nonzero(found[1:] != found[:-1]) + (len(found) > 0)) / max(1, len(found))

    made, real = (
        {n: float(np.mean([share(rows, n) for rows in (drawn if n == _VALUE else drawn[:1])])) for n in _N}
        for drawn in (level.synthetic, level.held)
    )
    first = level.synthetic[0]
    most = int(0.9 * budget)  # without a group of records fewer words are left, and the same number each time
    interval = jackknife(
        made[_VALUE], lambda rows: share(rows, _VALUE, most), first, [inputs.clusters[each] for each in first], high=1.0
    )
    return MetricResult(
        value=made[_VALUE],
        ci_low=interval.low,
        ci_high=interval.high,
        n=level.size,
        reference=real[_VALUE],
        details={
            **{f"distinct_{n}": {"synthetic": made[n], "real": real[n]} for n in _N},
            "words": budget,
            "words_per_record": float(lengths[inputs.synthetic_rows].mean()),
            "reference": f"as many words of {level.size} real trials",
            **small(level.size),
        },
    )
