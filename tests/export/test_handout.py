"""What leaves a run: nothing of a private corpus but what is asked for."""

import msgspec
import pytest
from handed_out import EXEMPLAR, QUOTE, handout, run_of, trial

from shown_run import accept
from synthetrial.errors import StoreError
from synthetrial.export.handout import masked, opened, titled
from synthetrial.run.store import RunStore
from synthetrial.trial import Protocol


def test_exemplars_are_salted_hashes_and_quotes_are_left_out():
    (found,) = handout(trial()).trials()
    assert EXEMPLAR not in str(found)
    assert QUOTE not in str(found)
    assert [each.statement for each in found.reasons] == ["Accrual was slow."]
    assert found.provenance.exemplars == masked(trial(), "salt").provenance.exemplars
    assert found.provenance.exemplars != masked(trial(), "other").provenance.exemplars


def test_the_full_provenance_is_told_where_it_is_asked_for():
    (found,) = handout(trial(), full=True).trials()
    assert found == trial()


def test_a_run_keeps_its_salt_so_that_two_exports_name_an_exemplar_alike(run):
    with opened(run) as one, opened(run) as other:
        assert list(one.trials()) == list(other.trials())
        assert one.salt == one.store.get_meta("salt")


def test_records_are_those_of_one_moment(tmp_path):
    folder = run_of(tmp_path / "run", trial(number=1))
    with opened(folder) as before:
        with RunStore.open(folder) as store:
            accept(store, trial(number=2), 1)
        assert (before.records, len(list(before.trials()))) == (1, 1)
    with opened(folder) as after:
        assert (after.records, len(list(after.trials()))) == (2, 2)


def test_a_run_without_a_record_or_no_run_is_said_in_one_line(tmp_path):
    run_of(tmp_path / "empty")
    for folder, said in ((tmp_path / "empty", "no accepted record yet"), (tmp_path / "none", "no run here")):
        with pytest.raises(StoreError, match=said), opened(folder):
            pass


def test_titles_for_people_carry_the_mark():
    found = titled(Protocol(brief_title="A", official_title="B"))
    assert (found.brief_title, found.official_title) == ("[SYNTHETIC] A", "[SYNTHETIC] B")
    assert titled(Protocol(brief_title="A")) == msgspec.structs.replace(Protocol(brief_title="A"), brief_title="[SYNTHETIC] A")
