"""A corpus is written whole or not at all, loads as what was written, and knows what it holds."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import PROTOCOLS
from synthetrial.corpus import build as building
from synthetrial.corpus import parquet, reading, store
from synthetrial.corpus.demo import demo_corpus
from synthetrial.corpus.label_file import read_labels
from synthetrial.corpus.manifest import content, fingerprint, partitions
from synthetrial.corpus.readers.own_jsonl import encode
from synthetrial.corpus.stats import stats, stats_of
from synthetrial.errors import CorpusError, RefusedError
from synthetrial.trial import Label, Outcome, Protocol, RegistryTrial, Source

FIXTURES = Path(__file__).parent / "fixtures"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
TRIALS = st.builds(
    RegistryTrial,
    trial_id=TEXT,
    protocol=PROTOCOLS,
    source=st.builds(Source, format=TEXT, file=TEXT, version_date=st.none() | TEXT),
    outcome=st.builds(
        Outcome,
        overall_status=st.none() | TEXT,
        enrollment=st.none() | st.integers(0, 2**62),
        enrollment_actual=st.none() | st.booleans(),
        has_results=st.none() | st.booleans(),
    ),
    label=st.none() | st.builds(Label, value=st.sampled_from([0, 1]), rule=TEXT),
    start_date=st.none() | TEXT,
    condition_mesh=st.lists(TEXT, max_size=2).map(tuple),
    intervention_mesh=st.lists(TEXT, max_size=2).map(tuple),
    synthetic=st.booleans(),
)


def trial(trial_id="NCT00000001", status="COMPLETED", why=None, date=None, title="A trial", **more):
    return RegistryTrial(
        trial_id=trial_id,
        protocol=Protocol(brief_title=title, phases=("PHASE2",), conditions=("Gout",)),
        source=Source(format="v2-json", file="f.json", version_date=date),
        outcome=Outcome(overall_status=status, why_stopped=why),
        **more,
    )


def source(folder, *trials, name="trials.jsonl"):
    file = folder / name
    file.write_bytes(b"".join(map(encode, trials)))
    return file


@pytest.fixture
def three(tmp_path):
    return source(tmp_path, trial("NCT00000003"), trial("NCT00000001"), trial("NCT00000002", "TERMINATED", "slow recruitment"))


def labels(folder, text, name="labels.csv"):
    file = folder / name
    file.write_text(text)
    return file


@settings(deadline=None)  # the first example imports pyarrow
@given(st.lists(TRIALS, max_size=4))
def test_loading_parquet_inverts_writing_it(tmp_path_factory, trials):
    file = tmp_path_factory.mktemp("parquet") / "trials.parquet"
    with parquet.Writer(file) as writer:
        for each in trials:
            writer.add(each, content(each))
    assert list(parquet.read(file)) == trials


def test_many_row_groups_and_rows_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "BATCH", 3)
    trials = [trial(f"NCT{number:08}", label=Label(value=1, rule="r") if number % 2 else None) for number in range(10)]
    file = tmp_path / "trials.parquet"
    with parquet.Writer(file) as writer:
        for each in trials:
            writer.add(each, content(each))
    assert list(parquet.read(file)) == trials
    assert parquet.copied([file, file], tmp_path / "other.parquet", {file: {0, 4, 9}}) == 14
    kept = [each for number, each in enumerate(trials) if number not in (0, 4, 9)]
    assert list(parquet.read(tmp_path / "other.parquet")) == kept + kept


def test_the_schema_is_typed_and_nested(tmp_path):
    schema = parquet.schema()
    assert schema.field("trial_id").type == "string"
    assert str(schema.field("protocol").type.field("phases").type) == "list<item: string>"
    assert schema.field("outcome").type.field("enrollment").type == "int64"
    assert schema.field("synthetic").type == "bool"


def test_a_corpus_is_built_and_loaded(tmp_path, three):
    result = store.build(
        [three], tmp_path / "c", labels=labels(tmp_path, "nct_id,label\nNCT00000001,1\nNCT00000002,0\nNCT9,1\n")
    )
    assert (result.read, result.kept, result.rejected, result.labelled) == (3, 3, 0, 2)
    assert (result.label_rule, result.foreign_labels) == ("labels.csv", 1)
    corpus = store.load_corpus(tmp_path / "c")
    assert [each.trial_id for each in corpus.trials] == ["NCT00000001", "NCT00000002", "NCT00000003"]
    assert [each.label for each in corpus.trials] == [
        Label(value=1, rule="labels.csv"), Label(value=0, rule="labels.csv"), None,
    ]  # fmt: skip
    assert corpus.labelled == corpus.trials[:2]
    assert corpus.by_id("NCT00000002").outcome.why_stopped == "slow recruitment"
    assert (corpus.fingerprint, corpus.label_rule, corpus.path, corpus.synthetic) == (
        result.fingerprint, "labels.csv", tmp_path / "c", False,
    )  # fmt: skip
    with pytest.raises(CorpusError, match="no trial NCT7 in the corpus"):
        corpus.by_id("NCT7")


def test_the_completion_rule_is_the_default(tmp_path):
    trials = [
        trial("NCT1"),
        trial("NCT2", "TERMINATED", "lack of efficacy"),
        trial("NCT3", "TERMINATED"),
        trial("NCT4", "RECRUITING"),
    ]
    file = source(tmp_path, *trials)
    assert store.build([file], tmp_path / "a").labelled == 2
    result = store.build([file], tmp_path / "b", unexplained="failure")
    assert result.labelled == 3
    values = {each.trial_id: each.label and each.label.value for each in store.load_corpus(tmp_path / "b").trials}
    assert values == {"NCT1": 1, "NCT2": 0, "NCT3": 0, "NCT4": None}
    assert result.label_rule == store.load_corpus(tmp_path / "b").labelled[0].label.rule
    with pytest.raises(CorpusError, match="give 'exclude' or 'failure'"):
        store.build([file], tmp_path / "c", unexplained="maybe")


def test_labels_that_records_came_with(tmp_path):
    result = store.build([FIXTURES / "top.csv"], tmp_path / "c", labels="source")
    assert (result.labelled, result.label_rule, result.rejected) == (2, "top", 1)
    assert store.build([FIXTURES / "top.csv"], tmp_path / "d", labels=FIXTURES / "top.csv").labelled == 2
    mixed = source(tmp_path, trial("NCT1", label=Label(value=1, rule="a")), trial("NCT2", label=Label(value=1, rule="b")))
    with pytest.raises(CorpusError, match="come from different rules \\(a, b\\)"):
        store.build([mixed], tmp_path / "e", labels="source")
    assert not (tmp_path / "e").exists()
    plain = source(tmp_path, trial("NCT1"), name="plain.jsonl")
    assert store.build([plain], tmp_path / "f", labels="source").label_rule == "none"


def test_the_manifest_and_the_rejects_say_what_happened(tmp_path, three):
    (tmp_path / "bad.json").write_text("<html>")
    odd = tmp_path / "odd.jsonl"
    odd.write_text('{"trial_id": "DEMO-1", "brief_title": "T", "phases": ["PHASE9"]}\n')
    folder = tmp_path / "folder"
    folder.mkdir()
    source(folder, trial("NCT00000009"))
    result = store.build([three, tmp_path / "bad.json", odd, folder], tmp_path / "c")
    manifest = json.loads((tmp_path / "c" / "manifest.json").read_text())
    assert manifest["format_version"] == 2
    assert [each["path"] for each in manifest["sources"]] == [str(three), str(tmp_path / "bad.json"), str(odd), str(folder)]
    assert manifest["sources"][0]["size"] == three.stat().st_size
    assert len({each["sha256"] for each in manifest["sources"]}) == 4
    assert (
        (manifest["read"], manifest["kept"], manifest["rejected"]) == (6, 5, 1) == (result.read, result.kept, result.rejected)
    )
    assert manifest["warnings"] == {"phase: 'PHASE9'": 1} == result.warnings
    assert manifest["label_rule"] == "completion"
    assert manifest["label_file"] is None
    assert tuple(building.stored_rejects(tmp_path / "c")) == result.rejects
    assert result.rejects[0].source == "bad.json"


def test_of_duplicates_the_newest_version_is_kept_else_the_first(tmp_path):
    file = source(
        tmp_path,
        trial("NCT1", title="old", date="2019-01-01"),
        trial("NCT2", title="first"),
        trial("NCT1", title="new", date="2020-01-01"),
        trial("NCT2", title="second"),
        trial("NCT1", title="older", date="2018-01-01"),
    )
    result = store.build([file], tmp_path / "c")
    assert (result.read, result.kept, result.rejected) == (5, 2, 3)
    assert [each.protocol.brief_title for each in store.load_corpus(tmp_path / "c").trials] == ["new", "first"]
    assert [(each.record, each.reason) for each in result.rejects] == [
        ("NCT1", "duplicate id: the version of 2020-01-01 from f.json is kept, not that of 2019-01-01"),
        ("NCT2", "duplicate id: the first, from f.json, is kept"),
        ("NCT1", "duplicate id: the version of 2020-01-01 from f.json is kept, not that of 2018-01-01"),
    ]


def test_the_fingerprint_is_of_content_and_label_not_of_order_or_file(tmp_path, three):
    one = store.build([three], tmp_path / "a").fingerprint
    shuffled = source(tmp_path, *reversed(store.load_corpus(tmp_path / "a").trials), name="other.jsonl")
    assert store.build([shuffled], tmp_path / "b").fingerprint == one
    assert store.build([three], tmp_path / "c", labels=labels(tmp_path, "nct_id,label\nNCT00000001,0\n")).fingerprint != one
    changed = source(tmp_path, *[trial("NCT00000001", title="Another"), *store.load_corpus(tmp_path / "a").trials[1:]])
    assert store.build([changed], tmp_path / "d").fingerprint != one
    corpus = store.load_corpus(tmp_path / "a")
    assert fingerprint((each.trial_id, content(each), each.label) for each in corpus.trials) == one


def test_synthetic_records_are_refused_unless_allowed(tmp_path):
    file = tmp_path / "export.jsonl"
    file.write_text('{"id": "SYN-1", "synthetic": true, "label": 1, "protocol": {"brief_title": "T"}}\n')
    assert store.build([file], tmp_path / "none").kept == 0
    store.build([file], tmp_path / "c", allow_synthetic=True, labels="source")
    with pytest.raises(RefusedError, match="holds 1 synthetic trials"):
        store.load_corpus(tmp_path / "c")
    corpus = store.load_corpus(tmp_path / "c", allow_synthetic=True)
    assert corpus.synthetic
    assert corpus.trials[0].synthetic
    assert corpus.label_rule == "plan"


def test_an_existing_corpus_is_replaced_only_on_success(tmp_path, three, monkeypatch):
    out = tmp_path / "c"
    before = store.build([three], out).fingerprint
    with pytest.raises(CorpusError, match="no such file or folder"):
        store.build([tmp_path / "gone"], out)
    (tmp_path / "bad.json").write_text("<html>")
    with pytest.raises(CorpusError, match=r"no readable trial in .*bad.json; the corpus .* is left as it was"):
        store.build([tmp_path / "bad.json"], out)

    def interrupted(*_):
        raise KeyboardInterrupt

    for module, step in ((reading, "content"), (building, "resolved"), (building, "_manifest")):
        with monkeypatch.context() as patch:
            patch.setattr(module, step, interrupted)
            with pytest.raises(KeyboardInterrupt):
                store.build([three], out)
    assert store.load_corpus(out).fingerprint == before
    other = source(tmp_path, trial("NCT00000009"), name="other.jsonl")
    store.build([other], out)
    assert [each.trial_id for each in store.load_corpus(out).trials] == ["NCT00000009"]
    assert len(list((out / "trials").iterdir())) == 1


def test_a_folder_that_is_no_corpus_is_never_replaced(tmp_path, three):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(CorpusError, match="exists and is no corpus: choose another folder"):
        store.build([three], tmp_path / "mine")
    with pytest.raises(CorpusError, match="exists and is no corpus"):
        store.build([three], three)
    (tmp_path / "empty").mkdir()
    assert store.build([three], tmp_path / "empty").kept == 3


def test_a_full_disk_is_one_line_and_leaves_the_old_corpus(tmp_path, three, monkeypatch):
    store.build([three], tmp_path / "c")
    replace = os.replace

    def full(path, target):
        if Path(target).name == "manifest.json":
            raise OSError(28, "No space left on device")
        return replace(path, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(CorpusError, match="c cannot be written: No space left on device; free the disk"):
        store.build([three], tmp_path / "c")
    monkeypatch.undo()
    assert len(store.load_corpus(tmp_path / "c").trials) == 3


def test_a_place_that_cannot_be_written_is_one_line(tmp_path, three):
    with pytest.raises(CorpusError, match="c cannot be written: Not a directory"):
        store.build([three], three / "c")


def test_what_is_no_corpus_is_refused_with_the_way_to_build_one(tmp_path, three):
    with pytest.raises(CorpusError, match="does not exist; build one with: synthetrial corpus build"):
        store.load_corpus(tmp_path / "gone")
    with pytest.raises(CorpusError, match=r"is no corpus \(no manifest.json\); build one"):
        store.load_corpus(tmp_path)
    store.build([three], tmp_path / "c")
    manifest = tmp_path / "c" / "manifest.json"
    text = manifest.read_text()
    for old, new, message in (
        ('"format_version": 2', '"format_version": 9', "has corpus format 9, this is for 2"),
        ('"kept": 3', '"kept": 4', "has 3 trials, its manifest says 4"),
        ("{", "[", "cannot be read"),
    ):
        manifest.write_text(text.replace(old, new, 1))
        with pytest.raises(CorpusError, match=message):
            store.load_corpus(tmp_path / "c")
    manifest.write_text(text)
    (parquet_file,) = partitions(tmp_path / "c")
    parquet_file.write_bytes(parquet_file.read_bytes()[:-20])
    with pytest.raises(CorpusError, match=r"\.parquet cannot be read .*; build the corpus again"):
        store.load_corpus(tmp_path / "c")
    parquet_file.unlink()
    with pytest.raises(CorpusError, match=r"\.parquet cannot be read"):
        store.load_corpus(tmp_path / "c")


# --- label files


def test_label_files_give_one_zero_or_nothing(tmp_path):
    text = "\ufefftrial_id, label ,phase\nA,1,x\nB,0,\nC,-1,\nD,,\nE,1.0,\nA,1,again\n"
    assert read_labels(labels(tmp_path, text)) == {"A": 1, "B": 0, "C": None, "D": None, "E": 1}
    assert read_labels(FIXTURES / "top.csv") == {"NCT90000003": 1, "NCT90000004": 0, "NCT90000005": 1}


def test_label_files_may_be_gzipped(tmp_path):
    import gzip

    (tmp_path / "l.csv.gz").write_bytes(gzip.compress(b"nct_id,label\nA,1\n"))
    assert read_labels(tmp_path / "l.csv.gz") == {"A": 1}
    (tmp_path / "l.csv.gz").write_bytes(gzip.compress(b"nct_id,label\nA,1\n")[:-9])
    with pytest.raises(CorpusError, match="truncated"):
        read_labels(tmp_path / "l.csv.gz")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nct_id,label\nA,2\n", r"labels.csv, line 2: label '2' of A is none of 1, 0, -1 or empty"),
        ("nct_id,label\nA,1\nB,yes\n", r"line 3: label 'yes' of B"),
        ("nct_id,label\n,1\n", "line 2: no id"),
        ("nct_id,label\nA,1\nA,0\n", "line 3: A has two different labels"),
        ("A,1\n", "line 1: the header 'A,1' has no nct_id and label"),
        ("", "line 1: the header '' has no nct_id and label"),
    ],
)
def test_bad_label_files_are_refused_with_the_line(tmp_path, text, message):
    with pytest.raises(CorpusError, match=message):
        read_labels(labels(tmp_path, text))


def test_unreadable_label_files_are_refused(tmp_path, three):
    (tmp_path / "labels.csv").write_bytes(b"nct_id,label\n\xe9,1\n")
    with pytest.raises(CorpusError, match="not a readable label CSV"):
        read_labels(tmp_path / "labels.csv")
    with pytest.raises(CorpusError, match="give a CSV of nct_id,label"):
        read_labels(tmp_path)
    with pytest.raises(CorpusError, match="no such label file; give 'completion', 'source' or a CSV"):
        store.build([three], tmp_path / "c", labels="completed")


def test_a_label_file_of_other_trials_is_refused(tmp_path, three):
    with pytest.raises(
        CorpusError, match=r"none of its 2 ids \(such as 'X1'\) is among the 3 trials read \(such as 'NCT00000003'\)"
    ):
        store.build([three], tmp_path / "c", labels=labels(tmp_path, "nct_id,label\nX1,1\nX2,0\n"))
    assert not (tmp_path / "c").exists()


# --- stats and demo


def test_stats_count_what_a_corpus_holds(tmp_path, three):
    store.build([three, FIXTURES / "interventional.xml"], tmp_path / "c")
    found = stats(store.load_corpus(tmp_path / "c"))
    assert stats_of(tmp_path / "c") == found
    assert found["trials"] == 4
    assert found["formats"] == {"v2-json": 3, "xml": 1}
    assert found["phases"] == {"PHASE2": 3, "PHASE2/PHASE3": 1}
    assert found["statuses"] == {"COMPLETED": 2, "TERMINATED": 2}
    assert found["without_status"] == 0
    assert found["start_years"] == {"2015": 1, "none": 3}
    assert found["sections"]["Arms"] == 1
    assert found["missing"]["arms"] == 3
    assert json.dumps(found)


def test_the_demo_corpus_is_in_the_package():
    corpus = demo_corpus()
    assert len(corpus.trials) == 200
    assert Counter(each.label.value for each in corpus.labelled) == {0: 100, 1: 100}
    assert corpus.label_rule == "demo-labels"
    assert {each.label.rule for each in corpus.trials} == {"demo-labels"}
    assert [each.trial_id for each in corpus.trials] == sorted(each.trial_id for each in corpus.trials)
    assert all(each.trial_id.startswith("DEMO-") and each.start_date for each in corpus.trials)
    assert not corpus.synthetic
    assert corpus.path is None
    assert demo_corpus() is corpus
    assert stats(corpus)["formats"] == {"jsonl": 200}
