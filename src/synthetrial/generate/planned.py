"""What a plan gives of a record, as a record: the writers add their words to it, and checks ask it of contradictions."""

from __future__ import annotations

from synthetrial.plan import Cell
from synthetrial.trial import Arm, Eligibility, Intervention, Protocol


def planned(cell: Cell) -> Protocol:
    """What the plan gives of the record."""
    d = cell.design
    return Protocol(
        brief_title="-",
        conditions=d.conditions,
        study_type=d.study_type,
        phases=d.phases,
        allocation=d.allocation,
        intervention_model=d.intervention_model,
        primary_purpose=d.primary_purpose,
        masking=d.masking,
        lead_sponsor_class=d.lead_sponsor_class,
        arms=tuple(Arm(label="-", type=each) for each in d.arms),
        interventions=tuple(Intervention(name=name, type=kind) for kind, name in d.interventions),
        eligibility=Eligibility(
            sex=d.sex, minimum_age=d.minimum_age, maximum_age=d.maximum_age, healthy_volunteers=d.healthy_volunteers
        ),
    )
