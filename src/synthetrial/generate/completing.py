"""Writing a record with a base model, section by section: what is wrong in a line is written again, and what is short goes on.

A section's first lines are those of the record's draft; a call writes what it still lacks, under its grammar. Of a list the
sound lines are kept and the missing ones asked for again; of prose the sound sentences; a section of a fixed number of lines is
written again from its first fault on.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from synthetrial.generate.piece import CRITERIA, SOFT, Told, sentences
from synthetrial.generate.steps import Item, Step, criterion, grammar, max_tokens, prose
from synthetrial.generate.tidy import phrase
from synthetrial.llm.model import Answer

GOES: Final = 5
"""Most calls for a section; the last one's lines stay in a section of a fixed number of lines, whatever they are."""
LIST_GOES: Final = 8
"""Most calls for a list of criteria: each asks only for what is missing."""
ENOUGH: Final = 0.92
"""Share of its planned words with which a section is long enough."""

_SHORTEST: Final = 3
"""Fewer words are no sentence."""
_HEADING: Final = re.compile(r"\b(?:in|ex)clusion(?: criteria)?\b", re.IGNORECASE)

Complete = Callable[[str, str, int, int], Awaitable[Answer]]
"""(text so far, grammar, tokens, go) → answer with one sample."""


class Section(NamedTuple):
    """A section as written, and what it took."""

    text: str
    answers: tuple[Answer, ...]


async def write_section(step: Step, before: str, told: Told, complete: Complete, draft: Sequence[str] = ()) -> Section:
    """`step` as written behind `before`, from the lines that a draft gives."""
    told.begin()
    if not step.words:
        return Section(step.lead + "".join(each.lead for each in step.items), ())
    if step.prose:
        return await _prose(step, before, told, complete, draft)
    return await (_loose if step.loose else _fixed)(step, before, told, complete, draft)


async def _fixed(step: Step, before: str, told: Told, complete: Complete, draft: Sequence[str]) -> Section:
    kept: list[str] = []
    answers: list[Answer] = []
    for go in range(GOES):
        lines = draft if not go and draft else await _lines(step, kept, step.items[len(kept) :], before, complete, go, answers)
        for line in lines:
            item = step.items[len(kept)]
            body = line.removeprefix(item.lead)
            if item.words and go < GOES - 1 and told.fault(body, step.name):
                break
            told.keep(body, step.name)
            kept.append(line)
        if len(kept) == len(step.items):
            break
    return Section(step.lead + "".join(kept), tuple(answers))


async def _loose(step: Step, before: str, told: Told, complete: Complete, draft: Sequence[str]) -> Section:
    """Lines in any number: those with a fault are dropped, and others asked for until the plan's words are there."""
    kept: list[str] = []
    answers: list[Answer] = []
    wanted = list(step.items)
    goes = LIST_GOES if step.name in CRITERIA else GOES
    for go in range(goes):
        lines = draft if not go and draft else await _lines(step, kept, wanted, before, complete, go, answers)
        left = []
        for item, line in zip(wanted, lines, strict=False):
            body = " | ".join(phrase(each) for each in line.removeprefix(item.lead).split(" | "))
            fault = told.fault(body, step.name)
            if fault and not (fault in SOFT and go == goes - 1 and len(kept) < len(step.items) / 2):
                left.append(item)
            elif step.name not in CRITERIA or len(body.split()) < 2 * _missing(step, kept):  # nearer to the plan with it
                told.keep(body, step.name)
                kept.append(item.lead + body)
        left += wanted[len(lines) :]
        wanted = (left or _more(step, kept)) if _short(step, kept) else []
        if not wanted:
            break
    return Section(step.lead + "".join(kept) if kept else "", tuple(answers))


async def _prose(step: Step, before: str, told: Told, complete: Complete, draft: Sequence[str]) -> Section:
    kept: list[str] = []
    answers: list[Answer] = []
    for go in range(GOES):
        if not go and draft:
            body = draft[0].strip()
        else:
            missing = step.words - sum(len(each.split()) for each in kept)
            item = Item("\n" if not kept else " ", prose(missing), missing)
            text = step.lead + "\n" + " ".join(kept) if kept else ""
            answer = await complete(before + text, grammar("" if kept else step.lead, [item]), max_tokens([item]), go)
            answers.append(answer)
            body = answer.texts[0].removeprefix("" if kept else step.lead).strip()
        for sentence in sentences(body):
            heading = step.name == "Eligibility" and _HEADING.search(sentence)  # would be read as another section
            nearer = len(sentence.split()) < 2 * (step.words - sum(len(each.split()) for each in kept))
            if sentence.endswith(".") and nearer and not heading and not told.fault(sentence, step.name):
                told.keep(sentence, step.name)
                kept.append(sentence)
        if step.words - sum(len(each.split()) for each in kept) <= max(_SHORTEST, (1 - ENOUGH) * step.words):
            break
    return Section(f"{step.lead}\n{' '.join(kept)}" if kept else "", tuple(answers))


async def _lines(
    step: Step, kept: Sequence[str], items: Sequence[Item], before: str, complete: Complete, go: int, answers: list[Answer]
) -> list[str]:
    """The lines of a call for `items` behind the `kept` ones, finished ones alone."""
    lead = "" if kept else step.lead
    text = step.lead + "".join(kept) if kept else ""
    answer = await complete(before + text, grammar(lead, items), max_tokens(items), go)
    answers.append(answer)
    first, *rest = answer.texts[0].removeprefix(lead).rstrip("\n").split("\n")
    lines = [*([first] if not items[0].lead else []), *(f"\n{row}" for row in rest)]
    return lines if answer.finish[0] == "stop" else lines[:-1]


def _short(step: Step, kept: Sequence[str]) -> bool:
    """Whether a list lacks lines, or, of phrases in any number, words."""
    if step.name in CRITERIA:
        return _missing(step, kept) > (1 - ENOUGH) * step.words
    return len(kept) < len(step.items)


def _more(step: Step, kept: Sequence[str]) -> list[Item]:
    """Items for what a list of phrases is short of its words."""
    missing = _missing(step, kept)
    items = max(1, round(missing * len(step.items) / step.words))
    return [criterion(max(3, round(missing / items)))] * items


def _missing(step: Step, kept: Sequence[str]) -> int:
    """The planned words of a list that are not there yet; a line's mark is none."""
    return step.words - sum(len(each.split()) - 1 for each in kept)
