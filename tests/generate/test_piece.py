"""A line is refused for what it shows by itself, and for what was said before."""

from __future__ import annotations

import pytest
from check_candidates import COUGH, GOUT, TRAIN, candidate

from synthetrial.check.view import View
from synthetrial.corpus.demo import demo_corpus
from synthetrial.generate.piece import Told, sentences

CELL = candidate(GOUT, planned=GOUT).cell
KNOWN = View.build([*TRAIN, *demo_corpus().trials[:80]])


def told() -> Told:
    return Told(CELL, TRAIN, KNOWN)


@pytest.mark.parametrize(
    ("line", "section", "fault"),
    [
        ("", "Summary", "empty"),
        ("flares flares flares of gout", "Summary", "loop"),
        ("a tablet by mouth, a tablet by mouth, a tablet by mouth", "Summary", "loop"),
        ("tabletbymouth ofthedose eachevening", "Summary", "salad"),
        ("One tablet taken at the", "Summary", "cut"),
        ("Study type: Interventional", "Summary", "words"),
        ("10 and 20 to 30 or 40 of 50 at 60", "Primary outcomes", "salad"),
        (str(COUGH.brief_summary).split(". ")[1], "Summary", "copy"),
        ("[insert dose] by mouth", "Interventions", "words"),
        ("Flares of NCT01234567", "Summary", "words"),
        ("The study showed that colchicine was effective", "Summary", "words"),
        ("Patients at the University Hospital of Oslo", "Summary", "site"),
        ("An open-label trial of colchicine", "Summary", "design"),
        ("Children with croup", "Inclusion", "foreign"),
    ],
)
def test_a_faulty_line_is_refused(line: str, section: str, fault: str) -> None:
    assert told().fault(line, section) == fault


@pytest.mark.parametrize(
    ("line", "section"),
    [
        ("One tablet each evening for 6 months", "Interventions"),
        ("Croup or another disease", "Exclusion"),
        ("A double-blind trial of colchicine", "Title"),
        ("Number of flares per participant | 6 months", "Primary outcomes"),
    ],
)
def test_a_sound_line_stays(line: str, section: str) -> None:
    assert told().fault(line, section) is None


def test_what_was_said_is_not_said_again() -> None:
    before = told()
    before.keep("Pain of the worst flare | 6 months", "Primary outcomes")
    assert before.fault("Pain of the worst flare | 24 weeks", "Secondary outcomes") == "said"
    assert before.fault("Pain of the worst flare at night | 24 weeks", "Secondary outcomes") is None


def test_the_third_criterion_of_one_beginning_is_one_too_many() -> None:
    before = told()
    before.begin()
    for end in ("tablet each evening", "medicine each evening"):
        assert before.fault(f"Use of a strong {end}", "Exclusion") is None
        before.keep(f"Use of a strong {end}", "Exclusion")
    assert before.fault("Use of a strong inhibitor", "Exclusion") == "said"
    assert before.fault("Use of a strong inhibitor", "Secondary outcomes") is None
    before.begin()
    assert before.fault("Use of a strong inhibitor", "Inclusion") is None


def test_a_bracket_is_not_said_a_third_time() -> None:
    before = told()
    for start in ("Adults", "Children"):
        before.keep(f"{start} with pain (at each visit)", "Inclusion")
    assert before.fault("Fever (at each visit)", "Exclusion") == "said"
    assert before.fault("Fever (at the last visit)", "Exclusion") is None


def test_a_copy_that_runs_over_two_lines_is_seen() -> None:
    words = str(COUGH.brief_summary).split(". ")[1].split()
    before = told()
    before.keep(" ".join(words[:10]), "Summary")
    assert before.fault(" ".join(words[10:19]), "Exclusion") == "copy"
    before.begin()
    assert before.fault(" ".join(words[10:19]), "Exclusion") is None


def test_sentences_are_told_apart() -> None:
    assert sentences(" One is here. Two e.g. this. Three") == ["One is here.", "Two e.g. this.", "Three"]
