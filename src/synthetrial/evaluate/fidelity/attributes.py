"""attribute-fidelity: has a record the design that was planned, and does its text say no other?"""

from __future__ import annotations

from collections import Counter
from typing import Final

import msgspec
import numpy as np

from synthetrial.check.design import design_of, differs, disagrees
from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError, metric
from synthetrial.evaluate.statistics import mean_interval, wilson
from synthetrial.plan import Design
from synthetrial.trial import SyntheticTrial

NAME: Final[str] = "attribute-fidelity"
_SHOWN: Final = 10


@metric(
    NAME,
    "Share of records with every attribute of the design as planned, and with no text that contradicts it.",
    low=0, high=1, direction="higher", cost="seconds",
)  # fmt: skip
def attribute_fidelity(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Attributes are those of `plan.Design`; contradictions are those of the check `design` ("double-blind" without masking).

    Reference: the share of real trials whose text does not contradict their own design. Interval: bootstrap by drug, or
    Wilson's where all records agree. Raises `UnmeasurableError` where a record does not say which design was planned.
    """
    inputs.need_synthetic()
    plans = [planned(each) for each in inputs.synthetic]
    if without := sum(each is None for each in plans):
        raise UnmeasurableError(f"{without} of {len(plans)} records do not say which design was planned")
    faults = {
        record.id: why
        for record, plan in zip(inputs.synthetic, plans, strict=True)
        if plan is not None and (why := differs(record.protocol, plan) or disagrees(record.protocol))
    }
    right = np.array([each.id not in faults for each in inputs.synthetic], dtype=np.float64)
    real = [disagrees(each.protocol) is None for each in (*inputs.train, *inputs.valid, *inputs.test)]
    interval = mean_interval(right, inputs.synthetic_clusters, inputs.effort.resamples, rng)
    if right.all() or not right.any():
        interval = wilson(int(right.sum()), len(right))
    by_attribute: Counter[str] = Counter()
    for record, plan in zip(inputs.synthetic, plans, strict=True):
        if plan is not None:
            written = design_of(record.protocol)
            by_attribute.update(each for each in plan.__struct_fields__ if getattr(written, each) == getattr(plan, each))
    return MetricResult(
        value=float(right.mean()),
        ci_low=interval.low,
        ci_high=interval.high,
        n=len(right),
        reference=float(np.mean(real)) if real else None,
        details={
            "by_attribute": {each: by_attribute[each] / len(right) for each in Design.__struct_fields__},
            "contradictions": float(np.mean([disagrees(each.protocol) is not None for each in inputs.synthetic])),
            "faults": dict(list(faults.items())[:_SHOWN]),
            "reference": f"{len(real)} real trials against their own design" if real else "no real trial",
            **small(len(right)),
        },
    )


def planned(record: SyntheticTrial) -> Design | None:
    """The design that the plan asked for, if the record says."""
    try:
        return msgspec.convert(record.provenance.plan.get("design"), Design)
    except msgspec.ValidationError:
        return None
