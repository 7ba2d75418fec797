"""The package that users get: what the wheel holds, what it says it needs, and that it works in an empty environment."""

import ast
import json
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "src" / "synthetrial"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the tree as it stands, without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "src/synthetrial"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert held == {name.removeprefix("src/") for name in listed if (ROOT / name).is_file()}


@pytest.mark.parametrize(
    "name",
    [
        "data/demo/trials.jsonl",
        "data/demo/labels.csv",
        "data/demo/README.md",
        "data/inn_stems.toml",
        "data/why_stopped.toml",
        "data/drug_names.toml",
        "recipes/grounded.toml",
        "recipes/grounded-embedded.toml",
        "generate/prompts/completion.v2.j2",
        "run/migrations/001_run.sql",
        "py.typed",
    ],
)
def test_data_files_go_with_the_wheel_unchanged(wheel: Path, name: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read(f"synthetrial/{name}") == (SOURCES / name).read_bytes()


def test_licence_notice_extras_and_command_are_in_the_metadata(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (info,) = {name.split("/")[0] for name in archive.namelist() if ".dist-info/" in name}
        metadata = archive.read(f"{info}/METADATA").decode()
        for name in ("LICENSE", "NOTICE"):
            assert archive.read(f"{info}/licenses/{name}") == (ROOT / name).read_bytes()
        assert "synthetrial = synthetrial.cli:main" in archive.read(f"{info}/entry_points.txt").decode()
    assert "License-Expression: Apache-2.0" in metadata
    extras = set(re.findall(r"^Provides-Extra: (.+)$", metadata, re.MULTILINE))
    assert extras == {"embedded", "embed", "vectors", "neural", "ray", "aact", "hf", "otel", "report", "all"}


def imported() -> set[str]:
    """Top-level names of the modules that the package's files import, anywhere in them."""
    found = set()
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found.add(node.module.split(".")[0])
    return found


def normal(requirement: str) -> str:
    """The name of the distribution that a requirement asks for, as the index spells it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]).lower()


def test_what_the_package_imports_is_declared() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    declared = {
        normal(each) for each in [*PROJECT["project"]["dependencies"], *(one for extra in extras.values() for one in extra)]
    }
    owners = packages_distributions()
    foreign = imported() - set(sys.stdlib_module_names) - {"synthetrial"}
    undeclared = {
        module
        for module in foreign
        if normal(module) not in declared and not declared & {normal(each) for each in owners.get(module, [])}
    }
    assert not undeclared


def test_every_requirement_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {normal(line) for line in lines if line and not line.startswith("#")}
    extras = PROJECT["project"]["optional-dependencies"].values()
    wanted = [
        *PROJECT["project"]["dependencies"],
        *PROJECT["dependency-groups"]["dev"],
        *(one for extra in extras for one in extra),
    ]
    assert {normal(each) for each in wanted} - {"synthetrial"} <= pinned


@pytest.mark.wheel
def test_the_wheel_works_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    binaries = tmp_path / "env" / ("Scripts" if sys.platform == "win32" else "bin")
    pip = [str(binaries / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, "--constraint", str(ROOT / "constraints.txt"), str(wheel)], check=True, cwd=tmp_path)

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(binaries / "synthetrial"), *command], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    counted = run("corpus", "stats", "--json")
    assert counted.returncode == 0, counted.stderr
    assert json.loads(counted.stdout)["trials"] == 200
    without_model = run("demo", "--out", "run")
    assert without_model.returncode == 1
    assert "synthetrial[embedded]" in without_model.stderr
    assert len(without_model.stderr.strip().splitlines()) == 1
    scripted = run("generate", "--model", "scripted", "--n", "3", "--out", "run", "--quiet", "--json")
    assert scripted.returncode == 0, scripted.stderr
