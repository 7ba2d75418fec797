"""copy-span: how long are the runs of words that records share with their own exemplars, and with hardly any other trial?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from synthetrial.evaluate.inputs import Inputs, planned_names, small
from synthetrial.evaluate.metric import MetricResult, metric
from synthetrial.evaluate.privacy.matched import matched_exemplars
from synthetrial.evaluate.statistics import mean_interval
from synthetrial.similar.spans import DISTINCTIVE_BELOW, SEED, SpanIndex, given_words, sections
from synthetrial.trial import Protocol

NAME: Final[str] = "copy-span"
LIMIT: Final = 12
"""Words in a row beyond which a record counts as copied (METHOD.md, `copy`)."""


@metric(
    NAME,
    "Mean length in words of the longest distinctive run that a record shares with one of its own exemplars.",
    low=0, high=None, direction="lower", cost="seconds",
)  # fmt: skip
def copy_span(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """A run is distinctive when fewer than 3 training trials have it; runs under 6 words are not looked for and count 0.

    Drug, intervention names and conditions are given, and do not count. Reference: test trials and their matched training
    trials (same drug, then nearest). Intervals resample records, by drug.
    """
    inputs.need_exemplars()
    lengths = [
        longest_distinctive(each.protocol, [t.trial_id for t in inputs.exemplars(each)], inputs.spans, planned_names(each))
        for each in inputs.synthetic
    ]
    real = [
        longest_distinctive(
            trial.protocol, [t.trial_id for t in near], inputs.spans, inputs.trial_drugs.get(trial.trial_id, ())
        )
        for trial, near in zip(inputs.test, matched_exemplars(inputs), strict=True)
    ]
    interval = mean_interval(lengths, inputs.synthetic_clusters, inputs.effort.resamples, rng)
    return MetricResult(
        value=float(np.mean(lengths)),
        ci_low=interval.low,
        ci_high=interval.high,
        n=len(lengths),
        reference=float(np.mean(real)) if real else None,
        details={
            "distribution": _distribution(lengths),
            "reference_distribution": _distribution(real) if real else None,
            "over_limit": [each.id for each, n in zip(inputs.synthetic, lengths, strict=True) if n > LIMIT][:10],
            "shortest_seen": SEED,
            "reference": f"{len(real)} test trials against their matched training trials",
            **small(len(lengths)),
        },
    )


def longest_distinctive(protocol: Protocol, own: Collection[str], index: SpanIndex, drugs: Sequence[str]) -> int:
    """Words of the longest distinctive run of `protocol` that stands in one of the trials `own`."""
    numbers = [number for number, each in enumerate(index.trial_ids) if each in set(own)]
    given = (*drugs, *protocol.conditions, *(each.name for each in protocol.interventions))
    return max((_longest(tokens, numbers, index, given) for tokens in sections(protocol).values()), default=0)


def _longest(tokens: Sequence[str], own: Sequence[int], index: SpanIndex, given: Collection[str]) -> int:
    starts, lengths, trials = index.matches(tokens)
    if not starts.size:
        return 0
    written = np.concatenate([[0], np.cumsum(~given_words(tokens, given))])
    counted = written[starts + lengths] - written[starts]
    for each in np.argsort(-counted, kind="stable"):
        if trials[each] not in own:
            continue
        covers = (starts <= starts[each]) & (starts + lengths >= starts[each] + lengths[each])
        if len(set(trials[covers].tolist())) < DISTINCTIVE_BELOW:
            return int(counted[each])
    return 0


def _distribution(lengths: Sequence[int]) -> dict[str, float]:
    values = np.array(lengths)
    return {
        "median": float(np.median(values)),
        "p90": float(np.quantile(values, 0.9)),
        "max": float(values.max()),
        f"share_over_{LIMIT}": float((values > LIMIT).mean()),
    }
