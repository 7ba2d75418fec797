"""Writes docs/cli.md from the command line itself: every command with its arguments, options, defaults and help.

    python tools/cli_reference.py

`tests/docs/test_cli_reference.py` fails while the committed page differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cli.md"

HEAD = """\
# Command line

Made from the commands by `python tools/cli_reference.py`. `synthetrial COMMAND --help` says the same.

Exit codes: 0 done; 1 the work could not be done, said in one line on stderr; 2 wrong usage; 130 interrupted (the same command
goes on). Every command takes `--debug`, which shows the traceback of an error, and `--help`; neither is repeated below.
"""
EVERYWHERE = ("--debug", "--help")
VALUES = {Path: "PATH", int: "INTEGER", float: "NUMBER"}


def reference() -> str:
    """The page."""
    from typer.main import get_command

    from synthetrial.cli import app

    return "\n".join([HEAD, *_command("synthetrial", get_command(app))])


def _command(name: str, command: Any) -> Iterator[str]:
    group = hasattr(command, "commands")
    yield f"## {name}\n"
    if command.help:
        yield f"{_cell(command.help, ' ')}\n"
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option" and not {*each.opts} & {*EVERYWHERE}]
    told = [name, *map(_usage, arguments), *(["[OPTIONS]"] if options else []), *(["COMMAND"] if group else [])]
    yield f"```text\n{' '.join(told)}\n```\n"
    if arguments:
        yield "| argument | default | what it is |\n|---|---|---|"
        yield from (f"| `{_usage(each)}` | {_default(each)} | {_cell(each.help)} |" for each in arguments)
        yield ""
    if options:
        yield "| option | default | what it does |\n|---|---|---|"
        yield from (f"| {_flags(each)} | {_default(each)} | {_cell(each.help)} |" for each in options)
        yield ""
    if group:
        for each in command.commands.values():
            yield from _command(f"{name} {each.name}", each)


def _usage(argument: Any) -> str:
    shown: str = argument.metavar or argument.name.upper() + ("…" if argument.nargs == -1 else "")
    return shown if argument.required or shown.startswith("[") else f"[{shown}]"


def _flags(option: Any) -> str:
    names = sorted(option.opts, key=len, reverse=True)
    if option.is_flag:
        return ", ".join(f"`{each}`" for each in (*names, *option.secondary_opts))
    value = option.metavar or VALUES.get(option.type_descriptor.annotation, "TEXT")
    return ", ".join([f"`{names[0]} {value}`", *(f"`{each}`" for each in names[1:])])


def _default(parameter: Any) -> str:
    if parameter.required:
        return "needed"
    value = parameter.default
    if value is None or value is False or value == "" or callable(value):
        return ""
    if value is True:
        return f"`{parameter.opts[0]}`"
    return f"`{value}`"


def _cell(text: str | None, line: str = " ") -> str:
    """Text in one line of Markdown, its bars and angle brackets as they are written."""
    return line.join((text or "").split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


if __name__ == "__main__":
    PAGE.write_text(reference(), "utf-8")
