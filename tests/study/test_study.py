"""A study goes on where it was killed, and comes to the same; its file is checked; its pages say what was found."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from synthetrial.errors import UsageError
from synthetrial.study.plan import sets
from synthetrial.study.settings import load_study, study_from

DEMO = Path(__file__).resolve().parents[2] / "studies" / "demo.toml"
SMALL = """
name = "small"
model = "scripted"
n = 10
n_real = [0, 20]
classifiers = ["tfidf"]
modes = ["weight"]
draws = 4
resamples = 100

[[sets]]
recipe = "grounded-extractive"

[[sets]]
recipe = "recombine"

[primary]
set = "grounded-extractive"
against = "recombine"
n_real = 20
"""


def small(folder: Path) -> Path:
    path = folder / "small.toml"
    path.write_text(SMALL)
    return path


def started(file: Path, out: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "synthetrial", "study", str(file), "--out", str(out)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)


def killed_at(file: Path, out: Path, line: str) -> None:
    """Start the study and kill it where it says that it begins `line`."""
    with started(file, out) as child:
        assert child.stderr is not None
        told = []
        for said in child.stderr:
            told.append(said)
            if said.startswith(line):
                child.kill()
                return
    raise AssertionError(f"the study never said {line!r}: {''.join(told)}")


def finished(file: Path, out: Path) -> bytes:
    with started(file, out) as child:
        assert child.stderr is not None
        told = child.stderr.read()
    assert child.returncode == 0, told
    return (out / "results.json").read_bytes()


def test_a_study_killed_twice_comes_to_the_same_table(tmp_path: Path) -> None:
    file = small(tmp_path)
    killed_at(file, tmp_path / "killed", "make 2/2")
    killed_at(file, tmp_path / "killed", "measure 2/")
    assert finished(file, tmp_path / "killed") == finished(file, tmp_path / "whole")


@pytest.mark.soak
def test_the_demo_study_killed_twice_comes_to_the_same_table(tmp_path: Path) -> None:
    killed_at(DEMO, tmp_path / "killed", "make 4/8")
    killed_at(DEMO, tmp_path / "killed", "measure 5/")
    assert finished(DEMO, tmp_path / "killed") == finished(DEMO, tmp_path / "whole")


def test_the_commands_say_what_is_to_come_and_what_was_found(tmp_path: Path, command) -> None:  # type: ignore[no-untyped-def]
    file, out = str(small(tmp_path)), str(tmp_path / "out")
    code, said, _ = command("study", file, "--out", out, "--dry-run", "--json")
    assert code == 0
    assert [(each["set"], each["records"], each["there"]) for each in json.loads(said)] == [
        ("grounded-extractive-split-0-seed-0", 10, 0), ("recombine-split-0-seed-0", 10, 0),
    ]  # fmt: skip
    assert command("study", file, "--out", out, "--json")[0] == 0
    assert all(each["there"] == 10 for each in json.loads(command("study", file, "--out", out, "--dry-run", "--json")[1]))
    results = json.loads((tmp_path / "out" / "results.json").read_bytes())
    page = (tmp_path / "out" / "report.html").read_text()
    text = (tmp_path / "out" / "results.md").read_text()
    for each in (page, text):
        assert "Is grounded-extractive better than recombine?" in each
        assert "could not have been seen" in each
    primary = [each for each in results["comparisons"] if each["primary"]]
    assert len(primary) == 1
    assert primary[0]["one"] == "grounded-extractive, weight"
    drawn = page.split("Set against set", 1)[1]
    assert "grounded-extractive, weight minus recombine, weight" in drawn
    assert f"{primary[0]['delta_pr_auc']['value']:+.3f}" in drawn
    assert "<script" not in page


def test_power_says_what_is_lacking_before_a_record_is_made(tmp_path: Path, command) -> None:  # type: ignore[no-untyped-def]
    code, said, _ = command("study", str(small(tmp_path)), "--out", str(tmp_path / "out"), "--power")
    assert code == 0
    assert "tfidf, n_real = 20: sees differences in ROC-AUC from" in said
    assert "for 0.020 it would need" in said
    assert not (tmp_path / "out" / "sets").exists()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"primary": {"set": "other"}}, "primary names 'other', which is no set"),
        ({"primary": {"set": "grounded", "n_real": 7}}, "n_real and mode are to be among those that are measured"),
        ({"sets": [{"recipe": "grounded"}, {"recipe": "grounded"}]}, "a set is there twice"),
        (
            {"sets": [{"recipe": "grounded"}, {"recipe": {"base": "recombine", "name": "grounded"}}]},
            "two recipes are called 'grounded'",
        ),
        ({"questions": [{"ask": "?", "set": "grounded", "against": "it"}]}, "question '\\?' names 'it'"),
        ({"colour": 1}, "unknown key 'colour'"),
        ({"sets": [{"recipe": "nothing"}]}, "no recipe named 'nothing'"),
    ],
)
def test_what_is_wrong_in_a_study_is_named(changed: dict[str, object], told: str) -> None:
    table = {"name": "x", "sets": [{"recipe": "grounded"}], "primary": {"set": "grounded"}}
    with pytest.raises(UsageError, match=told):
        study_from(table | changed, "x.toml", Path())


def test_sets_are_made_in_the_order_of_the_file(tmp_path: Path) -> None:
    written = {"recipe": "recombine", "splits": [1], "seeds": [2], "augment": True}
    table = tomllib.loads(SMALL) | {"augment": [20], "sets": [written, {"recipe": "grounded-extractive"}]}
    found = [(each.recipe.name, each.split, each.seed, each.n_real) for each in sets(study_from(table, "mine", tmp_path))]
    assert found == [("recombine", 1, 2, None), ("recombine", 1, 2, 20), ("grounded-extractive", 0, 0, None)]


def test_the_bundled_studies_can_be_read() -> None:
    for each in sorted(DEMO.parent.glob("*.toml")):
        assert load_study(each).name == each.stem
