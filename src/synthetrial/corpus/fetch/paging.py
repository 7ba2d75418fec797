"""The pages of a round, one after another by their tokens, each stored as it comes.

While a page is written the next is asked for. A list of ids is cut into runs, some of which go on at once. What was stored is
never asked for again; a page token that the registry no longer knows makes its run begin anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from synthetrial.corpus.fetch.folder import Round, Run, State, page_file, save, write_page
from synthetrial.corpus.fetch.missing import missing
from synthetrial.corpus.fetch.query import parameters
from synthetrial.corpus.fetch.registry import Page, Registry
from synthetrial.corpus.fetch.wire import RefusedQueryError
from synthetrial.errors import FetchError

PAGE_SIZE: Final = 1000
"""The most that the API gives."""
AT_ONCE: Final = 4
"""Runs of ids that go on at once."""
MOST_RESTARTS: Final = 2
"""How often a run may begin anew before the refusal of its token is an error."""


class Progress(msgspec.Struct, frozen=True):
    """How far a round is: studies stored, of how many (None: not told yet), and pages."""

    studies: int
    total: int | None
    pages: int


Watch = Callable[[Progress], None]
Tell = Callable[[str], None]


def progress(each: Round) -> Progress:
    """How far a round is."""
    totals = [run.total for run in each.runs if run.total is not None]
    return Progress(
        studies=sum(run.studies for run in each.runs),
        total=sum(totals) if len(totals) == len(each.runs) else None,
        pages=sum(run.pages for run in each.runs),
    )


class Paging:
    """What the last round of `state` lacks, to be fetched into `folder`; `cut` has the ids of each of its runs.

    Pages are of `page_size` studies; after `most` studies of the round it stops.
    """

    def __init__(
        self,
        registry: Registry,
        state: State,
        folder: Path,
        cut: Sequence[Sequence[str]],
        *,
        page_size: int,
        most: int | None,
        watch: Watch,
        tell: Tell,
    ) -> None:
        self.registry, self.state, self.folder, self.cut = registry, state, folder, cut
        self.page_size, self.most, self.watch, self.tell = page_size, most, watch, tell
        self.round = state.rounds[-1]

    async def all_runs(self) -> None:
        """Fetch what is not there. Raises `FetchError`, and `OSError` where a page cannot be stored."""
        waiting = iter([number for number, each in enumerate(self.round.runs) if not each.done])

        async def work() -> None:
            for number in waiting:
                await self._run(number)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(1 if self.most else min(AT_ONCE, len(self.round.runs))):
                    group.create_task(work())
        except BaseExceptionGroup as errors:
            raise _first(errors) from None

    async def _run(self, number: int) -> None:
        """All pages of a run that are not there yet."""
        for left in range(MOST_RESTARTS, -1, -1):
            run = self.round.runs[number]
            try:
                await self._pages(number, run)
            except RefusedQueryError as error:
                if run.token is None or not left:
                    raise
                self._restart(number, run, str(error))
            else:
                return

    async def _pages(self, number: int, run: Run) -> None:
        fixed = parameters(self.state.query, self.cut[number], self.round.since)
        token, asked = run.token, progress(self.round).studies
        storing: asyncio.Task[None] | None = None
        try:
            while size := self._room(asked):
                ask = {"pageToken": token} if token else {"countTotal": "true"}
                page = await self.registry.page({**fixed, "pageSize": str(size), **ask})
                if token is not None and page.next_page_token == token:
                    raise FetchError(f"{self.registry.where}/studies: a page that names itself as the next; try again later")
                if storing is not None:
                    await storing
                storing = asyncio.create_task(self._store(number, run, page))
                token, asked = page.next_page_token, asked + len(page.studies)
                if token is None:
                    break
        finally:
            if storing is not None:  # what has come is kept, whatever ended this
                await asyncio.shield(storing)

    def _room(self, asked: int) -> int:
        """How many studies the next page may have."""
        return self.page_size if self.most is None else max(0, min(self.page_size, self.most - asked))

    async def _store(self, number: int, run: Run, page: Page) -> None:
        if page.studies:  # a page may be empty
            file = self._file(number, run, run.pages + 1)
            run.size += await asyncio.to_thread(write_page, file, page.studies)
            run.pages += 1
        run.studies += len(page.studies)
        run.total = run.total if page.total_count is None else page.total_count
        run.token, run.done = page.next_page_token, page.next_page_token is None
        if run.done and len(self.cut[number]) > 0:
            run.missing = await asyncio.to_thread(missing, self.cut[number], self._files(number, run))
        save(self.folder, self.state)
        self.watch(progress(self.round))

    def _file(self, number: int, run: Run, page: int) -> Path:
        return page_file(self.folder, len(self.state.rounds), number + 1, run, page)

    def _files(self, number: int, run: Run) -> list[Path]:
        return [self._file(number, run, page) for page in range(1, run.pages + 1)]

    def _restart(self, number: int, run: Run, why: str) -> None:
        """Begin a run anew. Its pages go once the state no longer counts them."""
        self.tell(f"{why.partition(';')[0]}: the page token has expired; beginning again from the first page")
        old = self._files(number, run)
        self.round.runs[number] = Run(restarts=run.restarts + 1)
        save(self.folder, self.state)
        for each in old:
            each.unlink(missing_ok=True)


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    found: BaseException = errors
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
