"""A record from the lines of several drafts: those that together look most like a real trial.

The drafts of a cell follow one plan, line by line, so that a line of one can stand in the place of the same line of another.
Choosing line by line has many more records to choose from than there are drafts: of four drafts of twenty lines, 4^20.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial.generate import completion
from synthetrial.generate.steps import Step, steps
from synthetrial.plan import Cell

Lines = list[list[str]]
"""By section."""
Place = tuple[int, int]
"""Section, line."""
Margins = Callable[[Sequence[str]], npt.NDArray[np.float64]]
"""How much each text looks like a real trial."""
SWEEPS: Final = 2
"""Times that every line is considered."""


def assembled(cell: Cell, drafts: Sequence[str], n: int, margins: Margins) -> list[str]:
    """At most `n` texts from finished `drafts` of a cell, the best first. No line stands in two of them, so that there are no
    more than drafts; a draft that does not follow the plan line by line gives none."""
    planned = tuple(steps(cell))
    known = [each for each in (completion.draft_lines(cell, text, "stop") for text in drafts) if _follows(each, planned)]
    if not known:
        return []
    order = np.argsort(-margins([completion.whole(cell, _text(planned, each)) for each in known]))
    left = {place: [known[each][place[0]][place[1]] for each in order] for place in _places(planned)}
    found = []
    for _ in range(min(n, len(known))):
        lines = _climbed(cell, planned, left, margins)
        for (section, line), choice in left.items():
            choice.remove(lines[section][line])
        found.append(_text(planned, lines))
    return found


def _climbed(cell: Cell, planned: Sequence[Step], choices: dict[Place, list[str]], margins: Margins) -> Lines:
    """The lines that no other choice of a single line makes look more real, from the first choice of each on."""
    lines = [[choices[section, line][0] for line in range(len(step.items))] for section, step in enumerate(planned)]
    best = float("-inf")
    for _ in range(SWEEPS):
        before = best
        for (section, line), choice in choices.items():
            others = [each for each in lines[section] if each != lines[section][line]]
            open_to = [each for each in choice if each not in others] or [lines[section][line]]
            if len(open_to) == 1:
                continue
            texts = []
            for each in open_to:
                lines[section][line] = each
                texts.append(completion.whole(cell, _text(planned, lines)))
            scores = margins(texts)
            at = int(np.argmax(scores))
            lines[section][line], best = open_to[at], float(scores[at])
        if best <= before:
            break
    return lines


def _places(planned: Sequence[Step]) -> Iterator[Place]:
    return ((section, line) for section, step in enumerate(planned) for line in range(len(step.items)))


def _follows(lines: Lines, planned: Sequence[Step]) -> bool:
    return [len(each) for each in lines] == [len(step.items) for step in planned]


def _text(planned: Sequence[Step], lines: Lines) -> str:
    return "".join(step.lead + "".join(own) for step, own in zip(planned, lines, strict=True)) + "\n"
