"""The flat table: what a spreadsheet shows is what was written, and nothing in it is run."""

import csv
import io

import pytest
from handed_out import EXEMPLAR, QUOTE, handout, trial
from hypothesis import given

from strategies import PROTOCOLS
from synthetrial.export.csv_table import guarded, rows
from synthetrial.trial import Arm, Eligibility, Intervention, OutcomeMeasure, Protocol

FULL = Protocol(
    brief_title='A "quoted", title',
    official_title="=HYPERLINK(1)",
    conditions=("Diabetes", "Obesity"),
    phases=("PHASE2", "PHASE3"),
    interventions=(Intervention(name="Metformin", type="DRUG"), Intervention(name="Walks")),
    arms=(Arm(label="Low dose", type="EXPERIMENTAL"),),
    primary_outcomes=(OutcomeMeasure(measure="HbA1c", time_frame="6 months"), OutcomeMeasure(measure="Weight")),
    eligibility=Eligibility(criteria="- adults\n- no insulin", healthy_volunteers=False),
)


def table(*trials, **options):
    text = b"".join(rows(handout(*trials, **options))).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_row_holds_a_record():
    (row,) = table(trial(FULL))
    assert {each: row[each] for each in ("id", "synthetic", "label", "drug", "seed", "weight")} == {
        "id": "SYN-0000000001", "synthetic": "true", "label": "1", "drug": "metformin", "seed": "7", "weight": "0.5",
    }  # fmt: skip
    assert row["title"] == '[SYNTHETIC] A "quoted", title'
    assert row["conditions"] == "Diabetes; Obesity"
    assert row["phases"] == "PHASE2; PHASE3"
    assert row["interventions"] == "Drug: Metformin; Walks"
    assert row["arms"] == "Experimental: Low dose"
    assert row["primary_outcomes"] == "HbA1c (6 months); Weight"
    assert row["healthy_volunteers"] == "false"
    assert row["masking"] == row["maximum_age"] == ""
    assert EXEMPLAR not in str(row)
    assert QUOTE not in str(row)


def test_lines_end_as_the_standard_says():
    text = b"".join(rows(handout(trial(), trial(number=2))))
    assert text.count(b"\r\n") == 3
    assert text.endswith(b"\r\n")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_text_that_would_be_a_formula_has_an_apostrophe_before_it(text):
    assert guarded(text) == "'" + text


@pytest.mark.parametrize("cell", ["text", "a = b", "", None, 7, -1.5, True])
def test_other_cells_are_as_they_are(cell):
    assert guarded(cell) is cell


def test_criteria_are_guarded_as_well():
    (row,) = table(trial(FULL))
    assert row["criteria"] == "'- adults\n- no insulin"


@given(protocol=PROTOCOLS)
def test_any_text_comes_back_from_the_table(protocol):
    (row,) = table(trial(protocol))
    assert None not in row
    assert None not in row.values()
    assert row["title"] == f"[SYNTHETIC] {protocol.brief_title}"
    assert row["brief_summary"] == guarded(protocol.brief_summary or "")
    assert row["keywords"] == guarded("; ".join(protocol.keywords))
    assert not any(each.startswith(("=", "+", "-", "@")) for each in row.values())
