"""Hypothesis strategies for protocols: any text a registry could hold, in canonical form."""

from hypothesis import strategies as st

from synthetrial import canonical, trial
from synthetrial.trial import Arm, Eligibility, Intervention, OutcomeMeasure, Protocol

SPICE = st.sampled_from(
    [
        "Title:",
        "\\Title: x",
        "- item",
        "a | b",
        "c; d",
        "\\",
        "\\|",
        "Inclusion Criteria:\n- x",
        "x\n\ny",
        "é",
        "\u202e",
        "  ",
        "\\>",
        "1. one",
        "e\u0301",
        "Arms:",
        "Drug: x",
        "| |",
        ";;",
    ]
)
TEXT = st.lists(st.one_of(SPICE, st.text(max_size=30)), max_size=4).map(" ".join) | st.lists(
    st.one_of(SPICE, st.text(max_size=90)), max_size=5
).map("\n".join)
OPTIONAL = st.none() | TEXT


def _enum(values: tuple[str, ...]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values)


def _some(each: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(each, max_size=3).map(tuple)


MEASURES = _some(st.builds(OutcomeMeasure, measure=TEXT, time_frame=OPTIONAL, description=OPTIONAL))
PROTOCOLS = st.builds(
    Protocol,
    brief_title=TEXT.map(lambda each: "T " + each),
    official_title=OPTIONAL,
    brief_summary=OPTIONAL,
    detailed_description=OPTIONAL,
    conditions=_some(TEXT),
    keywords=_some(TEXT),
    study_type=_enum(trial.STUDY_TYPES),
    phases=st.lists(st.sampled_from(trial.PHASES), max_size=2, unique=True).map(tuple),
    allocation=_enum(trial.ALLOCATIONS),
    intervention_model=_enum(trial.INTERVENTION_MODELS),
    primary_purpose=_enum(trial.PRIMARY_PURPOSES),
    masking=_enum(trial.MASKINGS),
    arms=_some(st.builds(Arm, label=TEXT, type=_enum(trial.ARM_TYPES), description=OPTIONAL, intervention_names=_some(TEXT))),
    interventions=_some(
        st.builds(Intervention, name=TEXT, type=_enum(trial.INTERVENTION_TYPES), description=OPTIONAL, other_names=_some(TEXT))
    ),
    primary_outcomes=MEASURES,
    secondary_outcomes=MEASURES,
    eligibility=st.builds(
        Eligibility,
        criteria=OPTIONAL,
        sex=_enum(trial.SEXES),
        minimum_age=OPTIONAL,
        maximum_age=OPTIONAL,
        healthy_volunteers=st.none() | st.booleans(),
    ),
    lead_sponsor_class=_enum(trial.SPONSOR_CLASSES),
).map(canonical.protocol)
"""Canonical protocols with any text in every field."""
