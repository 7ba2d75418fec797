"""The word lists that checks read, as shipped in `data/`: one entry a line, "#" starts a comment."""

from __future__ import annotations

import functools
from importlib import resources


@functools.cache
def table(name: str) -> tuple[str, ...]:
    """The entries of `data/NAME.txt` ("eponyms", "sponsors", …)."""
    text = resources.files("synthetrial").joinpath("data", f"{name}.txt").read_text(encoding="utf-8")
    return tuple(each.strip() for each in text.splitlines() if each.strip() and not each.startswith("#"))


def alternatives(entries: tuple[str, ...]) -> str:
    """A regular expression that matches any of `entries`, the longest first."""
    import re

    return "|".join(re.escape(each) for each in sorted(entries, key=len, reverse=True))
