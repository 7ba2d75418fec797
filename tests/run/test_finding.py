"""A record is found by what a person types of its id, or the nearest is named; lists read a row at a time."""

import re

import msgspec
import pytest

from runs import config, make
from synthetrial.errors import StoreError
from synthetrial.run import finding
from synthetrial.run.records import CandidateKey, StoredCandidate
from synthetrial.run.store import RunStore
from synthetrial.text import render


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Eight records, and two candidates that were rejected."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    make(config(8), folder)
    with RunStore.open(folder) as store:
        first = next(store.trials())
        for attempt, text, protocol, codes in (
            (90, render(first.protocol), first.protocol, ("copy", "design")),
            (91, "?", None, ("parse",)),
        ):
            store.save_candidate(
                StoredCandidate(
                    key=CandidateKey(1, 0, attempt, 0), text=text, protocol=protocol, state="rejected", codes=codes,
                    details=tuple(f"why {each}" for each in codes),
                )
            )  # fmt: skip
    return folder


@pytest.fixture
def store(folder):
    with RunStore.read(folder) as store:
        yield store


def test_every_record_is_found_by_its_id_in_any_spelling(store):
    for trial in store.trials():
        for asked in (trial.id, trial.id.lower(), trial.id.removeprefix("SYN-"), trial.id[:-1]):
            assert finding.record(store, asked) == trial


def test_a_beginning_that_fits_several_names_some(store):
    with pytest.raises(StoreError, match=r"8 records begin with SYN- \(SYN-.*, …\); give more of the id"):
        finding.record(store, "SYN-")


def test_an_unknown_id_names_the_nearest(store):
    first = next(store.trials()).id
    with pytest.raises(StoreError, match=f"the nearest is {first}"):
        finding.record(store, f"{first[:-2]}0Q")


def test_a_run_without_records_says_how_to_go_on(tmp_path):
    with RunStore.open(tmp_path, create=True) as store, pytest.raises(StoreError, match="synthetrial generate --out"):
        finding.record(store, "SYN-1")


def test_a_list_has_what_a_line_shows(store):
    for trial, listed in zip(store.trials(), finding.records(store), strict=True):
        assert (listed.id, listed.title) == (trial.id, trial.protocol.brief_title)
        assert listed.label == ("success" if trial.label else "failure")
        assert listed.drug == trial.provenance.plan["drug"]
        assert listed.p_label == trial.provenance.p_label
        assert re.fullmatch(r"(Early phase 1|Not applicable|[1-4])(, [1-4])*|", listed.phase)


def test_rejected_candidates_come_with_codes_and_details(store):
    copied, unread = finding.candidates(store)
    assert (copied.id, copied.codes, copied.details) == ("1.0.90.0", ("copy", "design"), ("why copy", "why design"))
    assert copied.title == next(store.trials()).protocol.brief_title
    assert (unread.id, unread.title, unread.text) == ("1.0.91.0", None, "?")
    assert copied.drug == next(each for each in store.planned() if each.index == 1).drug
    assert finding.candidate(store, "1.0.91.0") == unread
    assert msgspec.json.decode(msgspec.json.encode(unread), type=finding.Rejected) == unread
    with pytest.raises(StoreError, match="--rejected` lists them"):
        finding.candidate(store, "9.9.9.9")
