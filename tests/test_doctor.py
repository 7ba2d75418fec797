"""The doctor looks at the machine and at one server, says what mends each miss, and fails only for what records need."""

import json
import socket
import tomllib
from pathlib import Path

import pytest

from faults_server import serve
from synthetrial import doctor
from synthetrial.llm.embedded import available
from synthetrial.llm.scripted import ScriptedModel

KEY = "sk-canary-31c0ffee"
installed = pytest.mark.skipif(available() is not None, reason=str(available()))


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("SYNTHETRIAL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def no_engine(monkeypatch):
    monkeypatch.setattr("synthetrial.llm.embedded.find_spec", lambda name: None)


def looked(command, *flags):
    """Exit code, and findings by name."""
    code, out, _ = command("doctor", "--json", *flags)
    return code, {each["what"]: each for each in json.loads(out)}


def test_every_extra_of_the_package_is_looked_at_with_all_it_brings():
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    extras = {
        name: [each.split("[")[0].split(">")[0] for each in needs] for name, needs in project["optional-dependencies"].items()
    }
    del extras["embedded"], extras["all"]  # the one has a finding of its own
    assert {name: list(needs) for name, needs in doctor.EXTRAS.items()} == extras


def test_whatever_is_missing_comes_with_what_mends_it(command, no_engine, monkeypatch):
    monkeypatch.setitem(doctor.EXTRAS, "embed", ("no-such-distribution",))
    code, found = looked(command)
    assert {"Python", "cores", "disk", "cache", "embedded model", "extra ray"} <= set(found)
    assert all(each["ok"] == (not each["mend"]) for each in found.values())
    assert found["extra embed"]["mend"] == 'pip install "synthetrial[embed]"'
    assert not found["extra embed"]["needed"]
    assert found["embedded model"]["mend"] == 'pip install "synthetrial[embedded]"'
    assert code == 1
    assert '→ pip install "synthetrial[embedded]"' in command("doctor")[1]


def test_what_is_not_asked_for_may_be_missing(command, no_engine):
    assert looked(command, "--model", "scripted")[0] == 0
    with serve() as server:
        assert looked(command, "--base-url", server.base_url, "--model", "scripted")[0] == 0


def test_a_cache_that_cannot_be_written_breaks_the_way_to_records(command, no_engine, monkeypatch):
    monkeypatch.setenv("SYNTHETRIAL_CACHE", "/dev/null/cache")
    code, found = looked(command, "--model", "scripted")
    assert (code, found["cache"]["mend"]) == (1, "export SYNTHETRIAL_CACHE=FOLDER")


@installed
def test_the_weights_are_the_ones_known_whether_they_were_made_ready_or_not(command, cache):
    code, found = looked(command)
    assert (code, "made ready at first use" in found["embedded model"]["found"]) == (0, True)
    assert not cache.exists()
    cache.mkdir()
    (cache / "gemma-3-270m-q4_k_m-registry.gguf").write_bytes(b"something else")
    code, found = looked(command)
    assert (code, "sha256 is" in found["embedded model"]["found"]) == (1, True)
    assert found["embedded model"]["mend"] == f"rm '{cache}/gemma-3-270m-q4_k_m-registry.gguf'"


def test_a_server_is_told_with_its_models_and_the_time_it_took(command, no_engine, monkeypatch):
    monkeypatch.setenv("A_KEY", KEY)
    with serve() as server:
        flags = ("--base-url", server.base_url, "--api-key-env", "A_KEY")
        code, found = looked(command, *flags, "--model", "scripted")
        assert (code, found["model"]["ok"]) == (0, True)
        assert f"{server.base_url}, with the key in A_KEY: scripted, listed in" in found["server"]["found"]
        assert server.headers["authorization"] == f"Bearer {KEY}"
        code, found = looked(command, *flags, "--model", "another")
        assert (code, found["model"]["mend"]) == (1, f"synthetrial doctor --base-url {server.base_url} --model scripted")
        assert all(KEY not in said for said in command("doctor", *flags)[1:])


@pytest.mark.parametrize(
    ("fault", "path", "mend"),
    [
        ("401", "/v1", "export OPENAI_API_KEY=KEY"),
        ("404", "/v1", "curl {root}/v1/models"),
        (None, "", "synthetrial doctor --base-url {root}/v1"),
    ],
)
def test_a_server_that_refuses_comes_with_the_way_out(command, no_engine, fault, path, mend):
    with serve(faults={fault: 1} if fault else {}) as server:
        root = server.base_url.removesuffix("/v1")
        code, found = looked(command, "--base-url", f"{root}{path}")
    assert (code, found["server"]["mend"]) == (1, mend.format(root=root))


def test_a_server_that_is_not_there_is_a_finding_and_no_error(command, no_engine):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    code, found = looked(command, "--base-url", url)
    assert (code, "no connection" in found["server"]["found"]) == (1, True)
    assert "start the server" in found["server"]["mend"]
    assert command("doctor", "--base-url", "nowhere")[0] == 2


def test_what_a_server_calls_its_models_does_not_steer_the_terminal(command, no_engine):
    model = ScriptedModel()
    model.name = "\x1b[2J[bold]big\x9b31m"
    with serve(model) as server:
        said = command("doctor", "--base-url", server.base_url)[1]
    assert "[2J[bold]big31m" in said
    assert not {"\x1b", "\x9b"} & set(said)


def test_a_file_of_weights_is_looked_for(command, no_engine, tmp_path):
    assert looked(command, "--model", tmp_path / "none.gguf")[0] == 1
    (tmp_path / "some.gguf").write_bytes(b"GGUF")
    assert looked(command, "--model", tmp_path / "some.gguf")[0] == 0
