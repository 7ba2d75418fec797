"""An evaluation counts only for the records that it saw."""

import os

import pytest
from handed_out import trial

from shown_run import accept
from synthetrial.errors import StoreError
from synthetrial.evaluate.reading import load_evaluation
from synthetrial.export.measured import measured
from synthetrial.run.store import RunStore


def found(run):
    with RunStore.read(run) as store:
        return measured(run, store)


def test_an_evaluation_of_just_these_records_counts(run):
    assert found(run).why_not == ""
    assert found(run).evaluation == load_evaluation(run)
    assert found(run).identity.n == 24


def test_a_run_that_was_not_evaluated_has_none(run):
    (run / "evaluation.json").unlink()
    assert load_evaluation(run) is None
    assert found(run) == (None, "it was not evaluated")
    assert found(run).identity is None


def test_an_evaluation_of_fewer_records_does_not_count(run):
    with RunStore.open(run) as store:
        accept(store, trial(), 24)
    assert found(run).why_not == "24 records were evaluated, and there are 25 now"


def test_an_evaluation_older_than_a_record_does_not_count(run):
    os.utime(run / "evaluation.json", (0, 0))
    assert found(run).why_not == "its evaluation is older than its records"


def test_an_evaluation_without_the_scan_counts_by_its_date(run):
    path = run / "evaluation.json"
    path.write_bytes(path.read_bytes().replace(b'"identity-scan"', b'"another"'))
    assert found(run).identity is None
    assert found(run).evaluation is not None


def test_a_damaged_evaluation_is_said_in_one_line(run):
    (run / "evaluation.json").write_text("{")
    with pytest.raises(StoreError, match="synthetrial evaluate") as error:
        found(run)
    assert "\n" not in str(error.value)
