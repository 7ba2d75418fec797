"""copy and coherence: nothing of an exemplar or another training trial stands in the record."""

import msgspec
import pytest
from check_candidates import COUGH, GOUT, TRAIN, candidate, criteria, real, spoilt, view

from synthetrial.check import coherence, copy
from synthetrial.check.view import View, condition_terms, subject_text
from synthetrial.plan import Design
from synthetrial.trial import Eligibility, OutcomeMeasure, Protocol

COPIED = "has never been compared with a bronchodilator, so children with moderate croup will breathe terbutaline"
assert COUGH.brief_summary
assert COPIED in COUGH.brief_summary


def test_copy_refuses_a_long_span_and_names_its_trial() -> None:
    detail = copy.check(candidate(spoilt(brief_summary=f"The tablet {COPIED} or take none.")), view())
    assert detail == f"16 words in a row from DEMO-A: '{COPIED.replace(',', '')[:80]}'"


def test_copy_passes_twelve_words() -> None:
    twelve = " ".join(COPIED.split()[:12])
    assert copy.check(candidate(spoilt(brief_summary=f"The tablet {twelve} tablets.")), view()) is None


def test_copy_does_not_count_what_the_planner_gave() -> None:
    given = Design(conditions=("moderate croup", "children"), interventions=(("DRUG", "terbutaline"),))
    longer = " ".join(f"step{each}" for each in range(40))  # so that the copied words are few of many
    written = spoilt(brief_summary=f"The tablet {COPIED} or none.", detailed_description=f"It goes through {longer}.")
    assert copy.check(candidate(written, design=given), view()) is None


def test_copy_passes_what_three_trials_have() -> None:
    shared = [real(f"DEMO-{each}", Protocol(brief_title=f"Trial {each}", brief_summary=COPIED)) for each in "CDE"]
    mine = candidate(spoilt(brief_summary=f"{GOUT.brief_summary} The tablet {COPIED} or none."))
    assert copy.check(mine, View.build(shared[:2])) is not None
    known = msgspec.structs.replace(mine, exemplars=())
    assert copy.check(known, View.build(shared)) is None


def test_copy_knows_exemplars_outside_the_view() -> None:
    empty = View.build([])
    assert "DEMO-A" in str(copy.check(candidate(spoilt(brief_summary=f"The tablet {COPIED}.")), empty))


def test_copy_refuses_many_short_spans_of_one_trial() -> None:
    source = " ".join(f"w{each}" for each in range(200))
    others = [real(f"DEMO-{each}", Protocol(brief_title=each, brief_summary=source)) for each in "XYZ"]
    assert "13-grams" in str(copy.check(candidate(spoilt(brief_summary=source)), View.build(others)))


@pytest.mark.parametrize(
    ("protocol", "part"),
    [
        (spoilt(brief_title="Colchicine for Croup"), "'croup', a condition of DEMO-A"),
        (spoilt(primary_outcomes=(OutcomeMeasure(measure="Relief of plantar fasciitis"),)), "plantar fasciitis"),
        (criteria(("Children with croup",)), "croup"),
        (criteria(("Adults",), minimum_age="90 Years"), "minimum age 90 Years is above the maximum 80 Years"),
        (criteria(("Aged 6 to 12 years",)), "outside the planned ages"),
        (criteria(("Children aged 85-95 years",)), "outside the planned ages"),
        (criteria(("At least 85 years of age",)), "above the planned maximum"),
        (criteria(("Pregnant women in the third trimester",), sex="MALE"), "included where sex is MALE"),
        (criteria(("Men with gout",), sex="FEMALE"), "included where sex is FEMALE"),
        (criteria(("Use of allopurinol at entry",), ("Use of allopurinol at entry",)), "both included and excluded"),
        (
            spoilt(brief_title="Colchicine in Prostate Cancer", eligibility=Eligibility(sex="FEMALE")),
            "'Prostate' in a trial of women",
        ),
        (spoilt(brief_title="Colchicine in Pregnancy", eligibility=Eligibility(sex="MALE")), "'Pregnancy' in a trial of men"),
    ],
)
def test_coherence_refuses(protocol: Protocol, part: str) -> None:
    assert part in str(coherence.check(candidate(protocol), view()))


@pytest.mark.parametrize(
    "protocol",
    [
        GOUT,
        criteria(("Adults",), ("Croup or plantar fasciitis",)),
        criteria(("Aged 18 to 75 years", "At least 18 years of age", "70 years or older")),
        criteria(("Female partners of men must use contraception", "Males and females"), sex="MALE"),
        criteria(("Men and women",), sex="FEMALE"),
        criteria(("Age over 18",), ("Age over 18",), minimum_age=None, maximum_age=None),
        spoilt(brief_title="Colchicine in Prostate and Ovarian Cancer", eligibility=Eligibility(sex="FEMALE")),
    ],
)
def test_coherence_passes(protocol: Protocol) -> None:
    passes = coherence.check(candidate(protocol), view())
    assert passes is None or ("both included" in passes and "Age over 18" in passes)


def test_coherence_lets_a_narrower_condition_of_its_own_pass() -> None:
    narrower = real("DEMO-N", Protocol(brief_title="N", conditions=("Chronic Tophaceous Gout", "Chronic Gout")))
    mine = msgspec.structs.replace(
        candidate(spoilt(brief_title="Colchicine in Chronic Tophaceous Gout")), exemplars=(narrower,)
    )
    assert coherence.check(mine, view()) is None


def test_coherence_lets_pass_what_everybody_speaks_of() -> None:
    speaking = [real(f"DEMO-{each}", Protocol(brief_title=f"Croup {each}", conditions=(f"Cold {each}",))) for each in "KLM"]
    assert coherence.check(candidate(spoilt(brief_title="Colchicine for Croup")), View.build([*TRAIN, *speaking])) is None


@pytest.mark.parametrize(
    ("age", "days"), [("18 Years", 6574.5), ("6 Months", 182.625), ("2 Weeks", 14.0), (None, None), ("N/A", None)]
)
def test_ages_in_days(age: str | None, days: float | None) -> None:
    assert coherence.days(age) == days


def test_subject_text_leaves_exclusion_out() -> None:
    text = subject_text(GOUT)
    assert " allopurinol " in text
    assert " cyp3a4 " not in text
    assert condition_terms(("Non-Hodgkin Lymphoma", "-")) == {"non hodgkin lymphoma"}
