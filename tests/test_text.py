"""`render` and `parse` are inverses, and canonical text is a fixed point."""

import pytest
from hypothesis import given

from strategies import PROTOCOLS, TEXT
from synthetrial import canonical
from synthetrial.errors import ParseError
from synthetrial.text import SECTIONS, parse, render, sections, words


@given(PROTOCOLS)
def test_parse_inverts_render(protocol):
    assert parse(render(protocol)) == protocol


@given(PROTOCOLS)
def test_canonical_protocols_are_fixed_points(protocol):
    assert canonical.protocol(protocol) == protocol


@given(TEXT)
def test_canonical_text_is_a_fixed_point(text):
    for form in (canonical.line, canonical.block):
        once = form(text)
        assert once is None or form(once) == once


@given(PROTOCOLS)
def test_sections_come_in_the_declared_order(protocol):
    assert list(sections(protocol)) == [name for name in SECTIONS if name in sections(protocol)]


def test_hard_wraps_are_joined_and_items_are_kept():
    wrapped = (
        "Inclusion Criteria:\n\n-  Patients with a diagnosis of type two diabetes that was made at least one year\n"
        "   before screening\n\n2. Age 18 or older\n\nExclusion Criteria:\n\n  * Pregnancy\n"
    )
    assert canonical.block(wrapped) == (
        "Inclusion Criteria:\n- Patients with a diagnosis of type two diabetes that was made at least one year before"
        " screening\n- Age 18 or older\nExclusion Criteria:\n- Pregnancy"
    )


def test_markdown_escapes_go():
    assert canonical.line(r"ALT \> 3 \* ULN") == "ALT > 3 * ULN"


def test_enumeration_words():
    assert [words(v) for v in ("PHASE2", "EARLY_PHASE1", "NA", "ACTIVE_COMPARATOR")] == [
        "Phase 2", "Early phase 1", "Not applicable", "Active comparator",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello", "line 1: expected a section header"),
        ("Title: a\nTitle: b", "occurs twice"),
        ("Phase: Phase 9\nTitle: a", "unknown value 'Phase 9'"),
        ("Phase: Phase 2", "no 'Title:' section"),
        ("Title: a\nArms:\nnothing", "expected an item"),
        ("Title: a\nArms:\n- label only", "expected 'Type: name'"),
        ("Title: a\nPrimary outcomes:\n- a | b | c | d", "up to two more parts"),
        ("Title: a\nHealthy volunteers: Maybe", "takes Yes or No"),
        ("Title: a\nSex: All\nmore", "takes one line"),
    ],
)
def test_what_is_not_canonical_is_refused_with_its_place(text, message):
    with pytest.raises(ParseError, match=message):
        parse(text)
