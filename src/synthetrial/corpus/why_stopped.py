"""Why a trial was stopped, from the registry's free text: a rule table (`data/why_stopped.toml`) and nothing learnt.

The rule with the lowest rank that matches wins; among rules of one rank, the one that matches first in the text. Clauses that
deny a reason ("not for safety reasons") are taken out beforehand.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Final

import msgspec

CLASSES: Final = (
    "efficacy", "safety", "enrolment", "business", "funding", "sponsor-decision", "covid", "operations", "design",
    "regulatory", "superseded", "met", "other", "none",
)  # fmt: skip
"""What a text can say. "met": enough was known, "superseded": no longer worth doing, "other": a reason of no class,
"none": no reason."""


class Rule(msgspec.Struct, frozen=True, kw_only=True, rename={"group": "class"}):
    """Patterns (regular expressions over lower-case text) of a class, their rank, and our own sentences of that class."""

    group: str
    rank: int
    patterns: tuple[str, ...]
    examples: tuple[str, ...]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The rule table: clauses to take out, texts that say nothing, and the rules."""

    denied: tuple[str, ...]
    empty: tuple[str, ...]
    rule: tuple[Rule, ...]


@lru_cache(1)
def rules() -> Rules:
    """The rules of `data/why_stopped.toml`."""
    text = (files("synthetrial") / "data" / "why_stopped.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Rules)


def classify(text: str | None) -> str:
    """The class (`CLASSES`) of a why_stopped text; "none" where it is absent or gives no reason."""
    bare = " ".join((text or "").lower().replace("’", "'").split())
    denied, empty, ranked = _compiled()
    said = denied.sub(" ", bare)
    if not said.strip(" .,;:-") or empty.fullmatch(said.strip(" .,;:-")):
        return "none"
    for patterns in ranked:
        found = [(match.start(), at, group) for at, (group, each) in enumerate(patterns) if (match := each.search(said))]
        if found:
            return min(found)[2]
    return "other"


@lru_cache(1)
def _compiled() -> tuple[re.Pattern[str], re.Pattern[str], tuple[tuple[tuple[str, re.Pattern[str]], ...], ...]]:
    table = rules()
    ranks = sorted({rule.rank for rule in table.rule})
    return (
        re.compile("|".join(table.denied)),
        re.compile("|".join(table.empty)),
        tuple(
            tuple((rule.group, re.compile("|".join(rule.patterns))) for rule in table.rule if rule.rank == rank)
            for rank in ranks
        ),
    )
