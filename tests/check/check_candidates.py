"""A small training split written for the tests, and a candidate that passes every check, to be spoilt one way at a time."""

from __future__ import annotations

import functools

import msgspec

from synthetrial.check.candidate import Candidate
from synthetrial.check.design import design_of
from synthetrial.check.view import View
from synthetrial.plan import Cell
from synthetrial.shape import shape_of
from synthetrial.trial import Arm, Eligibility, Intervention, OutcomeMeasure, Protocol, RegistryTrial, Source

GOUT = Protocol(
    brief_title="Low-Dose Colchicine to Prevent Flares of Gout",
    official_title="A Randomized, Double-Blind, Placebo-Controlled Phase 3 Trial of Colchicine in Adults With Gout",
    brief_summary=(
        "Starting urate-lowering treatment often sets off flares. This trial asks whether a small daily dose of colchicine "
        "lowers their number over six months. Participants will be followed at clinic visits and by diary."
    ),
    conditions=("Gout",),
    keywords=("urate", "flare prophylaxis"),
    study_type="INTERVENTIONAL",
    phases=("PHASE3",),
    allocation="RANDOMIZED",
    intervention_model="PARALLEL",
    primary_purpose="PREVENTION",
    masking="DOUBLE",
    arms=(
        Arm(
            label="Colchicine", type="EXPERIMENTAL", description="One tablet each evening.", intervention_names=("Colchicine",)
        ),
        Arm(label="Placebo", type="PLACEBO_COMPARATOR", description="A matching tablet each evening."),
    ),
    interventions=(
        Intervention(name="Colchicine", type="DRUG", description="0.5 mg by mouth"),
        Intervention(name="Placebo", type="DRUG"),
    ),
    primary_outcomes=(OutcomeMeasure(measure="Number of flares per participant", time_frame="6 months"),),
    secondary_outcomes=(
        OutcomeMeasure(measure="Pain of the worst flare on a visual analogue scale", time_frame="6 months"),
        OutcomeMeasure(measure="Serum urate below 0.36 mmol/L", time_frame="24 weeks"),
    ),
    eligibility=Eligibility(
        criteria=(
            "Inclusion Criteria:\n- Adults with crystal-proven gout\n- About to begin allopurinol\n"
            "Exclusion Criteria:\n- Estimated filtration rate below 30 mL/min\n- Use of a strong CYP3A4 inhibitor\n- Pregnancy"
        ),
        sex="ALL",
        minimum_age="18 Years",
        maximum_age="80 Years",
        healthy_volunteers=False,
    ),
    lead_sponsor_class="OTHER",
)

COUGH = Protocol(
    brief_title="Inhaled Terbutaline for Croup in Children",
    brief_summary=(
        "Barking cough at night brings many children to emergency rooms. The mist used at home has never been compared with a "
        "bronchodilator, so children with moderate croup will breathe terbutaline or saline from the same kind of mask."
    ),
    conditions=("Croup",),
    arms=(Arm(label="Terbutaline", type="EXPERIMENTAL"), Arm(label="Saline", type="PLACEBO_COMPARATOR")),
    interventions=(Intervention(name="Terbutaline", type="DRUG"),),
    primary_outcomes=(OutcomeMeasure(measure="Westley score one hour after inhalation"),),
    eligibility=Eligibility(
        criteria="Inclusion Criteria:\n- Barking cough and stridor at rest\nExclusion Criteria:\n- Epiglottitis"
    ),
)

HEEL = Protocol(
    brief_title="Night Splints for Plantar Fasciitis",
    brief_summary="Heel pain in the first steps of the morning may ease when the foot is held flexed at night.",
    conditions=("Plantar Fasciitis",),
    primary_outcomes=(OutcomeMeasure(measure="Morning heel pain"),),
)


def real(trial_id: str, protocol: Protocol) -> RegistryTrial:
    return RegistryTrial(trial_id=trial_id, protocol=protocol, source=Source(format="jsonl", file="written for the tests"))


TRAIN = (real("DEMO-A", COUGH), real("DEMO-B", HEEL))


@functools.cache
def view() -> View:
    return View.build(TRAIN)


def candidate(protocol: Protocol | None, planned: Protocol = GOUT, **cell: object) -> Candidate:
    """`protocol` as the answer to a plan that asked for the design and shape of `planned`."""
    plan = Cell(
        index=0,
        drug="colchicine",
        names=("colchicine", "colcrys"),
        label=1,
        count=1,
        fold=0,
        rung="drug",
        exemplars=("DEMO-A", "DEMO-B"),
        design=design_of(planned),
        shape=shape_of(planned),
        seed=7,
    )
    return Candidate(cell=msgspec.structs.replace(plan, **cell), exemplars=TRAIN, text="", protocol=protocol)


def spoilt(**changes: object) -> Protocol:
    """The passing protocol with fields changed."""
    return msgspec.structs.replace(GOUT, **changes)


def criteria(inclusion: tuple[str, ...], exclusion: tuple[str, ...] = ("Pregnancy",), **eligibility: object) -> Protocol:
    """The passing protocol with other criteria."""
    from synthetrial.shape import CriteriaParts, compose_criteria

    text = compose_criteria(CriteriaParts(inclusion=inclusion, exclusion=exclusion))
    return spoilt(eligibility=msgspec.structs.replace(GOUT.eligibility, criteria=text, **eligibility))
