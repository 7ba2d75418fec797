"""The commands of the engine: what a run took, the cache, batch files, limits; and no key in anything they leave behind."""

import json

import pytest

from batch_service import answered
from faults_server import serve
from synthetrial import cli_options

KEY = "sk-canary-0f6b2a91c4d8"


def on(server, folder, *more):
    return ("generate", "--model", "small", "--base-url", server.base_url, "--n", 8, "--out", folder, "--quiet", *more)


def test_a_run_is_told_in_figures_and_costs_nothing_the_second_time(command, tmp_path):
    with serve() as server:
        assert command(*on(server, tmp_path / "one"))[0] == 0
        calls = server.count
        assert command(*on(server, tmp_path / "two"))[0] == 0
        assert server.count == calls
    code, out, _ = command("stats", tmp_path / "two")
    assert code == 0
    assert "8 accepted" in out
    assert f"{calls} of them from the cache" in out
    found = json.loads(command("stats", tmp_path / "one", "--json")[1])
    assert found["counts"]["calls"] == calls
    kept = json.loads(command("cache", "stats", "--json")[1])["samples"]["scripted"]
    assert kept >= 8  # each sample by itself
    assert "scripted" in command("cache", "stats")[1]
    assert json.loads(command("cache", "prune", "--days", 0, "--json")[1]) == {"deleted": kept}
    assert "none" in command("cache", "stats")[1]


def test_without_the_cache_every_call_is_made(command, tmp_path):
    with serve() as server:
        for name in ("one", "two"):
            assert command(*on(server, tmp_path / name, "--no-cache"))[0] == 0
        assert set(server.bodies.values()) == {2}


def test_a_batch_from_the_command_line(command, tmp_path):
    run, file = tmp_path / "run", tmp_path / "batch.jsonl"
    assert command("batch", "export", run)[0] == 2  # a run begins with a model
    code, out, _ = command("batch", "export", run, "--model", "small", "--n", 8, "-o", file)
    assert (code, "2 requests" in out) == (0, True)
    for _ in range(9):
        code, out, _ = command("batch", "import", run, answered(file))
        assert code == 0
        exported = json.loads(command("batch", "export", run, "-o", file, "--json")[1])
        if not exported["requests"]:
            break
    assert exported["accepted"] == 8
    assert "nothing is open" in command("batch", "export", run)[1]


def test_a_limit_ends_in_one_line_and_exit_code_1(command, tmp_path):
    with serve() as server:
        code, _, err = command(*on(server, tmp_path / "run", "--max-tokens", 1000, "--concurrency", 1))
        assert (code, err.count("\n")) == (1, 1)
        assert "raise the limit" in err
        assert command(*on(server, tmp_path / "run"))[0] == 0
    assert command(*on(server, tmp_path / "other", "--max-cost", 1))[0] == 2  # no price
    assert command(*on(server, tmp_path / "other", "--executor", "cloud"))[0] == 2


@pytest.mark.parametrize("fault", [None, "401", "500"])
def test_a_key_is_nowhere_in_what_a_run_leaves_behind(command, tmp_path, monkeypatch, answers, fault):
    monkeypatch.setenv("A_KEY", KEY)
    monkeypatch.setattr("synthetrial.retry.FIRST_WAIT", 0)
    monkeypatch.setattr(cli_options, "DEBUG", {"on": False})  # --debug is for this test alone
    with serve(faults={fault: 1} if fault else None) as server:
        said = command(*on(server, tmp_path / "run", "--api-key-env", "A_KEY", "--log-file", tmp_path / "log.jsonl", "--debug"))
        assert server.headers["authorization"] == f"Bearer {KEY}"
    if fault is None:
        said += command("evaluate", tmp_path / "run", "--quick")
        said += command("export", tmp_path / "run", "--provenance", "full")
        said += command("stats", tmp_path / "run", "--json")
    files = [each for each in (*tmp_path.rglob("*"), *answers.parent.rglob("*")) if each.is_file()]
    assert any(each.name == "run.sqlite" for each in files)
    for each in files:
        assert KEY.encode() not in each.read_bytes(), each
    assert all(KEY not in str(each) for each in said)
