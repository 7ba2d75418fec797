"""Shapes count words per slot; criteria come apart at their headings and go together again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realdata import DATA, needs_real_data
from synthetrial import canonical
from synthetrial.plan import Shape
from synthetrial.shape import CriteriaParts, compose_criteria, criteria_parts, shape_of, word_count
from synthetrial.trial import Arm, Eligibility, Intervention, OutcomeMeasure, Protocol

ADULTS, PREGNANCY = "Adults with gout", "Pregnancy"


@pytest.mark.parametrize(
    ("inclusion", "exclusion"),
    [
        ("Inclusion Criteria:", "Exclusion Criteria:"),
        ("INCLUSION CRITERIA", "EXCLUSION CRITERIA"),
        ("Inclusion criteria", "Non-inclusion criteria:"),
        ("Key Inclusion Criteria:", "Main exclusion criteria :"),
        ("Inclusion:", "Exclusion:"),
        ("- Inclusion Criteria:", "- Exclusion Criteria for all participants:"),
        ("Patients must meet these inclusion criteria:", "The following are the exclusion criteria:"),
        ("Inclusion", "Exclusion"),
    ],
)
def test_headings_of_many_spellings(inclusion: str, exclusion: str) -> None:
    parts = criteria_parts(f"{inclusion}\n- {ADULTS}\n{exclusion}\n- {PREGNANCY}")
    assert parts == CriteriaParts(inclusion=(ADULTS,), exclusion=(PREGNANCY,))


@pytest.mark.parametrize(
    "row",
    [
        "Other protocol-defined inclusion/exclusion criteria may apply.",
        "Not fulfilling inclusion criteria",
        "Previous inclusion in the study",
        "Anyone not meeting the inclusion criteria.",
        "exclusion.",
    ],
)
def test_sentences_about_criteria_are_no_headings(row: str) -> None:
    assert criteria_parts(f"Inclusion Criteria:\n- {ADULTS}\n- {row}").inclusion == (ADULTS, row)


def test_text_before_a_heading_is_other() -> None:
    assert criteria_parts("Adults only.\n\nNo healthy people.\nExclusion Criteria:\n- Pregnancy") == CriteriaParts(
        exclusion=(PREGNANCY,), other="Adults only.\n\nNo healthy people."
    )


def test_no_heading_leaves_everything_in_other() -> None:
    assert criteria_parts("- Adults\n- No children") == CriteriaParts(other="- Adults\n- No children")


def test_headings_inside_a_line() -> None:
    parts = criteria_parts("Inclusion Criteria: adults with gout Exclusion Criteria: pregnancy")
    assert parts == CriteriaParts(inclusion=("adults with gout",), exclusion=("pregnancy",))


def test_sections_of_one_kind_are_put_together() -> None:
    parts = criteria_parts("Donor Inclusion Criteria:\n- Sibling\nRecipient Inclusion Criteria:\nLeukaemia in remission")
    assert parts.inclusion == ("Sibling", "Leukaemia in remission")


def test_nothing_composes_to_nothing() -> None:
    assert compose_criteria(CriteriaParts()) == ""
    assert criteria_parts("") == CriteriaParts()


ITEMS = st.lists(st.from_regex(r"[A-Z][a-z]{2,8}( [a-z0-9]{1,9}){0,6}[.]?", fullmatch=True), max_size=4).map(tuple)


@given(ITEMS, ITEMS, st.just("") | st.from_regex(r"[A-Z][a-z]{2,8}( [a-z]{3,9}){0,6}[.]", fullmatch=True))
def test_parts_and_composition_are_inverse(inclusion: tuple[str, ...], exclusion: tuple[str, ...], other: str) -> None:
    parts = CriteriaParts(inclusion=inclusion, exclusion=exclusion, other=other)
    assert criteria_parts(compose_criteria(parts)) == parts


PIECES = st.sampled_from(
    [
        "Inclusion Criteria:",
        "Exclusion criteria",
        "- ",
        "\n",
        " ",
        "Key ",
        "for adults",
        "inclusion",
        "none",
        ":",
        "-",
        "Age over 18",
        ".",
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_taking_apart_what_was_composed_changes_nothing(text: str) -> None:
    once = criteria_parts(text)
    assert criteria_parts(compose_criteria(once)) == once


def test_shape_counts_words_per_slot() -> None:
    protocol = Protocol(
        brief_title="Oral Colchicine for Gout",
        official_title=None,
        keywords=("gout flare", "urate"),
        brief_summary="One two three.\n- four",
        interventions=(Intervention(name="Colchicine", description="0.5 mg daily"), Intervention(name="Placebo")),
        arms=(Arm(label="Colchicine arm", description="Takes it"), Arm(label="Placebo")),
        primary_outcomes=(OutcomeMeasure(measure="Pain score", time_frame="12 weeks"),),
        eligibility=Eligibility(criteria="Note.\nInclusion Criteria:\n- Adults with gout\nExclusion Criteria:\n- Pregnancy"),
    )
    assert shape_of(protocol) == Shape(
        title=4,
        keywords=(2, 1),
        summary=4,
        interventions=(3, 0),
        arms=((2, 2), (1, 0)),
        primary_outcomes=((2, 2, 0),),
        inclusion=(3,),
        exclusion=(1,),
        criteria_other=1,
    )


def test_word_count_ignores_list_marks() -> None:
    assert word_count("- one two\n- three") == 3
    assert word_count(None) == 0


@needs_real_data
def test_demo_criteria_have_both_parts() -> None:
    import json

    rows = [json.loads(each) for each in (DATA / "demo" / "trials.jsonl").read_text().splitlines()]
    texts = [canonical.block(each["eligibility"]["criteria"]) for each in rows]
    parts = [criteria_parts(each) for each in texts if each]
    assert sum(bool(each.inclusion and each.exclusion) for each in parts) >= 0.98 * len(rows)
    assert all(criteria_parts(compose_criteria(each)) == each for each in parts)
