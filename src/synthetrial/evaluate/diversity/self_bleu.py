"""self-bleu: how much of a record has been said by the others of its set?"""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.diversity.words import Words, grams
from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.level import against_real
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError, metric
from synthetrial.evaluate.statistics import mean_interval

NAME: Final[str] = "self-bleu"
MOST: Final = 500
"""Records that are compared with one another: the figure grows with them, so the reference has as many."""

_N: Final = 4
_LITTLE: Final = 0.1

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


@metric(
    NAME,
    "Mean BLEU-4 of a record against all others of its set: 1 where one text is repeated.",
    low=0, high=1, direction="lower", cost="seconds",
)  # fmt: skip
def self_bleu(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Self-BLEU of Zhu et al. (2018, section 2) on a sample of at most 500 records, and on as many real trials.

    BLEU of Papineni et al. (2002); an order without a match counts as 0.1 match (Chen & Cherry 2014, smoothing 1). Interval:
    bootstrap by drug.
    """
    level = against_real(inputs)
    many = min(MOST, level.size)
    if not len(inputs.words.flat):
        raise UnmeasurableError("no text holds a word")
    made, real = (rng.permutation(each[0])[:many] for each in (level.synthetic, level.held))
    scores, beside = bleu_of_each(inputs.words, np.sort(made)), bleu_of_each(inputs.words, np.sort(real))
    interval = mean_interval(scores, [inputs.clusters[each] for each in np.sort(made)], inputs.effort.resamples, rng)
    return MetricResult(
        value=float(scores.mean()),
        ci_low=interval.low,
        ci_high=interval.high,
        n=many,
        reference=float(beside.mean()),
        details={
            "distribution": {"median": float(np.median(scores)), "max": float(scores.max())},
            "reference_distribution": {"median": float(np.median(beside)), "max": float(beside.max())},
            "reference": f"as many ({many}) real trials",
            **small(many),
        },
    )


def bleu_of_each(words: Words, rows: Numbers) -> Floats:
    """BLEU-4 of each of `rows` against all others; two rows or more.

    The clipped count of an n-gram needs the highest count in the other texts only: the highest of all, or the second highest
    for the text that has the highest. That is one pass, not one for each pair.
    """
    lengths = np.array([int((words.of(int(each)) >= 0).sum()) for each in rows])
    logs = np.zeros(len(rows))
    for n in range(1, _N + 1):
        counted = [Counter(grams(words.of(int(each)), n).tolist()) for each in rows]
        best: dict[int, tuple[int, int, int]] = {}  # n-gram → highest count, whose, second highest
        for number, each in enumerate(counted):
            for gram, count in each.items():
                high, owner, second = best.get(gram, (0, -1, 0))
                best[gram] = (count, number, high) if count > high else (high, owner, max(second, count))
        for number, each in enumerate(counted):
            clipped = 0
            for gram, count in each.items():
                high, owner, second = best[gram]
                clipped += min(count, second if owner == number else high)
            logs[number] += np.log(max(clipped, _LITTLE) / max(each.total(), 1)) / _N
    precision = np.exp(np.minimum(logs, 0.0))
    scores: Floats = precision * np.array([_brevity(lengths, number) for number in range(len(rows))])
    return np.where(lengths > 0, scores, 0.0)


def _brevity(lengths: Numbers, number: int) -> float:
    """The penalty for being shorter than the other text that is nearest in length (the shorter of two equally near)."""
    others = np.delete(lengths, number)
    mine = int(lengths[number])
    if not mine:
        return 0.0
    near = min(others.tolist(), key=lambda each: (abs(each - mine), each))
    return 1.0 if mine >= near else float(np.exp(1 - near / mine))
