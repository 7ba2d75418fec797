"""The completion rule, and the why_stopped rules it rests on."""

import csv
import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realdata import DATA, needs_real_data
from synthetrial.corpus import labels, why_stopped
from synthetrial.errors import UsageError
from synthetrial.trial import STATUSES, Label, Outcome, Protocol, RegistryTrial, Source

LABELLED = Path(__file__).parents[1] / "data" / "why_stopped_labels.csv"


def stopped(why: str | None, status: str = "TERMINATED") -> Outcome:
    return Outcome(overall_status=status, why_stopped=why)


@pytest.mark.parametrize(
    ("example", "group"), [(each, rule.group) for rule in why_stopped.rules().rule for each in rule.examples]
)
def test_every_example_of_the_rule_table_is_of_its_class(example, group):
    assert why_stopped.classify(example) == group


def test_the_rule_table_knows_every_class_but_the_two_left_over():
    assert {rule.group for rule in why_stopped.rules().rule} == set(why_stopped.CLASSES) - {"other", "none"}


@pytest.mark.parametrize(
    ("why", "group"),
    [
        (None, "none"),
        ("", "none"),
        (" . ", "none"),
        ("N/A", "none"),
        ("The study was terminated early.", "none"),
        ("Withdrawn prior to enrollment", "none"),
        ("Stopped for reasons of the house", "other"),
        ("Strategic decision, not related to safety or efficacy.", "business"),
        ("Slow accrual; no safety concerns were seen.", "enrolment"),
        ("No new safety issues. Funding ended.", "funding"),
        ("Recruitment stalled in the COVID-19 pandemic", "covid"),
        ("Low enrolment and a lack of efficacy at the interim look", "efficacy"),
        ("Funding ended, recruitment was slow", "funding"),
        ("Recruitment was slow, funding ended", "enrolment"),
        ("The sponsor’s decision", "sponsor-decision"),
    ],
)
def test_reasons_are_told_apart(why, group):
    assert why_stopped.classify(why) == group


@given(st.text(max_size=200))
def test_any_text_has_one_of_the_classes(text):
    assert why_stopped.classify(text) in why_stopped.CLASSES


@pytest.mark.parametrize("status", STATUSES)
def test_only_completed_and_stopped_trials_have_a_label(status):
    given_label = labels.completion(stopped("Slow accrual", status))
    if status == "COMPLETED":
        assert given_label == Label(value=1, rule="completion")
    elif status in labels.STOPPED:
        assert given_label == Label(value=0, rule="completion")
    else:
        assert given_label is None
    assert labels.completion(Outcome()) is None


def test_only_stops_that_tell_of_the_trial_are_failures():
    for why in ("Futility", "Safety concerns", "Slow accrual"):
        assert labels.completion(stopped(why)) == Label(value=0, rule="completion")
    for why in (
        "Business decision",
        "Lack of funding",
        "COVID-19",
        "Sponsor decision",
        "PI left the site",
        "Enough data",
        None,
    ):
        assert labels.completion(stopped(why)) is None


def test_unexplained_stops_can_be_failures_under_another_rule_name():
    assert labels.completion(stopped(None), "failure") == Label(value=0, rule="completion+unexplained")
    assert labels.completion(stopped("Business decision"), "failure") is None
    assert labels.completion(stopped(None, "COMPLETED"), "failure") == Label(value=1, rule="completion+unexplained")
    with pytest.raises(UsageError, match="'exclude' or 'failure'"):
        labels.completion(stopped(None), "perhaps")  # type: ignore[arg-type]  # what a config may hold


def test_enrolment_stops_can_be_left_out():
    assert labels.completion(stopped("Slow accrual"), enrolment=False) is None
    assert labels.completion(stopped("Futility"), enrolment=False) == Label(value=0, rule="completion-enrolment")


def test_trials_are_labelled_and_stops_for_enrolment_told():
    trials = [
        RegistryTrial(
            trial_id=f"NCT{n:08d}",
            protocol=Protocol(brief_title="x"),
            source=Source(format="jsonl", file="made"),
            outcome=outcome,
        )
        for n, outcome in enumerate([stopped("Slow accrual"), stopped("Futility"), stopped(None), stopped(None, "COMPLETED")])
    ]
    made = labels.label(trials)
    assert [each.label and each.label.value for each in made] == [0, 0, None, 1]
    assert [labels.stopped_for_enrolment(each) for each in made] == [True, False, False, False]


@needs_real_data
def test_real_texts_are_classed_as_a_person_classed_them():
    with LABELLED.open(encoding="utf-8", newline="") as file:
        rows = {row["nct_id"]: row for row in csv.DictReader(file)}
    assert len(rows) >= 200
    texts = {}
    with gzip.open(DATA / "registry" / "records.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            if (record := json.loads(line))["nct_id"] in rows and record["norm"].get("why_stopped"):
                texts[record["nct_id"]] = record["norm"]["why_stopped"]
    for part, floor in (("dev", 0.92), ("held", 0.92), ("fresh", 0.66)):
        judged = [
            (why_stopped.classify(text), rows[trial]["class"]) for trial, text in texts.items() if rows[trial]["part"] == part
        ]
        assert len(judged) >= 40
        assert sum(a == b for a, b in judged) / len(judged) >= floor
        failures = labels.FAILURE_CLASSES
        assert sum((a in failures) == (b in failures) for a, b in judged) / len(judged) >= min(floor + 0.18, 0.94)
