"""Every command on the pages works: blocks are run in order, page by page, each page in a folder of its own (`blocks.py`)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from blocks import COMMANDS, PAGES, Block, Command, blocks, command_of, commands, options, printed, prose, with_flags
from given import give
from hub_server import hub

from faults_server import serve

Call = Callable[..., tuple[int, str, str]]
GENERATED = ("cli.md", "benchmarks.md", "results.md")
"""Pages that programs write."""
PROGRAM = re.compile(r"(\$ )?(synthetrial|make|pip|python|uv|curl|docker|kubectl|export \w+=) ?.*")


def of(name: str) -> list[Block]:
    return list(blocks(next(each for each in PAGES if each.name == name).read_text("utf-8")))


WITH_BLOCKS = [each.name for each in PAGES if any(b.language in (*COMMANDS, "python") for b in of(each.name))]


@pytest.mark.parametrize("page", WITH_BLOCKS)
def test_the_commands_of_the_page_work(page: str, command: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BROWSER", "true")  # the command that does nothing
    names: dict[str, Any] = {}
    said = ""
    with serve() as server, hub() as stand_in:
        monkeypatch.setenv("HF_ENDPOINT", stand_in.url)
        monkeypatch.setenv("HF_TOKEN", "hf_none")
        for block in of(page):
            where = f"{page}, line {block.line}"
            for name in block.told.get("given", "").split():
                if not Path(name).exists():
                    give(name, tmp_path)
            if block.title:
                Path(block.title).write_text(block.text + "\n", "utf-8")
            elif "skip" in block.told or not find_spec(block.told.get("needs", "synthetrial")):
                continue
            elif block.language == "python":
                if block.told.get("needs") == "datasets":
                    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
                exec(compile(block.text, where, "exec"), names)
            elif block.language in COMMANDS:
                if block.told.get("needs") == "huggingface_hub":
                    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)  # as tests/export has it
                flags = block.told.get("with", "") + (f" --base-url {server.base_url}" if "server" in block.told else "")
                for each in commands(block):
                    said = run(each, flags, said, block, where, command, monkeypatch)


def run(
    shown: Command, flags: str, before: str, block: Block, where: str, command: Call, monkeypatch: pytest.MonkeyPatch
) -> str:
    """A command of ours in this process, as `python -m synthetrial` runs it; `export NAME=…` for those that follow.

    `before` is what the page has printed so far; returns it with what this command adds.
    """
    if set_ := re.fullmatch(r"export (\w+)=(.*)", shown.text):
        monkeypatch.setenv(set_[1], set_[2])
        return before
    record = re.search(r"SYN-\w{10}", before)
    asked = with_flags(shown.text.replace("SYN-…", record[0] if record else "SYN-…"), flags)
    program, *arguments = shlex.split(asked)
    assert program == "synthetrial", f"{where}: {program} is not ours; say why it is not run: <!-- test: skip: … -->"
    code, said, err = command(*arguments)
    told = f"{where}: {asked}\nexit code {code}\n{said}{err}"
    assert code == int(block.told.get("exits", 0)), told
    assert shown.prints is None or printed(shown.prints, said), told
    return before + said


@pytest.mark.parametrize("page", [each.name for each in PAGES if each.name not in GENERATED])
def test_no_command_of_the_page_stands_where_it_would_not_be_run(page: str) -> None:
    path = next(each for each in PAGES if each.name == page)
    unseen = [
        f"line {block.line}: {line}"
        for block in of(page)
        if block.language not in COMMANDS and not block.title
        for line in block.text.split("\n")
        if PROGRAM.fullmatch(line) and block.language != "python"
    ]
    unseen += [line for line in prose(path.read_text("utf-8")).split("\n") if re.match(r" {4}\$? ?synthetrial ", line)]
    assert not unseen, "put it into a block of sh or console"


@pytest.mark.parametrize("page", [each.name for each in PAGES if each.name not in GENERATED])
def test_commands_within_sentences_exist(page: str) -> None:
    path = next(each for each in PAGES if each.name == page)
    for said in re.findall(r"`synthetrial ([^`]+)`", prose(path.read_text("utf-8"))):
        command, rest = command_of(said.split())
        assert not hasattr(command, "commands") or not rest or rest[0].startswith("-") or rest[0].isupper(), said
        wrong = [each for each in rest if re.fullmatch(r"--?[a-z-]+", each) and each not in options(command)]
        assert not wrong, f"synthetrial {said}"


def test_few_commands_of_ours_are_left_out_and_each_says_why() -> None:
    skipped = [(page, block) for page in WITH_BLOCKS for block in of(page) if "skip" in block.told]
    assert all(len(block.told["skip"].split()) >= 2 for _, block in skipped)
    ours = [f"{page}: {c.text}" for page, block in skipped for c in commands(block) if "synthetrial " in f"{c.text} "]
    assert len([each for each in ours if "pip install" not in each]) <= 6, ours


def test_flags_go_only_to_the_commands_that_know_them() -> None:
    assert with_flags("synthetrial generate --n 300", "--model scripted --n 8 --quick") == (
        "synthetrial generate --n 300 --model scripted --n 8"
    )
    assert with_flags("synthetrial evaluate runs/x", "--model scripted --quick") == "synthetrial evaluate runs/x --quick"
    assert with_flags("pip install .", "--n 8") == "pip install ."


def test_what_a_page_shows_is_compared_line_by_line() -> None:
    assert printed(["a …", "…", "z"], "a b\nc\nd\nz\n")
    assert printed(["…"], "")
    assert not printed(["a", "z"], "a\nb\nz")
    assert not printed(["a …"], "a b\nc")


@pytest.mark.parametrize(
    "page", ["```sh\nmake", "<!-- test: jump -->\n```sh\nmake\n```", "<!-- test: skip: -->\n```sh\nmake\n```"]
)
def test_a_page_that_is_badly_marked_is_not_run(page: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        list(blocks(page))
