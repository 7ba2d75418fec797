"""`synthetrial export` and `synthetrial publish`: what is printed, what is asked, and how it ends."""

import io
import json
import shutil
import sys

import pytest
from handed_out import demo_run, measure
from hub_server import hub

from synthetrial.run.store import RunStore

FORMATS = ("jsonl", "parquet", "csv", "v2-json", "hf", "txt")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = demo_run(tmp_path_factory.mktemp("runs") / "demo", n=8)
    measure(folder, "identity-scan")
    return folder


@pytest.fixture
def run(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "demo")


@pytest.fixture
def server(monkeypatch):
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setenv("HF_TOKEN", "hf_thisisasecret")
    with hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


class Terminal(io.StringIO):
    """Standard input with somebody at it, who types what it holds."""

    def isatty(self):
        return True


@pytest.mark.parametrize("format", FORMATS)
def test_export_says_how_many_records_are_where(command, run, tmp_path, format):
    target = tmp_path / "out" / "set"
    code, out, _ = command("export", run, "--format", format, "-o", target)
    assert (code, out) == (0, f"8 records in {target}\n")
    assert target.exists()


def test_export_as_json_says_the_same(command, run):
    code, out, err = command("export", run, "--format", "hf", "--json")
    found = json.loads(out)
    assert (code, found["format"], found["records"], found["path"]) == (0, "hf", 8, str(run / "export" / "demo-hf"))
    assert "no licence was given" in found["notes"][0]
    assert err.startswith("warning: no licence was given")


def test_without_a_format_it_is_json_lines_in_the_runs_folder(command, run):
    assert command("export", run)[:2] == (0, f"8 records in {run / 'export' / 'demo.jsonl'}\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--format", "xml"], "no format 'xml': one of jsonl, parquet, csv, v2-json, hf, txt"),
        (["--provenance", "some"], "--provenance is hashed or full, not 'some'"),
        (["--licence", "MIT"], "--licence goes with --format hf"),
        (["--format", "hf", "--licence", ""], "--licence is empty"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(command, run, options, said):
    code, out, err = command("export", run, *options)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_a_folder_without_a_run_is_one_line_and_exit_code_1(command, tmp_path):
    code, _, err = command("export", tmp_path / "none")
    assert (code, err.count("\n")) == (1, 1)


def test_publish_asks_and_goes_on_at_yes(command, run, server, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    code, out, err = command("publish", run, "--repo", "lab/trials", "--licence", "CC-BY-4.0")
    assert (code, out.strip()) == (0, f"8 records at {server.url}/datasets/lab/trials")
    assert "publish 8 records to lab/trials? [y/N]" in err
    assert "README.md" in server.datasets["lab/trials"]


@pytest.mark.parametrize("answer", ["n\n", "\n"])
def test_publish_sends_nothing_at_no(command, run, server, monkeypatch, answer):
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    code, out, err = command("publish", run, "--repo", "lab/trials", "--licence", "CC-BY-4.0")
    assert (code, out.strip()) == (1, "")
    assert err.endswith("nothing was published\n")
    assert server.asked == []


def test_publish_without_a_terminal_wants_yes_said(command, run, server, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    code, _, err = command("publish", run, "--repo", "lab/trials", "--licence", "CC-BY-4.0")
    assert (code, server.asked) == (2, [])
    assert "add --yes" in err


def test_publish_with_yes_does_not_ask(command, run, server):
    code, out, err = command("publish", run, "--repo", "lab/trials", "--licence", "MIT", "--private", "--yes", "--json")
    assert (code, json.loads(out)) == (0, {"records": 8, "url": f"{server.url}/datasets/lab/trials", "notes": []})
    assert server.private["lab/trials"] is True
    assert err == ""


def test_publish_says_what_to_know_before_it_asks(command, tmp_path, finished, server, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    folder = shutil.copytree(finished, tmp_path / "unfinished")
    with RunStore.open(folder) as store:
        store.set_meta("wanted", 9)
    _, _, err = command("publish", folder, "--repo", "lab/trials", "--licence", "MIT")
    assert err.startswith("warning: the run is not finished: 8 of 9 records\npublish 8 records")


def test_publish_refuses_before_it_asks(command, run, server, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    (run / "evaluation.json").unlink()
    code, _, err = command("publish", run, "--repo", "lab/trials", "--licence", "MIT")
    assert (code, server.asked) == (1, [])
    assert "was not evaluated" in err
    assert "[y/N]" not in err


def test_a_refusal_of_the_hub_is_one_line(command, run, server):
    server.fails["/api/repos/create"] = 401
    code, out, err = command("publish", run, "--repo", "lab/trials", "--licence", "MIT", "--yes")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "hf_thisisasecret" not in err
