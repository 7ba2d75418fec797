"""Other people's sets as inputs: every shape is read, and what is not is a line, never lost."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from synthetrial import text
from synthetrial.corpus.build import build
from synthetrial.corpus.demo import demo_corpus
from synthetrial.corpus.readers.own_jsonl import encode
from synthetrial.errors import CorpusError, RefusedError
from synthetrial.evaluate.evaluation import evaluate
from synthetrial.evaluate.fidelity.validity import NAME as VALIDITY
from synthetrial.evaluate.from_files import as_label, inputs_of_files, read_exemplars, read_label_table
from synthetrial.evaluate.inputs import Inputs
from synthetrial.trial import Protocol

Measure = Callable[..., Inputs]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo corpus as a folder."""
    folder = tmp_path_factory.mktemp("real")
    (folder / "trials.jsonl").write_bytes(b"".join(encode(each) for each in demo_corpus().trials))
    build([folder / "trials.jsonl"], folder / "corpus", labels="source")
    return folder / "corpus"


def protocols(n: int) -> list[Protocol]:
    return [each.protocol for each in demo_corpus().trials[:n]]


def lines(rows: list[dict[str, object]]) -> str:
    return "".join(json.dumps(each) + "\n" for each in rows)


def rows(n: int = 3) -> list[dict[str, object]]:
    return [{"id": f"r{i}", "text": text.render(each), "label": i % 2} for i, each in enumerate(protocols(n))]


def test_json_lines_of_text_and_label(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "set.jsonl").write_text(lines(rows()))
    found = inputs_of_files(tmp_path / "set.jsonl", corpus)
    assert [each.protocol for each in found.synthetic] == protocols(3)
    assert [(each.id, each.label) for each in found.synthetic] == [("SYN-r0", 0), ("SYN-r1", 1), ("SYN-r2", 0)]
    assert (found.run, found.unreadable, found.folds) == ("set.jsonl", (), {})
    assert (found.split["kind"], found.split["seed"]) == ("random", 0)
    assert (corpus / "split.json").is_file()
    assert len(found.train) + len(found.valid) + len(found.test) == 200


def test_gzipped_and_as_one_list(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "set.jsonl.gz").write_bytes(gzip.compress(lines(rows()).encode()))
    (tmp_path / "set.json").write_text(json.dumps(rows()))
    for name in ("set.jsonl.gz", "set.json"):
        assert [each.protocol for each in inputs_of_files(tmp_path / name, corpus).synthetic] == protocols(3)


def test_a_folder_of_texts_with_labels_beside(tmp_path: Path, corpus: Path) -> None:
    folder = tmp_path / "set"
    (folder / "more").mkdir(parents=True)
    for i, each in enumerate(protocols(3)):
        (folder / ("more" if i == 2 else "") / f"t{i}.txt").write_text(text.render(each))
    (folder / ".hidden").write_text("x")
    (folder / "labels.csv").write_text("file,label\nt0.txt,1\nt1,0\nmore/t2.txt,1.0\n")
    found = inputs_of_files(folder, corpus, labels=folder / "labels.csv")
    assert [(each.id, each.label) for each in found.synthetic] == [("SYN-t2", 1), ("SYN-t0", 1), ("SYN-t1", 0)]
    assert found.unreadable == ()


def test_api_records_with_labels_by_id(tmp_path: Path, corpus: Path) -> None:
    record = {"protocolSection": {"identificationModule": {"nctId": "NCT09999999", "briefTitle": "T"},
                                  "descriptionModule": {"briefSummary": "S"}}}  # fmt: skip
    (tmp_path / "set.json").write_text(json.dumps({"studies": [record]}))
    (tmp_path / "labels.csv").write_text("nct_id,label\nNCT09999999,0\n")
    found = inputs_of_files(tmp_path / "set.json", corpus, labels=tmp_path / "labels.csv").synthetic[0]
    assert (found.id, found.label, found.protocol) == ("SYN-NCT09999999", 0, Protocol(brief_title="T", brief_summary="S"))


def test_our_own_exports_keep_plan_cell_and_known_exemplars(tmp_path: Path, corpus: Path) -> None:
    def ours(exemplar: str) -> dict[str, object]:
        made = {"exemplars": [exemplar], "cell": 7, "plan": {"drug": "aspirin"}}
        protocol = json.loads(encode(demo_corpus().trials[0]))["protocol"]
        return {"id": f"SYN-{exemplar}", "synthetic": True, "label": 1, "protocol": protocol, "reasons": [], "provenance": made}

    trial = inputs_of_files_train(corpus)
    (tmp_path / "set.jsonl").write_text(lines([ours("0123456789abcdef"), ours(trial)]))
    hashed, full = inputs_of_files(tmp_path / "set.jsonl", corpus).synthetic
    assert hashed.provenance.exemplars == ()
    assert full.provenance.exemplars == (trial,)
    assert (full.provenance.cell, full.provenance.plan) == (7, {"drug": "aspirin"})


def inputs_of_files_train(corpus: Path) -> str:
    from synthetrial.corpus.opening import open_corpus, split_of

    split = split_of(open_corpus(str(corpus)))
    return next(each for each, side in sorted(split.sides.items()) if side == "train")


BAD = [
    ({"id": "a", "text": "", "label": 1}, "set.jsonl, line 4 (a): empty text"),
    ({"id": "a", "text": "No form at all.", "label": 1}, "line 4 (a): neither our rendering nor JSON"),
    ({"id": "a", "text": 3, "label": 1}, "line 4 (a): its text is no text but int"),
    ({"id": "a", "text": "brief_title: T\nbrief_summary: S"}, "line 4 (a): no label"),
    ({"id": "a", "text": "brief_title: T\nbrief_summary: S", "label": float("nan")}, "(a): label 'nan' is neither 0 nor 1"),
    ({"id": "a", "text": "brief_title: T\nbrief_summary: S", "label": 2}, "line 4 (a): label '2' is neither 0 nor 1"),
    ({"id": "r0", "text": "brief_title: T\nbrief_summary: S", "label": 1}, "line 4 (r0): duplicate id SYN-r0"),
    ({"id": "a", "label": 1}, "line 4 (a): no title"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "line"), BAD)
def test_what_cannot_be_read_is_a_line_and_counts_as_invalid(
    tmp_path: Path, corpus: Path, row: dict[str, object], line: str
) -> None:
    (tmp_path / "set.jsonl").write_text(lines([*rows(), row]))
    found = inputs_of_files(tmp_path / "set.jsonl", corpus)
    assert len(found.synthetic) == 3
    assert len(found.unreadable) == 1
    assert line in found.unreadable[0]
    validity = evaluate(found, only=[VALIDITY]).metrics[VALIDITY]
    assert (validity.value, validity.n) == (0.75, 4)


def test_bytes_that_are_no_text_are_lines(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "set.jsonl").write_bytes(lines(rows()).encode() + b'{"text": "caf\xe9"}\n{"text": \n"a"\n')
    found = inputs_of_files(tmp_path / "set.jsonl", corpus)
    assert [each.split(": ", 1)[0] for each in found.unreadable] == [f"set.jsonl, line {n}" for n in (4, 5, 6)]
    assert "not UTF-8" in found.unreadable[0]
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"Title: caf\xe9\n")
    (folder / "b.zip").write_bytes(b"PK\x03\x04")
    (folder / "c.gz").write_bytes(b"\x1f\x8bnonsense")
    (folder / "d.json").write_bytes(b'{"a": ')
    (folder / "e.txt").write_text(text.render(protocols(1)[0]))
    (tmp_path / "labels.csv").write_text("id,label\ne,1\n")
    broken = inputs_of_files(folder, corpus, labels=tmp_path / "labels.csv")
    assert [each.id for each in broken.synthetic] == ["SYN-e"]
    assert [each[:5] for each in broken.unreadable] == ["a.txt", "b.zip", "c.gz:", "d.jso"]


def test_nothing_readable_and_nothing_there_are_errors(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "set.jsonl").write_text('{"text": ""}\n')
    with pytest.raises(CorpusError, match=r"no record could be read \(1 tried; set.jsonl, line 1: empty text\)"):
        inputs_of_files(tmp_path / "set.jsonl", corpus)
    with pytest.raises(CorpusError, match="no such file or folder"):
        inputs_of_files(tmp_path / "nowhere", corpus)
    (tmp_path / "good.jsonl").write_text(lines(rows()))
    with pytest.raises(CorpusError, match="nowhere does not exist"):
        inputs_of_files(tmp_path / "good.jsonl", tmp_path / "nowhere")


def test_exemplars_from_csv_and_json_lines(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "a.csv").write_text("id,exemplars\nr0,T1;T2\nSYN-r1,T3\nr1,T4\n")
    (tmp_path / "a.jsonl").write_text('{"id": "r0", "exemplars": ["T1", "T2"]}\n{"id": "SYN-r1", "exemplars": ["T3", "T4"]}\n')
    for name in ("a.csv", "a.jsonl"):
        assert read_exemplars(tmp_path / name) == {"r0": ("T1", "T2"), "r1": ("T3", "T4")}
    train = inputs_of_files_train(corpus)
    (tmp_path / "b.csv").write_text(
        "".join(f"{each},{train}\n" for each in ("r0", "r1", "r2")).join(["synthetic_id,exemplar\n", ""])
    )
    (tmp_path / "set.jsonl").write_text(lines(rows()))
    found = inputs_of_files(tmp_path / "set.jsonl", corpus, exemplars=tmp_path / "b.csv")
    assert {each.provenance.exemplars for each in found.synthetic} == {(train,)}
    found.need_exemplars()


def test_exemplars_of_the_test_side_are_refused(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "set.jsonl").write_text(lines(rows()))
    test = inputs_of_files(tmp_path / "set.jsonl", corpus).test[0].trial_id
    (tmp_path / "b.csv").write_text(f"id,exemplar\nr0,{test}\n")
    with pytest.raises(RefusedError, match="1 exemplars are test trials"):
        evaluate(inputs_of_files(tmp_path / "set.jsonl", corpus, exemplars=tmp_path / "b.csv"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("a,b\n1,2\n", "line 2: no id or no label"),
        ("id,label\nx,1\nx,0\n", "line 3: x has two different labels"),
    ],
)
def test_label_tables_that_are_none_are_errors(tmp_path: Path, content: str, why: str) -> None:
    (tmp_path / "l.csv").write_text(content)
    with pytest.raises(CorpusError, match=why):
        read_label_table(tmp_path / "l.csv")
    (tmp_path / "l.csv").write_bytes(b"id,label\ncaf\xe9,1\n")
    with pytest.raises(CorpusError, match="not UTF-8"):
        read_label_table(tmp_path / "l.csv")
    with pytest.raises(CorpusError, match="cannot be read"):
        read_exemplars(tmp_path / "nowhere.csv")
    (tmp_path / "e.jsonl").write_text('{"id": 1}\n')
    with pytest.raises(CorpusError, match="line 1: no"):
        read_exemplars(tmp_path / "e.jsonl")
    (tmp_path / "e.csv").write_text("a,b\n1,2\n")
    with pytest.raises(CorpusError, match="line 2: no id or no exemplars"):
        read_exemplars(tmp_path / "e.csv")


@pytest.mark.parametrize(
    ("written", "label"), [(1, 1), ("0", 0), (1.0, 1), (True, 1), ("failure", 0), (" Success ", 1), (False, 0), ("0.0", 0)]
)
def test_labels_in_any_spelling(written: object, label: int) -> None:
    assert as_label(written) == label
