"""grounding-rate: do the reasons behind a record rest on its exemplars?"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError, metric
from synthetrial.evaluate.statistics import mean_interval
from synthetrial.reason.grounding import FOUND, found
from synthetrial.trial import Reason

NAME: Final[str] = "grounding-rate"
_CONTROL_TRIALS: Final = 3


@metric(
    NAME,
    "Share of reasons with a quote that is found in the exemplar it names.",
    low=0, high=1, direction="higher", cost="seconds",
)  # fmt: skip
def grounding_rate(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Every quote is looked for again; what the run said of it does not count.

    Real trials have no reasons. The reference is what chance gives: the same quotes looked for in as many training trials
    that the record was not made from. Intervals resample records, clustered by drug.
    """
    inputs.need_exemplars()
    shares, chance, clusters, factors, total = [], [], [], dict[str, int](), 0
    for record, cluster in zip(inputs.synthetic, inputs.synthetic_clusters, strict=True):
        if not record.reasons:
            continue
        own = {each.trial_id for each in inputs.exemplars(record)}
        others = [each.trial_id for each in inputs.train if each.trial_id not in own]
        others = [others[each] for each in rng.permutation(len(others))[:_CONTROL_TRIALS]]
        shares.append(float(np.mean([_grounded(each, inputs.texts, own) for each in record.reasons])))
        chance.append(float(np.mean([_anywhere(each, inputs.texts, others) for each in record.reasons])))
        clusters.append(cluster)
        total += len(record.reasons)
        for each in record.reasons:
            factors[each.factor] = factors.get(each.factor, 0) + 1
    if not shares:
        raise UnmeasurableError("no record has reasons (a recipe without them)")
    interval = mean_interval(shares, clusters, inputs.effort.resamples, rng)
    return MetricResult(
        value=float(np.mean(shares)),
        ci_low=interval.low,
        ci_high=interval.high,
        n=len(shares),
        reference=float(np.mean(chance)),
        details={
            "reasons": total,
            "factors": dict(sorted(factors.items())),
            "records_without_reasons": len(inputs.synthetic) - len(shares),
            "reference": f"chance: the same quotes in {_CONTROL_TRIALS} training trials that are not exemplars of the record",
            **small(len(shares)),
        },
    )


def _grounded(reason: Reason, texts: dict[str, str], own: set[str]) -> bool:
    return any(each.trial_id in own and found(each.quote, texts[each.trial_id]) >= FOUND for each in reason.evidence)


def _anywhere(reason: Reason, texts: dict[str, str], trials: list[str]) -> bool:
    return any(found(each.quote, texts[trial]) >= FOUND for each in reason.evidence for trial in trials)
