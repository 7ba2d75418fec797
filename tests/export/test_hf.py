"""The folder for the hub: it loads in one line, its card is honest, and its machine-readable description validates."""

import json
import os
import re

import pytest
from handed_out import run_of, trial

from synthetrial.errors import SynthetrialError
from synthetrial.evaluate.reading import load_evaluation
from synthetrial.evaluate.verdict import verdict
from synthetrial.export.card import fenced, plain, shown, size_category
from synthetrial.export.formats import export
from synthetrial.generate.run import trials_of
from synthetrial.llm.embedded import GEMMA_NAME
from synthetrial.text import render
from synthetrial.trial import Protocol


def card(path):
    """The metadata of a card, each key's value read as JSON, and its text."""
    head, text = re.fullmatch(r"---\n(.*?)---\n(.*)", (path / "README.md").read_text(), re.DOTALL).groups()
    return {key: json.loads(value) for key, _, value in (line.partition(": ") for line in head.splitlines())}, text


def test_datasets_loads_the_folder_in_one_line(run, tmp_path):
    datasets = pytest.importorskip("datasets")
    path = export(run, "hf", licence="CC-BY-4.0").path
    found = datasets.load_dataset(str(path), cache_dir=str(tmp_path / "cache"))
    assert list(found) == ["train"]
    trials = trials_of(run)
    assert found["train"]["id"] == [each.id for each in trials]
    assert found["train"]["text"] == [render(each.protocol) for each in trials]
    assert found["train"]["label"] == [each.label for each in trials]
    assert set(found["train"]["synthetic"]) == {True}


def test_the_card_is_one_that_the_hubs_client_reads(run):
    hub = pytest.importorskip("huggingface_hub")
    path = export(run, "hf", licence="CC-BY-4.0").path
    data = hub.DatasetCard.load(path / "README.md").data.to_dict()
    assert (data["license"], data["language"], data["size_categories"]) == ("cc-by-4.0", ["en"], ["n<1K"])
    assert data["configs"][0]["data_files"] == [{"split": "train", "path": "data/train-*.parquet"}]
    assert "synthetic" in data["tags"]


def test_croissant_validates_and_reads_the_records(run):
    mlcroissant = pytest.importorskip("mlcroissant")
    path = export(run, "hf", licence="CC-BY-4.0").path
    found = mlcroissant.Dataset(jsonld=path / "croissant.json")
    assert not found.metadata.ctx.issues.errors
    assert not found.metadata.ctx.issues.warnings
    records = list(found.records("records"))
    trials = trials_of(run)
    assert [each["records/id"].decode() for each in records] == [each.id for each in trials]
    assert [each["records/label"] for each in records] == [each.label for each in trials]
    assert [one.decode() for one in records[0]["records/conditions"]] == list(trials[0].protocol.conditions)


def test_the_card_says_what_the_set_is_worth(run):
    evaluation = load_evaluation(run)
    _, text = card(export(run, "hf", licence="MIT").path)
    for answer in verdict(evaluation):
        assert plain(answer) in text
    scan = evaluation.metrics["identity-scan"]
    assert f"| identity-scan | 0.000 | [0.000, {scan.ci_high:.3f}] | {scan.reference:.3f} | 24 | lower |" in text


@pytest.mark.parametrize(("spoil", "said"), [
    (lambda path: path.unlink(), "Not evaluated: it was not evaluated."),
    (lambda path: os.utime(path, (0, 0)), "Not evaluated: its evaluation is older than its records."),
])  # fmt: skip
def test_a_card_without_figures_says_so(run, spoil, said):
    spoil(run / "evaluation.json")
    done = export(run, "hf", licence="MIT")
    assert said in card(done.path)[1]
    assert any("the card has no figures" in each for each in done.notes)


def test_the_licence_is_never_made_up(run):
    done = export(run, "hf")
    metadata, text = card(done.path)
    assert metadata["license"] == "unknown"
    assert "No licence was given with this set." in text
    assert any("no licence was given" in each for each in done.notes)
    assert "license" not in json.loads((done.path / "croissant.json").read_bytes())
    given = export(run, "hf", licence="Our terms")
    assert card(given.path)[0]["license_name"] == "our-terms"
    assert "Licence, given by who made this set: Our terms." in card(given.path)[1]
    assert json.loads((given.path / "croissant.json").read_bytes())["license"] == "Our terms"
    assert given.notes == ()


def test_terms_of_the_writer_are_a_warning_and_stand_on_the_card(tmp_path):
    folder = run_of(tmp_path / "run", trial(model=GEMMA_NAME, engine="llama.cpp, synthetrial 0.1.0"))
    done = export(folder, "hf", licence="CC-BY-4.0")
    assert any("Gemma Terms of Use" in each for each in done.notes)
    assert "Gemma Terms of Use" in card(done.path)[1]


def test_the_card_says_how_it_was_made_and_nothing_of_the_machine(run):
    text = card(export(run, "hf", licence="MIT").path)[1]
    for row in ("| model | scripted |", "| recipe | grounded", "| run seed | 0 |", "the demo corpus", "| prompts | chat-write"):
        assert row in text
    assert str(run.parent) not in text


def test_an_example_on_the_card_carries_the_mark(run):
    text = card(export(run, "hf", licence="MIT").path)[1]
    first = trials_of(run)[0]
    assert f"Title: [SYNTHETIC] {first.protocol.brief_title}" in text
    assert len(shown(trial(Protocol(brief_title="long", brief_summary="word " * 1_000)))) < 1_600


def test_texts_from_elsewhere_are_shown_and_not_rendered(tmp_path):
    hostile = "``` <script>alert(1)</script> | [x](javascript:1) **b**"
    folder = run_of(tmp_path / "run", trial(Protocol(brief_title=hostile), model="<img src=x> | y"))
    text = card(export(folder, "hf", licence="[x](http://evil)").path)[1]
    assert r"\<img src=x\> \| y" in text
    assert r"[x]\(http://evil)" in text
    assert f"````text\nSYN-0000000001 · label 1\n\nTitle: [SYNTHETIC] {hostile}\n````" in text


def test_no_text_ends_a_block_of_code():
    assert fenced("a ```` b") == "`````text\na ```` b\n`````"
    assert fenced("a") == "```text\na\n```"


def test_an_export_is_replaced_and_nothing_else_is(run, tmp_path):
    target = tmp_path / "set"
    export(run, "hf", target)
    export(run, "hf", target, licence="MIT")
    assert card(target)[0]["license"] == "mit"
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").write_text("years of work")
    with pytest.raises(SynthetrialError, match="exists and is no export"):
        export(run, "hf", other)
    assert (other / "thesis.tex").read_text() == "years of work"


@pytest.mark.parametrize(("count", "name"), [(999, "n<1K"), (1_000, "1K<n<10K"), (100_000, "100K<n<1M"), (20_000_000, "n>10M")])
def test_sizes_are_named_as_the_hub_names_them(count, name):
    assert size_category(count) == name
