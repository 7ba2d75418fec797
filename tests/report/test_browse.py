"""browse.html as it is written: every record is there, packed as the page's script reads it, and no text is markup."""

import base64
import itertools
import json
import re
import shutil
import zlib
from html.parser import HTMLParser

import pytest

from runs import config, make, stored
from shown_run import COPY_ID, HOSTILE, HOSTILE_ID, RTL, UNREADABLE_ID, shown_run
from synthetrial.corpus.build import build
from synthetrial.corpus.demo import demo_corpus
from synthetrial.corpus.readers.own_jsonl import encode
from synthetrial.errors import StoreError
from synthetrial.reason.grounding import FOUND, found
from synthetrial.report import browse_chunks
from synthetrial.report.browse import write_browse
from synthetrial.run.store import RunStore
from synthetrial.text import SECTIONS, sections


class Page(HTMLParser):
    """What a browser would make of a page: its tags, its scripts' texts, and the text that is shown."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.scripts, self.shown = [], [], ""
        self._within = None
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._within = tag
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_endtag(self, tag):
        self._within = None

    def handle_data(self, data):
        if self._within == "script":
            attributes, text = self.scripts[-1]
            self.scripts[-1] = attributes, text + data
        elif self._within != "style":
            self.shown += data

    def records(self, kind):
        """(row, body) of the records of a kind, as the script of the page unpacks them."""
        held = []
        for (rows, text), (_, packed) in itertools.pairwise(self.scripts):
            if rows.get("data-kind") == kind:
                held += zip(json.loads(text), json.loads(zlib.decompress(base64.b64decode(packed))), strict=True)
        return held


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return shown_run(tmp_path_factory.mktemp("pages") / "small-run")


@pytest.fixture(scope="module")
def page(run):
    return Page(write_browse(run))


def test_every_accepted_record_is_there_with_all_its_sections_in_order(run, page):
    shown = page.records("accepted")
    trials = stored(run, "trials")
    assert [row["id"] for row, _ in shown] == [each.id for each in trials]
    for trial, (row, body) in zip(trials, shown, strict=True):
        assert row["title"] == trial.protocol.brief_title
        assert row["label"] == ("success" if trial.label else "failure")
        assert row["drug"] == trial.provenance.plan["drug"]
        expected = {name: text.removeprefix("\n") for name, text in sections(trial.protocol).items()}
        assert dict(body["sections"]) == expected
        assert [name for name, _ in body["sections"]] == [name for name in SECTIONS if name in expected]


def test_each_exemplar_is_held_once_and_no_other_real_trial_is(run, page):
    used = {each for trial in stored(run, "trials") for each in trial.provenance.exemplars}
    with RunStore.read(run) as store:  # those of the rejected candidates' cells as well
        used |= {each for cell in (0, 1) for planned in store.rounds(cell) for each in (*planned.exemplars, *planned.contrast)}
    assert sorted(row["id"] for row, _ in page.records("exemplar")) == sorted(used)


def test_reasons_come_with_their_quotes_and_where_those_are_found(run, page):
    bodies = [body for _, body in page.records("accepted")]
    quotes = [quote for body in bodies for reason in body["reasons"] for quote in reason["evidence"]]
    texts = {row["id"]: "\n".join(map(": ".join, body["sections"])) for row, body in page.records("exemplar")}
    assert quotes
    assert all(found(each["quote"], texts[each["trial_id"]]) >= FOUND for each in quotes)


def test_plan_stands_against_result_and_provenance_is_complete(page):
    _, body = page.records("accepted")[0]
    assert all(planned.casefold() == written.casefold() for _, planned, written in body["design"])
    assert {"title, words", "summary, words"} <= {name for name, _, _ in body["lengths"]}
    names = {name for name, _ in body["made"]}
    assert {"Model", "Recipe", "Prompt version", "Seed", "Sampling", "Checks passed", "Attempt", "Teacher's p(label)"} <= names


def test_rejected_candidates_have_a_line_for_each_code_and_the_text_as_written(page):
    shown = {row["id"]: (row, body) for row, body in page.records("rejected")}
    row, body = shown[COPY_ID]
    assert row["codes"] == ["copy", "design"]
    assert body["verdicts"] == [["copy", f"12 words {HOSTILE}"], ["design", "2 arms, planned 3"]]
    assert body["sections"]
    row, body = shown[UNREADABLE_ID]
    assert row["title"] == HOSTILE[:120]
    assert body["text"] == f"\n{HOSTILE}\nno record at all"
    assert body["sections"] == []


def test_no_text_becomes_markup(page):
    row, body = {row["id"]: (row, body) for row, body in page.records("accepted")}[HOSTILE_ID]
    assert row["title"].startswith(HOSTILE)
    assert RTL in dict(body["sections"])["Summary"]
    assert not [attributes for tag, attributes in page.tags if tag == "img" or "onerror" in attributes]
    executed = [text for attributes, text in page.scripts if "type" not in attributes]
    assert executed
    assert not any("taken" in text for text in executed)


def test_the_policy_allows_the_page_its_own_scripts_and_nothing_else(page):
    policy = next(each["content"] for _, each in page.tags if each.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    [scripts] = re.findall(r"script-src ([^;]*);", policy)
    assert len(scripts.split()) == len([1 for attributes, _ in page.scripts if "type" not in attributes])
    assert all(each.startswith("'sha256-") for each in scripts.split())
    assert not [
        each for tag, each in page.tags if {"src"} & each.keys() or (tag == "link" and not each["href"].startswith("data:"))
    ]


def test_the_page_says_that_it_is_synthetic_and_for_local_use(page):
    assert "SYNTHETIC" in page.shown
    assert "this page holds the texts of real trials" in page.shown


def test_a_run_of_a_corpus_that_is_gone_is_shown_without_exemplars(tmp_path):
    run, corpus = tmp_path / "run", tmp_path / "corpus"
    (tmp_path / "trials.jsonl").write_bytes(b"".join(encode(each) for each in demo_corpus().trials))
    build([tmp_path / "trials.jsonl"], corpus, labels="source")
    make(config(4, corpus=str(corpus), cache=False), run)
    assert Page(write_browse(run)).records("exemplar")
    shutil.rmtree(corpus)
    page = Page(write_browse(run))
    assert len(page.records("accepted")) == 4
    assert not page.records("exemplar")
    assert "Without exemplars:" in page.shown
    assert str(corpus) in page.shown


def test_a_run_of_a_corpus_that_has_changed_is_shown_without_exemplars(tmp_path):
    run = tmp_path / "run"
    make(config(2, cache=False), run)
    with RunStore.open(run) as store:
        store.set_meta("fingerprints", {**store.get_meta("fingerprints"), "corpus": "another"})
    page = Page(write_browse(run))
    assert not page.records("exemplar")
    assert "has changed since the run was made" in page.shown


def test_a_run_without_records_gives_a_page_without_records(tmp_path):
    with RunStore.open(tmp_path / "begun", create=True) as store:
        store.set_meta("config", config(2).model_dump(mode="json"))
        store.set_meta("fingerprints", {"corpus": "", "split": ""})
    assert Page(write_browse(tmp_path / "begun")).records("accepted") == []


def test_without_a_run_the_way_out_is_told(tmp_path):
    with pytest.raises(StoreError, match="no run here"):
        write_browse(tmp_path / "none")
    RunStore.open(tmp_path / "empty", create=True).close()
    with pytest.raises(StoreError, match="never begun"):
        write_browse(tmp_path / "empty")
    assert not (tmp_path / "empty" / "browse.html").exists()


def test_a_page_that_cannot_be_finished_leaves_the_older_one_and_nothing_else(tmp_path):
    run = tmp_path / "run"
    make(config(2, cache=False), run)
    older = write_browse(run).read_bytes()
    with RunStore.open(run) as store:
        store.execute("UPDATE trials SET json = '{' WHERE ordinal = 1", ())
    with pytest.raises(StoreError, match="a row cannot be read"):
        write_browse(run)
    assert (run / "browse.html").read_bytes() == older
    assert not list(run.glob("*.part")) + list(run.glob(".*.part"))


def test_chunks_are_made_one_at_a_time(monkeypatch, page):
    monkeypatch.setattr(browse_chunks, "SIZE", 2)
    taken = []
    record = page.records("accepted")

    def given():
        for each in range(6):
            taken.append(each)
            yield record[0]

    made = browse_chunks.chunks("accepted", given())
    next(made)
    assert taken == [0, 1]
    assert len(list(made)) == 5
