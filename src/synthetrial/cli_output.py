"""Results on stdout: text, tables, JSON."""

from __future__ import annotations

import sys
from typing import Any

import msgspec

WIDTH = 150
"""Columns where no terminal says how wide it is."""


def out(result: Any) -> None:
    """Print a line of text, or anything rich can show."""
    if isinstance(result, str):
        print(result)
        return
    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else WIDTH).print(result)


def out_json(result: object) -> None:
    """Print `result` as indented JSON."""
    print(msgspec.json.format(msgspec.json.encode(result), indent=2).decode())
