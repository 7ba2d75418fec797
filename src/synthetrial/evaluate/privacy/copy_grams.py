"""copy-13gram: how much of a record stands word for word in one of its own exemplars?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.metric import MetricResult, metric
from synthetrial.evaluate.privacy.matched import matched_exemplars
from synthetrial.evaluate.statistics import mean_interval
from synthetrial.similar.spans import SpanIndex, sections
from synthetrial.trial import Protocol

NAME: Final[str] = "copy-13gram"
WORDS: Final = 13


@metric(
    NAME,
    "Mean share of a record's runs of 13 words that stand in the exemplar which holds most of them.",
    low=0, high=1, direction="lower", cost="seconds",
)  # fmt: skip
def copy_13gram(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Runs stay within a section; design attributes and given names are left out (`similar.spans.sections`).

    Reference: test trials and their matched training trials (same drug, then nearest). Intervals resample records, by drug.
    """
    inputs.need_exemplars()
    shares = [contained(each.protocol, [t.trial_id for t in inputs.exemplars(each)], inputs.spans) for each in inputs.synthetic]
    real = [
        contained(trial.protocol, [t.trial_id for t in near], inputs.spans)
        for trial, near in zip(inputs.test, matched_exemplars(inputs), strict=True)
    ]
    interval = mean_interval(shares, inputs.synthetic_clusters, inputs.effort.resamples, rng)
    return MetricResult(
        value=float(np.mean(shares)),
        ci_low=interval.low,
        ci_high=interval.high,
        n=len(shares),
        reference=float(np.mean(real)) if real else None,
        details={
            "distribution": _distribution(shares),
            "reference_distribution": _distribution(real) if real else None,
            "reference": f"{len(real)} test trials against their matched training trials",
            **small(len(shares)),
        },
    )


def contained(protocol: Protocol, own: Collection[str], index: SpanIndex) -> float:
    """The share of the 13-grams of `protocol` in the one of the trials `own` that holds most of them."""
    written = [each for each in sections(protocol).values() if len(each) >= WORDS]
    numbers = [number for number, each in enumerate(index.trial_ids) if each in set(own)]
    total = sum(len(each) - WORDS + 1 for each in written)
    if not total or not numbers:
        return 0.0
    shares = sum(index.contained(each, WORDS)[numbers] * (len(each) - WORDS + 1) for each in written)
    return float(np.max(shares) / total)


def _distribution(shares: Sequence[float]) -> dict[str, float]:
    values = np.array(shares)
    return {"median": float(np.median(values)), "p90": float(np.quantile(values, 0.9)), "max": float(values.max())}
