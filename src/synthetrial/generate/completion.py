"""Writing with a base model: real records as blocks, reasons, the header of a new record, and then section after section.

A whole record is drafted in one call, as many samples of it as are wanted, and what is faulty in one is written again, section
by section. What comes back is canonical text, read by `text.parse`. `steps.py` has the sections and their grammar,
`completing.py` the loop.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from synthetrial import canonical
from synthetrial.errors import ParseError
from synthetrial.generate.completing import Complete, write_section
from synthetrial.generate.exemplar import arranged, shown
from synthetrial.generate.piece import Told
from synthetrial.generate.steps import draft_grammar, drafted, header, max_tokens, steps
from synthetrial.generate.template import fill
from synthetrial.generate.tidy import tidy
from synthetrial.llm.model import Answer
from synthetrial.plan import Cell
from synthetrial.recipe import Shown
from synthetrial.text import parse, render
from synthetrial.trial import Protocol, Reason, RegistryTrial

VERSION: Final = "completion.v2"
SHORTEST_SHARE: Final = 3
"""A section with less than this part of its planned words is refused whatever follows (`complete`)."""


class Completed(NamedTuple):
    """A record's text behind its header, and the answers it was made from."""

    text: str
    answers: tuple[Answer, ...]


def prompt(
    cell: Cell, exemplars: Sequence[RegistryTrial], reasons: Sequence[Reason], exemplar_words: int, order: Shown = "own"
) -> str:
    """Exemplars, reasons and header; what does not vary between attempts of a cell comes first (the engine caches it). Where
    exemplars of both labels are shown, each says which it has, and the header too."""
    found = arranged(cell, exemplars, order, nearest_last=True)
    return fill(
        VERSION,
        exemplars=[(each.label.value if each.label else None, shown(each.protocol, exemplar_words)) for each in found],
        told=order not in ("own", "none"),
        label=cell.label,
        reasons=[each for each in reasons if each.evidence],
        header=header(cell),
    )


def draft_of(cell: Cell) -> tuple[str, int]:
    """The grammar of a whole record, and room for its tokens."""
    planned = tuple(steps(cell))
    return draft_grammar(planned), max_tokens([item for each in planned for item in each.items])


def draft_lines(cell: Cell, text: str, finish: str) -> list[list[str]]:
    """The lines of a draft by section; a line that the token limit cut off is left out."""
    whole = text.removesuffix("\n") if finish == "stop" else text.rpartition("\n")[0]
    return drafted(whole, tuple(steps(cell)))


async def complete_record(cell: Cell, told: Told, complete: Complete, draft: Sequence[Sequence[str]] = ()) -> Completed:
    """The record planned in `cell`, section by section, from a `draft` (lines by section) where there is one; it ends at a
    section so short that `complete` will refuse it."""
    text, answers = "", list[Answer]()
    for at, step in enumerate(steps(cell)):
        section = await write_section(step, text, told, complete, draft[at] if at < len(draft) else ())
        text += section.text
        answers += section.answers
        if len(section.text.split()) < step.words // SHORTEST_SHARE:
            break
    return Completed(text, tuple(answers))


def avoided(cell: Cell, exemplars: Sequence[Protocol]) -> tuple[str, ...]:
    """Words that would contradict the plan: of another design, of another exemplar's condition, of a site."""
    d = cell.design
    words: list[str] = ["university", "USA", "hospital"]
    own = " ".join([*d.conditions, *(render(each) for each in exemplars[:1])]).casefold()
    named = {word for each in exemplars[1:] for name in each.conditions for word in re.findall(r"[a-z]{5,}", name.casefold())}
    words += sorted(word for word in named if word not in own)
    if d.allocation != "RANDOMIZED":
        words += ["randomized", "randomised", "randomly", "randomization", "randomize"]
    if d.masking in (None, "NONE"):
        words += ["blind", "blinded", "blinding", "masked", "double"]
    elif d.masking:
        words += ["unblinded", "open"]
    if len(d.arms) > 1:
        words += ["single"]
    if not any("placebo" in name.casefold() for _, name in d.interventions):
        words += ["placebo", "placebos", "sham"]
    return tuple(words)


def whole(cell: Cell, text: str) -> str:
    """A draft with its header, as a rendering has it."""
    return header(cell) + text


def planned_words(cell: Cell) -> int:
    """Words of the planned shape, over all sections."""
    return sum(each.words for each in steps(cell))


def read(cell: Cell, text: str) -> Protocol:
    """The protocol in header + `text`, loose ends cut off. Raises `ParseError`."""
    whole = header(cell) + text.rstrip()
    if not re.search(r"^Title: \S", whole, re.MULTILINE):
        raise ParseError("the answer ends before a title")
    return canonical.protocol(tidy(parse(whole)))
