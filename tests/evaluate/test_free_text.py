"""Other people's trial texts: every form gives the same protocol, and what gives none says why."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import PROTOCOLS
from synthetrial import canonical, text
from synthetrial.corpus.demo import demo_corpus
from synthetrial.errors import ParseError
from synthetrial.evaluate.free_fields import known, normal
from synthetrial.evaluate.free_text import protocol_of
from synthetrial.trial import Arm, Eligibility, Intervention, OutcomeMeasure, Protocol

WANTED = canonical.protocol(
    Protocol(
        brief_title="Examplamab in Chronic Cough",
        official_title="A Randomised Study of Examplamab & Placebo",
        brief_summary="Does examplamab help?\n\nCoughs are counted if p < 0.05 is likely.",
        conditions=("Chronic Cough", "Asthma"),
        keywords=("cough",),
        study_type="INTERVENTIONAL",
        phases=("PHASE2",),
        allocation="RANDOMIZED",
        intervention_model="PARALLEL",
        primary_purpose="TREATMENT",
        masking="DOUBLE",
        arms=(
            Arm(label="Active", type="EXPERIMENTAL", description="Takes it daily", intervention_names=("Examplamab",)),
            Arm(label="Control", type="PLACEBO_COMPARATOR", intervention_names=("Placebo",)),
        ),
        interventions=(
            Intervention(name="Examplamab", type="DRUG", description="10 mg"),
            Intervention(name="Placebo", type="DRUG"),
        ),
        primary_outcomes=(OutcomeMeasure(measure="Coughs an hour", time_frame="12 weeks"),),
        secondary_outcomes=(OutcomeMeasure(measure="Sleep", time_frame="12 weeks"), OutcomeMeasure(measure="Mood")),
        eligibility=Eligibility(
            criteria="Inclusion Criteria:\n- Cough for 8 weeks\nExclusion Criteria:\n- Smokes",
            sex="ALL",
            minimum_age="18 Years",
            healthy_volunteers=False,
        ),
        lead_sponsor_class="INDUSTRY",
    )
)

XML = """<clinical_study>
  <id_info><nct_id>SYN-7</nct_id></id_info>
  <brief_title>Examplamab in Chronic Cough</brief_title>
  <official_title>A Randomised Study of Examplamab &amp; Placebo</official_title>
  <sponsors><lead_sponsor><agency>Example Corp</agency><agency_class>Industry</agency_class></lead_sponsor></sponsors>
  <brief_summary><textblock>Does examplamab help?

Coughs are counted if p &lt; 0.05 is likely.</textblock></brief_summary>
  <overall_status>Terminated</overall_status><why_stopped>Nobody coughed</why_stopped>
  <phase>Phase 2</phase><study_type>Interventional</study_type>
  <study_design_info><allocation>Randomized</allocation><intervention_model>Parallel Assignment</intervention_model>
    <primary_purpose>Treatment</primary_purpose><masking>Double (Participant, Investigator)</masking></study_design_info>
  <primary_outcome><measure>Coughs an hour</measure><time_frame>12 weeks</time_frame></primary_outcome>
  <secondary_outcome><measure>Sleep</measure><time_frame>12 weeks</time_frame></secondary_outcome>
  <secondary_outcome><measure>Mood</measure></secondary_outcome>
  <enrollment type="Actual">12</enrollment>
  <condition>Chronic Cough</condition><condition>Asthma</condition>
  <arm_group><arm_group_label>Active</arm_group_label><arm_group_type>Experimental</arm_group_type>
    <description>Takes it daily</description></arm_group>
  <arm_group><arm_group_label>Control</arm_group_label><arm_group_type>Placebo Comparator</arm_group_type></arm_group>
  <intervention><intervention_type>Drug</intervention_type><intervention_name>Examplamab</intervention_name>
    <description>10 mg</description><arm_group_label>Active</arm_group_label></intervention>
  <intervention><intervention_type>Drug</intervention_type><intervention_name>Placebo</intervention_name>
    <arm_group_label>Control</arm_group_label></intervention>
  <eligibility><criteria><textblock>Inclusion Criteria:
- Cough for 8 weeks
Exclusion Criteria:
- Smokes</textblock></criteria><gender>All</gender><minimum_age>18 Years</minimum_age><maximum_age>N/A</maximum_age>
    <healthy_volunteers>No</healthy_volunteers></eligibility>
  <keyword>cough</keyword>
</clinical_study>"""

NESTED = """clinical_study:
  brief_title: Examplamab in Chronic Cough
  official_title: A Randomised Study of Examplamab & Placebo
  sponsors:
    lead_sponsor:
      agency: Example Corp
      agency_class: Industry
  brief_summary:
    textblock: Does examplamab help?

      Coughs are counted if p < 0.05 is likely.
  overall_status: Terminated
  why_stopped: Nobody coughed
  phase: Phase 2
  study_type: Interventional
  study_design_info:
    allocation: Randomized
    intervention_model: Parallel Assignment
    primary_purpose: Treatment
    masking: Double (Participant, Investigator)
  primary_outcome:
    measure: Coughs an hour
    time_frame: 12 weeks
  secondary_outcome:
    measure: Sleep
    time_frame: 12 weeks
  secondary_outcome:
    measure: Mood
  enrollment: 12
  condition: Chronic Cough
  condition: Asthma
  arm_group:
    arm_group_label: Active
    arm_group_type: Experimental
    description: Takes it daily
  arm_group:
    arm_group_label: Control
    arm_group_type: Placebo Comparator
  intervention:
    intervention_type: Drug
    intervention_name: Examplamab
    description: 10 mg
    arm_group_label: Active
  intervention:
    intervention_type: Drug
    intervention_name: Placebo
    arm_group_label: Control
  eligibility:
    criteria:
      textblock: Inclusion Criteria:
        - Cough for 8 weeks
        Exclusion Criteria:
        - Smokes
    gender: All
    minimum_age: 18 Years
    maximum_age: N/A
    healthy_volunteers: No
  keyword: cough
"""

V2 = {
    "protocolSection": {
        "identificationModule": {
            "briefTitle": WANTED.brief_title,
            "officialTitle": WANTED.official_title,
        },
        "statusModule": {"overallStatus": "TERMINATED", "whyStopped": "Nobody coughed"},
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": "Example Corp", "class": "INDUSTRY"}},
        "descriptionModule": {"briefSummary": WANTED.brief_summary},
        "conditionsModule": {"conditions": list(WANTED.conditions), "keywords": ["cough"]},
        "designModule": {
            "studyType": "INTERVENTIONAL",
            "phases": ["PHASE2"],
            "designInfo": {
                "allocation": "RANDOMIZED",
                "interventionModel": "PARALLEL",
                "primaryPurpose": "TREATMENT",
                "maskingInfo": {"masking": "DOUBLE"},
            },
        },
        "armsInterventionsModule": {
            "armGroups": [
                {"label": "Active", "type": "EXPERIMENTAL", "description": "Takes it daily",
                 "interventionNames": ["Drug: Examplamab"]},
                {"label": "Control", "type": "PLACEBO_COMPARATOR", "interventionNames": ["Drug: Placebo"]},
            ],
            "interventions": [
                {"type": "DRUG", "name": "Examplamab", "description": "10 mg"},
                {"type": "DRUG", "name": "Placebo"},
            ],
        },
        "outcomesModule": {
            "primaryOutcomes": [{"measure": "Coughs an hour", "timeFrame": "12 weeks"}],
            "secondaryOutcomes": [{"measure": "Sleep", "timeFrame": "12 weeks"}, {"measure": "Mood"}],
        },
        "eligibilityModule": {
            "eligibilityCriteria": WANTED.eligibility.criteria,
            "sex": "ALL",
            "minimumAge": "18 Years",
            "healthyVolunteers": False,
        },
    }
}  # fmt: skip

FLAT = {
    **{name: value for module in V2["protocolSection"].values() for name, value in module.items() if name != "designInfo"},
    **V2["protocolSection"]["designModule"]["designInfo"],  # type: ignore[dict-item]  # plain JSON
}


@pytest.mark.parametrize(
    "told",
    [
        text.render(WANTED),
        XML,
        XML.replace("<id_info><nct_id>SYN-7</nct_id></id_info>", ""),
        XML.removeprefix("<clinical_study>").removesuffix("</clinical_study>"),
        XML.replace("&amp;", "&").replace("&lt;", "<"),
        f"Here is the trial:\n```xml\n{XML}\n```\nI hope it helps.",
        NESTED,
        f"```\n{NESTED}```",
        json.dumps(V2),
        json.dumps([V2]),
        f"```json\n{json.dumps(FLAT, indent=1)}\n```",
    ],
    ids=[
        "ours",
        "xml",
        "no id",
        "no root",
        "not well-formed",
        "fenced xml",
        "nested",
        "fenced nested",
        "v2",
        "list",
        "flat JSON",
    ],
)
def test_every_form_gives_the_same_protocol(told: str) -> None:
    assert protocol_of(told) == WANTED


def test_headings_in_everyday_words() -> None:
    found = protocol_of(
        "**Title:** Examplamab in Cough\n\n## Summary\nIt may help.\n\n**Conditions:** Cough; Asthma\n**Interventions:**\n"
        "- Drug: Examplamab\n- Behavioral: Rest\n\n**Primary Outcomes:**\n1. Coughs an hour\n2. Sleep\n\n"
        "**Inclusion Criteria:**\n- Adult\n\n**Exclusion Criteria:**\n- Smokes\n\n**Status:** Completed\n"
    )
    assert found.brief_title == "Examplamab in Cough"
    assert found.brief_summary == "It may help."
    assert found.conditions == ("Cough", "Asthma")
    assert [(each.type, each.name) for each in found.interventions] == [("DRUG", "Examplamab"), ("BEHAVIORAL", "Rest")]
    assert [each.measure for each in found.primary_outcomes] == ["Coughs an hour", "Sleep"]
    assert found.eligibility.criteria == "Inclusion Criteria:\n- Adult\nExclusion Criteria:\n- Smokes"


@pytest.mark.parametrize("told", [XML, NESTED, json.dumps(V2), json.dumps({**FLAT, "whyStopped": "Nobody coughed"})])
def test_nothing_of_the_outcome_comes_through(told: str) -> None:
    rendered = text.render(protocol_of(told))
    assert "Terminated" not in rendered
    assert "Nobody coughed" not in rendered
    assert "Example Corp" not in rendered


def test_the_synthetic_mark_is_taken_off_titles() -> None:
    assert protocol_of(text.render(WANTED).replace("Title: ", "Title: [SYNTHETIC] ", 1)).brief_title == WANTED.brief_title


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("", "empty text"),
        (" \n\ufeff ", "empty text"),
        ("```\n\n```", "empty text"),
        ("Coughs are counted by nurses.", "neither our rendering nor JSON"),
        ("{not json", "broken JSON"),
        ("[1, 2]", "no record: list"),
        ("{}", "no title"),
        ("brief_title: A title and nothing else", "nothing but a title"),
        ("brief_summary: A summary without a title", "no title"),
        ("<brief_summary>x</brief_summary>", "no title"),
        ('{"protocolSection": {"identificationModule": {}}}', "no title"),
        ('{"protocolSection": {"identificationModule": {"briefTitle": 3}}}', "no readable API v2 record"),
    ],
)
def test_what_gives_no_protocol_says_why(told: str, why: str) -> None:
    with pytest.raises(ParseError, match=why):
        protocol_of(told)


def test_entities_are_not_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "boom">]><brief_title>T &a;</brief_title><brief_summary>S</brief_summary>'
    assert "boom" not in text.render(protocol_of(bomb))


def test_our_rendering_of_every_demo_trial_reads_back() -> None:
    for each in demo_corpus().trials:
        assert protocol_of(text.render(each.protocol)) == each.protocol


@given(PROTOCOLS)
@settings(max_examples=60, deadline=None)
def test_our_rendering_always_reads_back(protocol: Protocol) -> None:
    rendered = text.render(protocol)
    if "```" not in rendered and "[SYNTHETIC]" not in rendered:
        assert protocol_of(rendered) == protocol


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_text_gives_a_protocol_or_a_reason(told: str) -> None:
    with contextlib.suppress(ParseError):
        assert canonical.protocol(found := protocol_of(told)) == found


@pytest.mark.parametrize("name", ["briefTitle", "Brief Title", "brief_title 1", "BRIEF-TITLE"])
def test_names_of_any_spelling_are_one(name: str) -> None:
    assert normal(name) == "brief_title"
    assert known(normal(name))
    assert not known("favourite_colour")


def test_fields_that_are_not_on_the_list_are_left_out_with_all_that_is_in_them() -> None:
    told = NESTED + (
        "  acronym: EXC\n  is_fda_regulated: Yes\n  overall_official:\n    last_name: Jane Roe\n    role: PI\n"
        "  clinical_results:\n    outcome_list:\n      outcome:\n        title: Coughs fell\n        description: by half\n"
        "        arm_group:\n          arm_group_label: Winner\n  location:\n    facility:\n      name: Example Hospital\n"
    )
    assert protocol_of(told) == WANTED


def test_the_older_one_line_design_is_read() -> None:
    design = "Allocation: Randomized, Masking: Open Label, Primary Purpose: Prevention"
    found = protocol_of(f"brief_title: T\nbrief_summary: S\nstudy_design: {design}\n")
    assert (found.allocation, found.masking, found.primary_purpose) == ("RANDOMIZED", "NONE", "PREVENTION")
