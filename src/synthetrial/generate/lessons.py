"""What a run learns from its own first drafts: the tilt of its words, and the critic, taught anew as more drafts are there.

Which drafts teach what a cell is written with follows from the cell's place in the plan alone, so that a run that was stopped
goes on with the same lessons.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cached_property
from typing import Final

import msgspec

from synthetrial.generate.drafting import first_drafts
from synthetrial.generate.workbench import Workbench
from synthetrial.generate.written import Ask, Source
from synthetrial.plan import Cell
from synthetrial.run.store import RunStore
from synthetrial.text import render
from synthetrial.verify import tilt
from synthetrial.verify.critic import Critic

MOST_TAUGHT: Final = 8
"""A critic is taught anew by twice the cells until they are so many times those that the first one was taught by."""


class Lessons:
    """Learnt when first asked for; `ask_of` gives a cell's `ask`."""

    def __init__(self, source: Source, bench: Workbench, store: RunStore, ask_of: Callable[[Cell], Ask]) -> None:
        self._source, self._bench, self._store, self._ask_of = source, bench, store, ask_of
        self._tilted: asyncio.Task[Source] | None = None
        self._critics: dict[int, asyncio.Task[Critic]] = {}

    async def of(self, cell: Cell) -> Source:
        """What a cell is written with. Raises what asking for drafts raises."""
        options = self._source.recipe.write
        source = self._source
        if options.tilt or options.label_tilt:
            if self._tilted is None:
                self._tilted = asyncio.create_task(self._tilt(options.critic))
            source = await self._tilted
        cells = taught_by(cell.index, options.critic)
        if cells not in self._critics:
            self._critics[cells] = asyncio.create_task(self._critic(source, cells))
        return msgspec.structs.replace(source, critic=await self._critics[cells])

    async def _tilt(self, cells: int) -> Source:
        drafts = await self._drafts(self._source, cells, untaught=True)
        options = self._source.recipe.write
        learnt = await asyncio.to_thread(tilt.learn, *self._real, drafts, options.tilt, options.label_tilt)
        return msgspec.structs.replace(self._source, tilts=learnt)

    async def _critic(self, source: Source, cells: int) -> Critic:
        drafts = await self._drafts(source, cells)
        return await asyncio.to_thread(Critic.fit, self._real[0], [text for each in drafts for text in each])

    async def _drafts(self, source: Source, cells: int, *, untaught: bool = False) -> list[list[str]]:
        """First drafts of the first cells of the plan."""
        first = [each for each in self._store.planned() if each.index < cells]
        exemplars = self._bench.exemplars
        return await asyncio.gather(
            *(first_drafts(source, each, exemplars(each), self._ask_of(each), untaught=untaught) for each in first)
        )

    @cached_property
    def _real(self) -> tuple[list[str], list[int]]:
        """Renderings of the labelled training trials, and their labels."""
        told = [(render(each.protocol), each.label.value) for each in self._bench.train if each.label is not None]
        return [text for text, _ in told], [label for _, label in told]


def taught_by(index: int, first: int) -> int:
    """How many cells, from the plan's beginning, teach the critic of the cell `index`, where `first` teach the first one."""
    cells = first
    while 2 * cells <= min(index, MOST_TAUGHT * first):
        cells *= 2
    return cells
