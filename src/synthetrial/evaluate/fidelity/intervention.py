"""intervention-fidelity: is the record about the drug that was planned?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from synthetrial.evaluate.inputs import Inputs, names_of, planned_names, small, written
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError, metric
from synthetrial.evaluate.statistics import wilson
from synthetrial.trial import Protocol

NAME: Final[str] = "intervention-fidelity"


@metric(
    NAME,
    "Share of records that name the planned drug or a synonym in what was written: titles, summary or arms.",
    low=0, high=1, direction="higher", cost="milliseconds",
)  # fmt: skip
def intervention_fidelity(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """The list of interventions is given by the plan, so it does not count, but is in the details.

    Reference: test trials and their own main drug. Wilson's interval.
    """
    inputs.need_synthetic()
    planned = [(each.id, each.protocol, planned_names(each)) for each in inputs.synthetic]
    if without := sum(not names for _, _, names in planned):
        raise UnmeasurableError(f"{without} of {len(planned)} records do not say which drug was planned")
    places = [_places(protocol, names) for _, protocol, names in planned]
    named = [each["written"] for each in places]
    low, high = wilson(sum(named), len(named))
    held = [(each.protocol, names_of(drugs[0])) for each in inputs.test if (drugs := inputs.trial_drugs.get(each.trial_id, ()))]
    real = [_places(protocol, names) for protocol, names in held]
    return MetricResult(
        value=sum(named) / len(named),
        ci_low=low,
        ci_high=high,
        n=len(named),
        reference=sum(each["written"] for each in real) / len(real) if real else None,
        details={
            "by_place": {place: sum(each[place] for each in places) / len(places) for place in places[0]},
            "missing": [record for (record, _, _), found in zip(planned, named, strict=True) if not found][:10],
            "reference": f"{len(real)} of {len(inputs.test)} test trials have a known drug",
            **small(len(named)),
        },
    )


def _places(protocol: Protocol, names: Sequence[str]) -> dict[str, bool]:
    arms = [part for arm in protocol.arms for part in (arm.label, arm.description or "", *arm.intervention_names)]
    interventions = [part for each in protocol.interventions for part in (each.name, *each.other_names)]
    return {
        "written": _named(written(protocol), names),
        "title": _named((protocol.brief_title,), names),
        "arms": _named(arms, names),
        "interventions": _named(interventions, names),
    }


def _named(texts: Sequence[str], names: Sequence[str]) -> bool:
    from synthetrial.corpus.drugs import mentions

    return any(mentions(each, names) for each in texts)
