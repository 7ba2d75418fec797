"""The fenced blocks of the pages, and what a page says about how each is tested.

A block in `sh` or `console` holds commands: in `sh` every line is one, in `console` the lines that begin with `$ `, and the
lines below one are what it prints ("…" stands for any text, alone on a line for any lines). In a command "SYN-…" stands for the
first record that was printed before. A block in `python` is run as it stands. A block with a title, as in
```` ```toml title="run.toml" ````, is a file of that name. An HTML comment on the line before a block says how it is run where
it cannot be run as it stands:

    <!-- test: skip: why -->          not run, and why
    <!-- test: with: --n 8 -->        these flags are added to each command of ours that knows them; the last of two counts
    <!-- test: server -->             the same with --base-url and the address of a loopback server
    <!-- test: given: studies.zip --> these files are there (`given.py`)
    <!-- test: exits: 1 -->           each of its commands ends with this code
    <!-- test: needs: datasets -->    run where this module is installed

Several are separated by semicolons. The Hugging Face hub is a stand-in on the loopback.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    each for each in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))) if each.is_file()
]
COMMANDS = ("sh", "console")
KNOWN = ("skip", "with", "server", "given", "exits", "needs")

_FENCE = re.compile(r'```(?P<language>\w*)(?: title="(?P<title>[^"]+)")?')
_TOLD = re.compile(r"<!-- test: (?P<told>.+?) -->")


class Block(NamedTuple):
    """A fenced block: the line that it begins on, its language and title ("" without), its text, and what is told of it."""

    line: int
    language: str
    title: str
    text: str
    told: dict[str, str]


class Command(NamedTuple):
    """A command as it stands on the page, and the lines below it that it prints (None where none are shown)."""

    text: str
    prints: list[str] | None


def blocks(markdown: str) -> Iterator[Block]:
    """The blocks of a page, in order. Raises `ValueError` for a fence without an end and a comment that is not understood."""
    lines = markdown.split("\n")
    number = 0
    while number < len(lines):
        opened = _FENCE.fullmatch(lines[number].rstrip())
        if opened is None:
            if lines[number].startswith("```"):
                raise ValueError(f"line {number + 1}: {lines[number]!r} opens no block")
            number += 1
            continue
        end = lines.index("```", number + 1)
        above = _TOLD.fullmatch(lines[number - 1]) if number else None
        text = "\n".join(lines[number + 1 : end])
        yield Block(number + 1, opened["language"], opened["title"] or "", text, _told(above["told"]) if above else {})
        number = end + 1


def prose(markdown: str) -> str:
    """The page without its fenced blocks."""
    return "".join(markdown.split("```")[::2]) if markdown.count("```") % 2 == 0 else markdown


def commands(block: Block) -> list[Command]:
    """The commands of a block, continued lines joined, comments left out."""
    lines = block.text.replace("\\\n> ", " ").replace("\\\n", " ").split("\n")
    if block.language == "sh":
        return [Command(each, None) for line in lines if (each := _uncommented(line))]
    found: list[Command] = []
    for line in lines:
        if line.startswith("$ "):
            found.append(Command(_uncommented(line[2:]), []))
        elif found and found[-1].prints is not None:
            found[-1].prints.append(line)
        else:
            raise ValueError(f"line {block.line}: a console block begins with a command, not {line!r}")
    return found


def with_flags(command: str, flags: str) -> str:
    """A command of ours with those of `flags` that it knows after its own; any other command as it is."""
    words = shlex.split(command)
    if not words or words[0] != "synthetrial":
        return command
    known = options(command_of(words[1:])[0])
    more, given = [], shlex.split(flags)
    while given:
        flag = given.pop(0)
        value = [given.pop(0)] if given and not given[0].startswith("-") else []
        more += [flag, *value] if flag in known else []
    return shlex.join([*words, *more]) if more else command


def command_of(words: list[str]) -> tuple[Any, list[str]]:
    """The command that `words` name (without the program's own name), and the words that are left for it."""
    found, rest = tree(), list(words)
    while rest and rest[0] in getattr(found, "commands", {}):
        found = found.commands[rest.pop(0)]
    return found, rest


def options(command: Any) -> set[str]:
    """Every spelling of every option of a command."""
    return {"--help", *(each for one in command.params for each in (*one.opts, *one.secondary_opts) if each.startswith("-"))}


@cache
def tree() -> Any:
    """The command line as a tree of commands."""
    from typer.main import get_command

    from synthetrial.cli import app

    return get_command(app)


def printed(expected: list[str], output: str) -> bool:
    """Whether `output` is what a page shows, where "…" stands for any text or, alone, for any lines."""
    lines = [each.rstrip() for each in "\n".join(expected).rstrip().split("\n")]
    pattern = "\n".join("(?:.*\n)*.*" if each == "…" else ".*".join(map(re.escape, each.split("…"))) for each in lines)
    said = "\n".join(each.rstrip() for each in output.rstrip().split("\n"))
    return re.fullmatch(pattern, said) is not None


def _told(text: str) -> dict[str, str]:
    told = {}
    for each in text.split("; "):
        name, _, value = each.partition(":")
        if name not in KNOWN or name in told or (name != "server" and not value.strip()):
            raise ValueError(f"<!-- test: {text} -->: {each!r} is none of {', '.join(KNOWN)}, or says nothing")
        told[name] = value.strip()
    return told


def _uncommented(line: str) -> str:
    return re.sub(r"(^|\s)#.*", "", line).strip()
