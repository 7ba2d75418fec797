"""complete, intervention, design: the record has the planned parts, drug and design."""

import msgspec
import pytest
from check_candidates import GOUT, candidate, criteria, spoilt, view

from synthetrial.check import complete, design, intervention
from synthetrial.trial import Arm, Intervention, OutcomeMeasure, Protocol

LONG = "Word " * 120


@pytest.mark.parametrize(
    ("protocol", "part"),
    [
        (spoilt(official_title=None), "official title missing"),
        (spoilt(detailed_description="Unplanned words."), "description not planned"),
        (spoilt(brief_summary="Too short."), "summary: 2 words"),
        (spoilt(brief_summary=LONG.strip() + "."), "summary: 120 words"),
        (criteria(("Adults with crystal-proven gout who are about to begin allopurinol",), ()), "exclusion missing"),
        (criteria(("a b",) * 8, GOUT.eligibility.criteria.split("\n- ")[3:] if GOUT.eligibility.criteria else ()), "items"),
        (spoilt(brief_summary=GOUT.brief_summary[:-5] if GOUT.brief_summary else None), "middle of a sentence"),
        (spoilt(brief_summary=" ".join(["urate"] * 30) + " and the"), "middle of a sentence"),
        (spoilt(secondary_outcomes=()), "secondary measures missing"),
    ],
)
def test_complete_refuses(protocol: Protocol, part: str) -> None:
    assert part in str(complete.check(candidate(protocol), view()))


def test_complete_refuses_a_record_too_long_as_a_whole() -> None:
    planned = spoilt(
        brief_title="One two",
        official_title=None,
        brief_summary=None,
        keywords=(),
        arms=(),
        interventions=(),
        primary_outcomes=(),
        secondary_outcomes=(),
    )
    longer = msgspec.structs.replace(planned, brief_title="One two three four five six seven eight nine ten")
    assert complete.check(candidate(longer, planned), view()) is None
    planned = spoilt(
        keywords=("a",),
        brief_title="A",
        official_title="B",
        brief_summary="C.",
        arms=(),
        interventions=(),
        primary_outcomes=(),
        secondary_outcomes=(),
        eligibility=msgspec.structs.replace(GOUT.eligibility, criteria=None),
    )
    longer = msgspec.structs.replace(
        planned,
        keywords=("a b c d e f g",),
        brief_title="A b c d e f g",
        official_title="A b c d e f",
        brief_summary="C c c c c.",
    )
    assert "the record" in str(complete.check(candidate(longer, planned), view()))


def test_complete_passes_other_lengths_within_bounds_and_phrases_without_a_stop() -> None:
    assert complete.check(candidate(spoilt(brief_title="Colchicine Against Gout Flares")), view()) is None
    planned = spoilt(
        brief_summary="A comparison of colchicine with placebo in people who begin allopurinol and had two flares or more"
    )
    assert complete.check(candidate(planned, planned), view()) is None
    listed = spoilt(brief_summary="This trial asks three things.\n- pain\n- flares\n- urate")
    assert complete.check(candidate(listed, listed), view()) is None


@pytest.mark.parametrize(
    ("protocol", "part"),
    [
        (
            spoilt(brief_title="Prophylaxis of Gout", interventions=(Intervention(name="Naproxen", type="DRUG"),)),
            "neither the title",
        ),
        (spoilt(arms=(Arm(label="Naproxen", description="250 mg"), Arm(label="Placebo"))), "the arms name naproxen"),
    ],
)
def test_intervention_refuses(protocol: Protocol, part: str) -> None:
    assert part in str(intervention.check(candidate(protocol), view()))


@pytest.mark.parametrize(
    "protocol",
    [
        GOUT,
        spoilt(arms=()),
        spoilt(arms=(Arm(label="Arm A"), Arm(label="Arm B"))),
        spoilt(brief_title="Colcrys in Gout", interventions=(Intervention(name="Tablet", type="DRUG"),)),
    ],
)
def test_intervention_passes(protocol: Protocol) -> None:
    assert intervention.check(candidate(protocol), view()) is None


@pytest.mark.parametrize(
    ("protocol", "part"),
    [
        (spoilt(phases=("PHASE2",)), "phases"),
        (spoilt(masking=None), "masking"),
        (spoilt(arms=GOUT.arms[:1]), "1 arms, planned 2"),
        (spoilt(arms=GOUT.arms[::-1]), "arms"),
        (spoilt(conditions=("Asthma",)), "conditions"),
        (spoilt(eligibility=msgspec.structs.replace(GOUT.eligibility, minimum_age="6 Years")), "minimum_age"),
    ],
)
def test_design_refuses_what_was_not_planned(protocol: Protocol, part: str) -> None:
    assert part in str(design.check(candidate(protocol), view()))


def test_design_ignores_case() -> None:
    assert design.check(candidate(spoilt(conditions=("gout",))), view()) is None


ONE_ARM = spoilt(brief_title="Colchicine", official_title=None, allocation="NA", masking="NONE", arms=GOUT.arms[:1])
TWO_ARMS = spoilt(official_title=None, brief_summary=None, masking="NONE")


@pytest.mark.parametrize(
    ("protocol", "part"),
    [
        (msgspec.structs.replace(ONE_ARM, allocation="RANDOMIZED"), "single arm"),
        (msgspec.structs.replace(ONE_ARM, arms=(Arm(label="Placebo", type="PLACEBO_COMPARATOR"),)), "placebo alone"),
        (spoilt(arms=(Arm(label="A", type="NO_INTERVENTION"), Arm(label="B", type="SHAM_COMPARATOR"))), "no arm gets"),
        (msgspec.structs.replace(TWO_ARMS, brief_title="A Double-Blind Trial of Colchicine"), "without masking"),
        (spoilt(official_title=None, brief_title="Open-Label Colchicine"), "double masking"),
        (
            msgspec.structs.replace(
                ONE_ARM, brief_title="Placebo-Controlled Trial of Colchicine", interventions=GOUT.interventions[:1]
            ),
            "without a placebo",
        ),
        (msgspec.structs.replace(TWO_ARMS, brief_title="A Single-Arm Trial of Colchicine"), "with 2 arms"),
        (msgspec.structs.replace(TWO_ARMS, brief_title="A Three-Arm Trial of Colchicine"), "with 2 arms"),
        (msgspec.structs.replace(ONE_ARM, brief_title="A Randomised Trial of Colchicine"), "allocation is NA"),
        (msgspec.structs.replace(TWO_ARMS, brief_title="A Non-Randomized Trial of Colchicine"), "allocation is RANDOMIZED"),
        (msgspec.structs.replace(TWO_ARMS, brief_title="A Phase II Trial of Colchicine"), "phase is PHASE3"),
    ],
)
def test_design_refuses_contradictions(protocol: Protocol, part: str) -> None:
    assert part in str(design.check(candidate(protocol, protocol), view()))


@pytest.mark.parametrize(
    "protocol",
    [
        ONE_ARM,
        msgspec.structs.replace(ONE_ARM, intervention_model="SINGLE_GROUP"),
        msgspec.structs.replace(TWO_ARMS, brief_title="A Two-Arm, Phase 2/3 Trial of Colchicine"),
        msgspec.structs.replace(
            TWO_ARMS, brief_summary="A previous phase 2 trial was double-blind. Colchicine is given openly here."
        ),
        msgspec.structs.replace(ONE_ARM, brief_title="Non-Randomized Use of Colchicine", phases=()),
        spoilt(official_title="Colchicine: A Double-Blind Trial With an Open-Label Extension"),
        spoilt(primary_outcomes=(OutcomeMeasure(measure="Flares in the open-label part"),)),
    ],
)
def test_design_passes(protocol: Protocol) -> None:
    assert design.check(candidate(protocol, protocol), view()) is None
