"""identity, outcome-leak, placeholder, repetition, site: what must not be in the words."""

import pytest
from check_candidates import GOUT, candidate, criteria, spoilt, view
from identity_cases import cases

from synthetrial.check import identity, outcome_leak, placeholder, repetition, site
from synthetrial.similar.spans import sections
from synthetrial.trial import Arm, Intervention, OutcomeMeasure, Protocol


def test_identity_precision_and_recall_on_hand_written_lines() -> None:
    rows = [(kind, bool(identity.scan(text))) for kind, text in cases()]
    hits = sum(found for kind, found in rows if kind != "none")
    false = sum(found for kind, found in rows if kind == "none")
    assert len(rows) >= 120
    assert hits / sum(kind != "none" for kind, _ in rows) >= 0.95
    assert hits / (hits + false) >= 0.97


def test_identity_findings_say_where() -> None:
    text = "See NCT01234567 or write to a.b@example.org."
    findings = identity.scan(text)
    assert [each.kind for each in findings] == ["registry", "email"]
    assert all(text[slice(*each.span)] == each.text for each in findings)


@pytest.mark.parametrize(
    "protocol",
    [
        spoilt(brief_title="Colchicine (NCT01234567)"),
        spoilt(interventions=(Intervention(name="Colchicine as in 10.1000/abc.1", type="DRUG"),)),
        spoilt(keywords=("urate", "Dr. Oduya")),
    ],
)
def test_identity_refuses(protocol: Protocol) -> None:
    assert identity.check(candidate(protocol), view())


LEAKS = [
    "Not measured, due to the early termination of the study.",
    "Colchicine was a safe and effective option.",
    "The study was terminated because too few people came.",
    "This trial was stopped early.",
    "Enrollment was halted in March.",
    "Recruitment was slower than hoped.",
    "Results showed fewer flares.",
    "The results showed fewer flares with colchicine.",
    "Colchicine failed to meet its primary endpoint.",
    "The primary endpoint was not met.",
    "No participants were enrolled.",
    "A total of 42 patients were enrolled.",
    "Colchicine significantly improved pain in this study.",
    "Withdrawn due to lack of funding.",
    "Funding was withdrawn by the agency.",
    "The sponsor decided to stop development.",
    "The trial demonstrated a benefit of colchicine.",
    "The data safety monitoring board recommended ending the trial.",
    "Stopped for futility after the first look.",
    "This study is no longer recruiting.",
    "Colchicine was better than placebo (p<0.05).",
    "The trial has been completed.",
    "We found that flares were rarer.",
    "Low accrual ended the study.",
]
DESIGN_TALK = [
    "Subjects will be withdrawn if filtration falls.",
    "Stopping rules: the study will be terminated if two deaths occur.",
    "Treatment failure is a third flare.",
    "Patients who failed prior therapy with naproxen.",
    "Complete response after the first course.",
    "Completed treatment with allopurinol before entry.",
    "Time to progression or death, whichever comes first.",
    "The trial may be stopped for futility at the interim analysis.",
    "History of treatment that was discontinued because of toxicity.",
    "A previous study was terminated early for benefit.",
    "An earlier trial in 2003 showed that naproxen helps.",
    "Participants withdrawn from treatment are followed to the end.",
    "Number of patients enrolled per month.",
    "It is hypothesized that colchicine significantly reduced flares in this study will be confirmed.",
    "Discontinued study drug before week 4.",
    "Significantly elevated liver enzymes.",
]


@pytest.mark.parametrize("text", LEAKS)
def test_outcome_leak_refuses(text: str) -> None:
    assert outcome_leak.check(candidate(spoilt(brief_summary=text)), view())


@pytest.mark.parametrize("text", DESIGN_TALK)
def test_outcome_leak_passes(text: str) -> None:
    assert outcome_leak.find_in(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "[insert dose]",
        "Dose TBD",
        "XX mg daily",
        "<drug> daily",
        "___",
        "lorem ipsum dolor",
        "N/A",
        "null",
        "{{dose}}",
        "```json",
        "**Aim** of it",
        '{"summary": "x"}',
        "Sure, here it is",
        "<|end|>",
        "Taken for XXX",
        "[drug name]",
        "## Aim",
        "Not provided",
        "first\\nsecond",
        "[...]",
        "Primary outcomes: flares",
        "As an AI model I cannot",
        "Given daily [30346]",
        "Tablets (10 mg) (10 mg) daily",
    ],
)
def test_placeholder_refuses(text: str) -> None:
    assert placeholder.check(candidate(spoilt(brief_summary=text)), view())


@pytest.mark.parametrize(
    "text",
    [
        "Karyotype 46,XX confirmed",
        "Platelets < 100 and > 20",
        "Change in [18F]FDG uptake",
        "Factor XI level",
        "None",
        "Intervention: one tablet",
        "[number of visits]",
        "Score of 3 or 4 (severe)",
        "Doses of 5 mg/kg",
        "As shown before [12]",
        "Low dose (10 mg) or high dose (20 mg)",
        "A title: with a colon",
    ],
)
def test_placeholder_passes(text: str) -> None:
    assert placeholder.check(candidate(spoilt(brief_summary=text)), view()) is None


def test_placeholder_lets_headings_stand_in_descriptions() -> None:
    assert placeholder.find(spoilt(detailed_description="Interventions:\nOne tablet.")) is None
    assert placeholder.find(spoilt(detailed_description="Official title: again"))


LOOP = " ".join(["the dose is raised by one tablet"] * 8)


@pytest.mark.parametrize(
    "protocol",
    [
        spoilt(brief_summary="A very very very small dose."),
        spoilt(brief_summary=LOOP),
        spoilt(brief_summary="Flares are counted every month. Urate is low. Flares are counted every month."),
        criteria(
            (
                "Adults with painful gout proven by crystals",
                "Adults with the painful gout proven by crystals",
                "Not pregnant, by test",
            )
        ),
        spoilt(secondary_outcomes=(OutcomeMeasure(measure="Number of flares per participant", time_frame="6 months"),)),
        spoilt(arms=(Arm(label="Colchicine 0.5 mg by mouth"), Arm(label="Colchicine 0.5 mg by mouth"))),
    ],
)
def test_repetition_refuses(protocol: Protocol) -> None:
    assert repetition.check(candidate(protocol), view())


@pytest.mark.parametrize(
    "protocol",
    [
        GOUT,
        criteria(
            ("Serum ALT below twice the upper limit", "Serum AST below twice the upper limit", "Age over 18", "Age over 18")
        ),
        spoilt(
            secondary_outcomes=(
                OutcomeMeasure(measure="Mean change in serum urate", time_frame="week 4"),
                OutcomeMeasure(measure="Mean change in serum urate", time_frame="week 8"),
            )
        ),
        spoilt(keywords=("urate", "crystal")),
    ],
)
def test_repetition_passes(protocol: Protocol) -> None:
    assert repetition.check(candidate(protocol), view()) is None


@pytest.mark.parametrize(
    "text",
    [
        "Patients are seen at Northfield General Hospital.",
        "The University of Westmark runs the study.",
        "Samples go to Brightwater University for analysis.",
        "Recruited from Larkspur Cancer Center.",
        "Drug is supplied by Pfizer.",
        "Novartis provides the tablets.",
        "Participants are recruited in Kampala.",
        "The study is conducted in South Korea.",
        "Treated at Mayo Clinic.",
    ],
)
def test_site_refuses(text: str) -> None:
    assert site.check(candidate(spoilt(brief_summary=text)), view())


@pytest.mark.parametrize(
    "text",
    [
        "Middle East respiratory syndrome in adults.",
        "Japanese encephalitis vaccine and West Nile virus.",
        "Spanish-speaking participants with Lyme disease.",
        "Hospital Anxiety and Depression Scale at week 8.",
        "Patients of the Memory Clinic and the Outpatient Clinic.",
        "Western Ontario and McMaster Universities index of pain.",
        "Toxicity by National Cancer Institute criteria.",
        "American College of Rheumatology 20 percent response.",
        "University of Pennsylvania Smell Identification Test at month 3.",
        "Gout is a leading cause of arthritis in the United States.",
        "Local Hospital staff will give the first dose.",
        "Rome III criteria for constipation.",
    ],
)
def test_site_passes(text: str) -> None:
    assert site.check(candidate(spoilt(brief_summary=text)), view()) is None


def test_site_needs_a_place_word_before_a_house_in_a_title() -> None:
    assert site.find(spoilt(brief_title="Colchicine at Northfield Hospital"))
    assert site.find(spoilt(brief_title="Preventing Gout Hospital Admissions")) is None


def test_site_passes_a_maker_in_the_planned_name() -> None:
    from synthetrial.plan import Design

    given = Design(conditions=("Gout",), interventions=(("BIOLOGICAL", "Pfizer-BioNTech vaccine"),))
    protocol = spoilt(brief_summary="The Pfizer vaccine is given first.")
    assert site.check(candidate(protocol, design=given), view()) is None


def test_repetition_reads_whole_sections_and_lets_interventions_differ_by_a_dose() -> None:
    """Interventions may repeat more than criteria do, and a criterion counts whichever heading it stands under."""
    dose = "Tablets of colchicine by mouth each evening for six months with a glass of water, {} mg"
    same = tuple(Intervention(name=f"Colchicine {each}", type="DRUG", description=dose.format(each)) for each in (1, 2, 3))
    alike = spoilt(interventions=same)
    share = repetition.repeated_share(sections(alike)["Interventions"])
    assert repetition.MOST_REPEATED < share < repetition.MOST_REPEATED_IN_LISTS
    assert repetition.find(alike) is None
