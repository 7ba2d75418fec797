"""The critics of a run: taught by the first drafts of its first cells, and anew as more of them are there.

Which drafts teach the critic of a cell follows from the cell's place in the plan alone, so that a run that was stopped goes on
with the same one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from synthetrial.generate.drafting import first_drafts
from synthetrial.generate.workbench import Workbench
from synthetrial.generate.written import Ask, Source
from synthetrial.plan import Cell
from synthetrial.run.store import RunStore
from synthetrial.text import render
from synthetrial.verify.critic import Critic

MOST_TAUGHT: Final = 8
"""A critic is taught anew by twice the cells until they are so many times those that the first one was taught by."""


class Critics:
    """Fitted when first asked for; `ask_of` gives a cell's `ask`."""

    def __init__(self, source: Source, bench: Workbench, store: RunStore, ask_of: Callable[[Cell], Ask]) -> None:
        self._source, self._bench, self._store, self._ask_of = source, bench, store, ask_of
        self._fitted: dict[int, asyncio.Task[Critic]] = {}

    async def of(self, cell: Cell) -> Critic:
        """The critic of a cell's drafts. Raises what asking for drafts raises."""
        cells = taught_by(cell.index, self._source.recipe.write.critic)
        if cells not in self._fitted:
            self._fitted[cells] = asyncio.create_task(self._fit(cells))
        return await self._fitted[cells]

    async def _fit(self, cells: int) -> Critic:
        first = [each for each in self._store.planned() if each.index < cells]
        found = await asyncio.gather(
            *(first_drafts(self._source, each, self._bench.exemplars(each), self._ask_of(each)) for each in first)
        )
        real = [render(each.protocol) for each in self._bench.train if each.label is not None]
        return await asyncio.to_thread(Critic.fit, real, [text for texts in found for text in texts])


def taught_by(index: int, first: int) -> int:
    """How many cells, from the plan's beginning, teach the critic of the cell `index`, where `first` teach the first one."""
    cells = first
    while 2 * cells <= min(index, MOST_TAUGHT * first):
        cells *= 2
    return cells
