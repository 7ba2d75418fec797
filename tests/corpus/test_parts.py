"""Corpora held against one another, carved, and read with drug names of one's own."""

import msgspec
import pytest

from synthetrial.corpus import drug_names, drugs, store
from synthetrial.corpus import split as splits
from synthetrial.corpus.demo import demo_corpus
from synthetrial.corpus.diff import Change, diff
from synthetrial.corpus.drug_coverage import coverage
from synthetrial.corpus.manifest import read_manifest
from synthetrial.corpus.opening import open_corpus, split_of
from synthetrial.corpus.readers.own_jsonl import encode
from synthetrial.corpus.stats import stats_of
from synthetrial.corpus.subset import Wanted, subset
from synthetrial.errors import CorpusError
from synthetrial.trial import Intervention, Outcome, Protocol, RegistryTrial, Source


def trial(number, *names, title="A trial", status="COMPLETED", condition="Gout", kind="DRUG", year=2015):
    return RegistryTrial(
        trial_id=f"NCT{number:08}",
        protocol=Protocol(
            brief_title=title,
            conditions=(condition,),
            phases=("PHASE2",),
            interventions=tuple(Intervention(name=each, type=kind) for each in names),
        ),
        source=Source(format="v2-json", file="f.json"),
        outcome=Outcome(overall_status=status),
        start_date=f"{year}-03",
    )


def built(folder, *trials, **options):
    file = folder.with_suffix(".jsonl")
    file.write_bytes(b"".join(map(encode, trials)))
    store.build([file], folder, **options)
    return folder


@pytest.fixture
def own(tmp_path):
    """A file of one's own names; whatever a test sets them to, they are gone after it."""
    path = tmp_path / "names.csv"
    path.write_text("name,drug\nZorblax 20,zorblaxin\nmetamizol-k,dipyrone\naspirin,\n")
    yield path
    drugs.use_names(None)


@pytest.fixture
def demo(tmp_path):
    """The demo corpus, stored."""
    return built(tmp_path / "demo", *demo_corpus().trials, labels="source")


def test_a_diff_names_what_came_what_went_and_which_fields_changed(tmp_path):
    one = built(tmp_path / "one", trial(1), trial(2), trial(3, title="Before"), trial(4, status="RECRUITING"))
    other = built(tmp_path / "two", trial(2), trial(3, title="After"), trial(4, status="COMPLETED"), trial(5))
    found = diff(one, other)
    assert (found.added, found.removed, found.same) == (("NCT00000005",), ("NCT00000001",), 1)
    assert found.changed == ("NCT00000003", "NCT00000004")
    assert Change("NCT00000003", "protocol.brief_title", "Before", "After") in found.changes
    assert Change("NCT00000004", "outcome.overall_status", "RECRUITING", "COMPLETED") in found.changes
    assert Change("NCT00000004", "label.value", "", "1") in found.changes
    assert found.fields["protocol.brief_title"] == 1
    turned = diff(other, one)
    assert (turned.added, turned.removed) == (found.removed, found.added)
    assert diff(one, one).changed == ()


def test_a_subset_holds_what_was_asked_for_and_nothing_else(tmp_path):
    whole = built(
        tmp_path / "c",
        trial(1, "Metformin 500 mg"),
        trial(2, "Metformin", condition="Type 2 diabetes"),
        trial(3, "Aspirin", condition="Type 1 Diabetes", year=2001),
        trial(4, status="RECRUITING"),
    )

    def ids(**wanted):
        subset(whole, tmp_path / "part", Wanted(**wanted))
        return [each.trial_id[-1] for each in store.load_corpus(tmp_path / "part").trials]

    assert ids(drug="metformin") == ["1", "2"]
    assert ids(condition="diabetes") == ["2", "3"]
    assert ids(condition="diabetes", since=2010) == ["2"]
    assert ids(labelled=True) == ["1", "2", "3"]
    assert ids(phase="PHASE2", drug="aspirin") == ["3"]
    with pytest.raises(CorpusError, match="no trial is what was asked for"):
        ids(drug="ibuprofen")


def test_a_sample_is_drawn_by_its_seed_and_keeps_the_rule(demo, tmp_path):
    assert subset(demo, tmp_path / "a", Wanted(), sample=30, seed=1) == 30
    subset(demo, tmp_path / "b", Wanted(), sample=30, seed=1)
    subset(demo, tmp_path / "c", Wanted(), sample=30, seed=2)
    one, same, other = (store.load_corpus(tmp_path / each) for each in "abc")
    assert one.trials == same.trials != other.trials
    assert one.fingerprint == same.fingerprint != read_manifest(demo).fingerprint
    assert one.label_rule == store.load_corpus(demo).label_rule


@pytest.mark.parametrize("kind", splits.KINDS)
def test_a_stored_corpus_is_divided_as_the_same_trials_in_memory(demo, kind):
    corpus = store.load_corpus(demo)
    stored = splits.of_corpus(demo, kind, seed=3)
    assert msgspec.structs.replace(stored, corpus=None) == splits.make(corpus.trials, kind, seed=3)
    assert stored.corpus == corpus.fingerprint


def test_a_split_of_another_state_is_refused_with_the_way_out(demo):
    splits.write(msgspec.structs.replace(splits.of_corpus(demo), corpus="0" * 64), demo / "split.json")
    with pytest.raises(CorpusError, match=r"divides another state of this corpus; run: synthetrial corpus split"):
        split_of(open_corpus(str(demo)))


def test_own_names_go_before_the_table(own):
    assert drugs.recognise(["Zorblax-20 mg tablets"], unknown=False) == ()
    drugs.use_names(own)
    assert [each.name for each in drugs.recognise(["Zorblax-20 tablets with metformin and Aspirin"])] == [
        "zorblaxin",
        "metformin",
    ]
    assert drugs.recognise(["METAMIZOL K"])[0].ids  # a drug of the table, under a spelling of one's own
    assert "zorblax 20" in drugs.synonyms("zorblaxin")
    assert drugs.recognise(["Zorblax-200"], unknown=False) == ()
    drugs.use_names(None)
    assert [each.name for each in drugs.recognise(["Aspirin"])] == ["aspirin"]


def test_a_corpus_brings_its_names_along(own, tmp_path):
    plain = built(tmp_path / "plain", trial(1, "Zorblax 20"))
    folder = built(tmp_path / "c", trial(1, "Zorblax 20"), names=own)
    own.unlink()
    assert read_manifest(folder).fingerprint != read_manifest(plain).fingerprint
    (loaded,) = store.load_corpus(folder).trials
    assert [each.name for each in drugs.trial_drugs(loaded.protocol)] == ["zorblaxin"]
    assert stats_of(folder)["drugs"] == {"trials": 1, "recognised": 1, "share": 1.0}
    store.update([tmp_path / "c.jsonl"], folder)
    assert read_manifest(folder).drug_names is not None
    store.load_corpus(plain)
    assert drugs.trial_drugs(loaded.protocol) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("drug,name\n", r"line 1: the header is 'drug,name', not 'name,drug'"),
        ("name,drug\n,x\n", "line 2: a row is name,drug"),
        ("name,drug\nabc,x,y\n", "line 2: a row is name,drug"),
        ("name,drug\nab c,x\nab-c,y\n", "line 3: 'ab c' means 'x' in an earlier line; keep one"),
    ],
)
def test_a_bad_file_of_names_is_told_with_the_line(tmp_path, text, said):
    path = tmp_path / "names.csv"
    path.write_text(text)
    with pytest.raises(CorpusError, match=said):
        drug_names.read(path)
    with pytest.raises(CorpusError, match="not a readable CSV"):
        drug_names.read(tmp_path / "gone.csv")


def test_unmatched_names_are_counted_placebos_and_generic_words_are_not():
    found = coverage(
        [
            trial(1, "Metformin"), trial(2, "Compound Qqq of Zzz"), trial(3, "Compound qqq-of zzz", "Placebo"),
            trial(4, "Placebo"), trial(5, "Massage", kind="OTHER"),
        ]
    )  # fmt: skip
    assert (found.drug_trials, found.recognised) == (4, 1)
    assert found.unmatched == {"compound qqq of zzz": 2}
