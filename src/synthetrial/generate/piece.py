"""What is refused as soon as a line is written: it is cheaper to write a line again than a record.

The checks judge the whole record afterwards; here is only what one line shows by itself or beside the lines before it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from synthetrial.check import copy, identity, outcome_leak, placeholder, site
from synthetrial.check.coherence import foreign_terms
from synthetrial.check.copy import given_strings
from synthetrial.check.design import contradiction
from synthetrial.check.repetition import stutter
from synthetrial.check.view import View
from synthetrial.generate.planned import planned
from synthetrial.generate.tidy import dangles
from synthetrial.plan import Cell
from synthetrial.similar.spans import distinctive_span, words
from synthetrial.text import SECTIONS
from synthetrial.trial import RegistryTrial

LONGEST_COPY: Final = 9
"""Longest distinctive run of words that a line, with those before it, may share with a training trial; `copy` allows 12."""
_ALIKE_ALLOWED: Final = ("Interventions", "Arms")  # a placebo is taken as the drug is
CRITERIA: Final = ("Inclusion", "Exclusion")
_ALIKE: Final = 4
_MOST_ALIKE: Final = 2
SOFT: Final = ("said", "loop", "cut")
"""Faults with which a line may stay where a section would be empty without it: the checks judge how much of it there is."""
_SPEAKING: Final = ("Title", "Official title", "Summary")
_HEADERS: Final = tuple(f"{each}:" for each in SECTIONS)
_LOOP: Final = 3
_MOST_LOOPED: Final = 0.2
_MOST_FIGURES: Final = 0.25
_MOST_STRANGE: Final = 0.1
_MOST_TIMES: Final = 3


class Told:
    """What a record of `cell` may not repeat: its exemplars, the training trials, and what was written so far."""

    def __init__(self, cell: Cell, exemplars: Sequence[RegistryTrial], view: View) -> None:
        self._view, self._given, self._planned = view, given_strings(cell), planned(cell)
        self._foreign = [f" {each} " for each in foreign_terms(cell, exemplars, view)]
        self._lines: set[tuple[str, ...]] = set()
        self._starts: Counter[tuple[str, ...]] = Counter()
        self._brackets: Counter[str] = Counter()
        self._section: list[str] = []

    def begin(self) -> None:
        """A new section: what is shared runs on within one, not into the next."""
        self._section = []
        self._starts.clear()

    def fault(self, line: str, section: str) -> str | None:
        """What is wrong with `line` of `section`, in a word, or None."""
        tokens = words(line)
        if not tokens:
            return "empty"
        if section not in _ALIKE_ALLOWED and _key(line, section) in self._lines:
            return "said"
        if section in CRITERIA and self._starts[tuple(tokens[:_ALIKE])] >= _MOST_ALIKE:
            return "said"
        if section in CRITERIA and any(self._brackets[each] >= _MOST_ALIKE for each in _brackets(line)):
            return "said"
        if stutter(tokens) or _looped(tokens):
            return "loop"
        if any(dangles(each) for each in line.split(" | ") if each.strip()):
            return "cut"
        figures = sum(each[0].isdigit() for each in tokens)
        strange = sum(not each[0].isdigit() and each not in self._view.spans.vocabulary for each in tokens)
        if figures > _MOST_FIGURES * len(tokens) + 2 or strange > _MOST_STRANGE * len(tokens) + 2:
            return "salad"
        run = [*(self._section[-copy.LONGEST :] if section != "Interventions" else ()), *tokens]
        if distinctive_span([run], self._view.spans, self._given).length > LONGEST_COPY:
            return "copy"
        if line.strip().startswith(_HEADERS) or placeholder.find_in(line) or identity.scan(line) or outcome_leak.find_in(line):
            return "words"
        if site.find_in(line, title="itle" in section):
            return "site"
        if section in _SPEAKING and contradiction(msgspec.structs.replace(self._planned, brief_summary=line)):
            return "design"
        if section != "Exclusion" and any(each in f" {' '.join(tokens)} " for each in self._foreign):
            return "foreign"
        return None

    def keep(self, line: str, section: str) -> None:
        """`line` stays."""
        tokens = words(line)
        self._lines.add(_key(line, section))
        self._brackets.update(_brackets(line))
        if len(tokens) > _ALIKE:
            self._starts[tuple(tokens[:_ALIKE])] += 1
        self._section += tokens


def sentences(text: str) -> list[str]:
    """The sentences of `text`."""
    return [each for each in re.split(r"(?<=[.!?]) +(?=[A-Z])", text.strip()) if each]


def _key(line: str, section: str) -> tuple[str, ...]:
    """What makes a line the same as another: of an outcome its measure, whatever the time frame."""
    return tuple(words(line.split(" | ", 1)[0] if "outcomes" in section else line))


def _brackets(line: str) -> set[str]:
    """What stands in brackets, in several words."""
    return {each.casefold() for each in re.findall(r"\(([^()]* [^()]*)\)", line)}


def _looped(tokens: Sequence[str]) -> bool:
    """Whether much of a line repeats its own words."""
    counts = Counter(each for each in tokens if len(each) > 4)
    if counts and max(counts.values()) > max(_MOST_TIMES, len(tokens) // 12):
        return True
    grams = list(zip(*(tokens[each:] for each in range(_LOOP)), strict=False))
    return len(grams) > _LOOP and 1 - len(set(grams)) / len(grams) > _MOST_LOOPED
