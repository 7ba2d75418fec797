"""What a run learns from its own first drafts, before any record is made: the tilt of its words, and then the critic.

Which drafts teach follows from the plan alone, so that a run that was stopped goes on with the same lessons.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final

import msgspec

from synthetrial.generate import completion
from synthetrial.generate.assembling import assembled
from synthetrial.generate.drafting import first_drafts
from synthetrial.generate.workbench import Workbench
from synthetrial.generate.written import Ask, Source
from synthetrial.llm.model import Answer
from synthetrial.plan import Cell
from synthetrial.run.store import RunStore
from synthetrial.text import render
from synthetrial.verify import tilt
from synthetrial.verify.critic import Critic

TILTED_BY: Final = 24
"""First cells whose untaught drafts teach the tilt: as many as it was tried with. No record is made of these drafts."""
AGAIN: Final = 2
"""Times that a critic is taught by the records that it would have made."""


class Lessons:
    """Learnt when first asked for; `ask_of` gives a cell's `ask`."""

    def __init__(self, source: Source, bench: Workbench, store: RunStore, ask_of: Callable[[Cell], Ask]) -> None:
        self._source, self._bench, self._store, self._ask_of = source, bench, store, ask_of
        self._taught: asyncio.Task[Source] | None = None

    async def source(self) -> Source:
        """What every cell is written with. Raises what asking for drafts raises."""
        if self._taught is None:
            self._taught = asyncio.create_task(self._learn())
        return await asyncio.shield(self._taught)

    async def _learn(self) -> Source:
        source, options = self._source, self._source.recipe.write
        if options.tilt or options.label_tilt:
            cells = self._first(min(TILTED_BY, options.critic))
            drafts = _whole(cells, await self._drafts(source, cells, untaught=True))
            tilts = await asyncio.to_thread(tilt.learn, *self._real, drafts, options.tilt, options.label_tilt)
            source = msgspec.structs.replace(source, tilts=tilts)
        cells = self._first(options.critic)
        answers = await self._drafts(source, cells)
        return msgspec.structs.replace(source, critic=await asyncio.to_thread(taught, self._real[0], cells, answers))

    def _first(self, cells: int) -> list[Cell]:
        return [each for each in self._store.planned() if each.index < cells]

    async def _drafts(self, source: Source, cells: Sequence[Cell], *, untaught: bool = False) -> list[Answer]:
        """First drafts of each of `cells`. After a failure what is in flight is answered, and stored, before it is raised."""
        exemplars = self._bench.exemplars
        asked = (first_drafts(source, each, exemplars(each), self._ask_of(each), untaught=untaught) for each in cells)
        answers = await asyncio.gather(*asked, return_exceptions=True)
        for each in answers:
            if isinstance(each, BaseException):
                raise each
        return [each for each in answers if isinstance(each, Answer)]

    @cached_property
    def _real(self) -> tuple[list[str], list[int]]:
        """Renderings of the labelled training trials, and their labels."""
        told = [(render(each.protocol), each.label.value) for each in self._bench.train if each.label is not None]
        return [text for text, _ in told], [label for _, label in told]


def taught(real: Sequence[str], cells: Sequence[Cell], answers: Sequence[Answer]) -> Critic:
    """A critic of the drafts of `cells` beside `real` texts, and then of what it chose from their lines itself: what it likes
    too well it sees in its own records."""
    critic = Critic.fit(real, [text for own in _whole(cells, answers) for text in own])
    for _ in range(AGAIN):
        chosen = [
            completion.whole(cell, each)
            for cell, answer in zip(cells, answers, strict=True)
            for each in assembled(cell, _finished(answer), cell.count, critic.margins)
        ]
        if not chosen:
            break
        critic = critic.corrected(chosen)
    return critic


def _finished(answer: Answer) -> list[str]:
    return [text for text, finish in zip(answer.texts, answer.finish, strict=True) if finish == "stop"]


def _whole(cells: Sequence[Cell], answers: Sequence[Answer]) -> list[list[str]]:
    return [[completion.whole(cell, each) for each in answer.texts] for cell, answer in zip(cells, answers, strict=True)]
