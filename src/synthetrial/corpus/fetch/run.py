"""Fetching the studies of a query into a folder, going on with that, and bringing it up to date."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from synthetrial.corpus.fetch import since as days
from synthetrial.corpus.fetch.folder import Round, Run, State, new, opened, read_state, save, sweep
from synthetrial.corpus.fetch.paging import PAGE_SIZE, Paging, Tell, Watch, progress
from synthetrial.corpus.fetch.query import Query, chunks, parameters
from synthetrial.corpus.fetch.registry import API, RATE, SECONDS, Registry
from synthetrial.errors import FetchError, UsageError
from synthetrial.retry import Sleep

_AGAIN: Final = 0.5
"""Seconds after which a task that was cancelled and goes on is cancelled again."""


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a folder after a fetch: studies (an update's may be newer versions of others), pages and bytes on the disk.

    `done` is false where `most` ended it; `total` is what the registry counts for the last round. `new_studies` and `requests`
    are of this call; `missing` are ids asked for that the registry does not have. `since` is the day from which on the last
    round asked.
    """

    folder: str
    done: bool
    studies: int
    pages: int
    size: int
    total: int | None
    new_studies: int
    requests: int
    missing: tuple[str, ...]
    since: str | None
    api_version: str
    data_timestamp: str


def fetch(
    asked: Query,
    folder: Path,
    *,
    ids: Sequence[str] = (),
    since: str | None = None,
    update: bool = False,
    corpus: Path | None = None,
    url: str = API,
    rate: float = RATE,
    page_size: int = PAGE_SIZE,
    most: int | None = None,
    seconds: float = SECONDS,
    sleep: Sleep = asyncio.sleep,
    watch: Watch = lambda progress: None,
    tell: Tell = lambda text: None,
) -> Fetched:
    """Fetch the studies of a query into `folder`, or go on with that.

    `ids` is the list that the query counts; `since` a day from which on studies were updated. `update` asks for what is newer
    than the last fetch of the folder, or in a new folder than `corpus`. At most `rate` requests a minute are made, each of
    `page_size` studies and of `seconds`; after `most` studies it stops, and can be gone on with. `tell` is given notes.

    Raises `FetchError` where the registry cannot be asked or the folder holds something else, `CorpusError` for a `corpus` that
    cannot be read, `UsageError` for options that make no sense.
    """
    if not 1 <= page_size <= PAGE_SIZE:
        raise UsageError(f"--page-size is 1 to {PAGE_SIZE:,}, not {page_size}")
    if not rate > 0:
        raise UsageError(f"--rate is a number of requests a minute, not {rate:g}")
    if most is not None and most < 1:
        raise UsageError(f"--max is at least 1, not {most}")
    if update and since:
        raise UsageError("--update finds its day by itself: give it or --since, not both")
    cut = list(chunks(ids))
    parameters(asked, cut[0], since or "2000-01-01")  # too long a query is told before anything is made
    registry = Registry(url, rate=rate, seconds=seconds, sleep=sleep)
    folder = Path(folder)
    with opened(folder):
        state = read_state(folder) or new(registry.where, asked)
        _same(state, asked, registry.where, since, update, folder)
        sweep(folder, state)

        async def made() -> int:
            _stop_on_interrupt()
            async with registry:
                if await _to_do(registry, state, folder, len(cut), since, update, corpus, tell):
                    paging = Paging(registry, state, folder, cut, page_size=page_size, most=most, watch=watch, tell=tell)
                    watch(progress(state.rounds[-1]))
                    await paging.all_runs()
                    await _ended(registry, state, folder, tell)
            return registry.requests

        before = _studies(state)
        try:
            requests = asyncio.run(made())
        except asyncio.CancelledError as error:
            raise KeyboardInterrupt from error
    return _fetched(folder, state, before, requests)


def _stop_on_interrupt() -> None:
    """Cancel this task on SIGINT, again and again until it ends: a cancellation that comes as a call ends can be lost in
    `asyncio.wait_for` (Python 3.11 and before), which the HTTP client uses."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def interrupted() -> None:
        if task is not None and not task.done():
            task.cancel()
            loop.call_later(_AGAIN, interrupted)

    # elsewhere than in the main thread, and on Windows, the interpreter's own way has to do
    with suppress(NotImplementedError, RuntimeError, ValueError):
        loop.add_signal_handler(signal.SIGINT, interrupted)


async def _to_do(
    registry: Registry,
    state: State,
    folder: Path,
    runs: int,
    since: str | None,
    update: bool,
    corpus: Path | None,
    tell: Tell,
) -> bool:
    """Whether there is something to fetch: a round that is not done, or a new one, which is opened."""
    last = state.rounds[-1] if state.rounds else None
    if last and last.done and not update:
        tell(f"{folder} is complete: {_studies(state):,} studies; --update brings what is newer")
        return False
    if last is None and update:
        if corpus is None:
            raise UsageError(f"--update: {folder} holds no earlier fetch; give --corpus C, or --since DATE")
        since = days.of_corpus(corpus, state.query)
    version = await registry.version()
    if last and not last.done:
        have = progress(last)
        tell(f"going on with {folder}: {have.studies:,} studies in {have.pages:,} pages are there")
        _changed(state, folder, version.data_timestamp, tell)
        return True
    if last:
        if last.data_timestamp == version.data_timestamp:
            tell(f"nothing is newer: the registry's data are of {version.data_timestamp}, as at the last fetch")
            return False
        since = days.after(last.data_timestamp)
    state.rounds.append(Round([Run() for _ in range(runs)], version.api_version, version.data_timestamp, since))
    save(folder, state)
    return True


async def _ended(registry: Registry, state: State, folder: Path, tell: Tell) -> None:
    """Tell what a round that is done may lack."""
    last = state.rounds[-1]
    if not last.done:
        return
    _changed(state, folder, (await registry.version()).data_timestamp, tell)
    have = progress(last)
    if have.total is not None and have.studies != have.total:
        tell(f"the registry counted {have.total:,} studies and gave {have.studies:,}")


def _changed(state: State, folder: Path, timestamp: str, tell: Tell) -> None:
    last = state.rounds[-1]
    if timestamp not in (last.data_timestamp, last.changed_to):
        last.changed_to = timestamp
        save(folder, state)
        tell(
            f"the registry's data changed from {last.data_timestamp} to {timestamp} meanwhile: pages may overlap (the newest"
            " version of a study is kept) or lack a study; --update brings what is newer"
        )


def _same(state: State, asked: Query, url: str, since: str | None, update: bool, folder: Path) -> None:
    """Raises `FetchError` where the folder holds what another query, or another registry, gave."""
    first = state.rounds[0].since if state.rounds else None
    if state.url != url:
        raise FetchError(f"{folder} was fetched from {state.url}, not {url}; choose another folder")
    if state.query != asked:
        raise FetchError(f"{folder} holds {state.query.said()}, this is {asked.said()}; choose another folder")
    if state.rounds and not update and since != first:
        held, now = (f"studies updated since {each}" if each else "studies of any date" for each in (first, since))
        raise FetchError(f"{folder} holds {held}, this is for {now}; choose another folder, or give --update")


def _studies(state: State) -> int:
    return sum(run.studies for each in state.rounds for run in each.runs)


def _fetched(folder: Path, state: State, before: int, requests: int) -> Fetched:
    last = state.rounds[-1]
    runs = [run for each in state.rounds for run in each.runs]
    return Fetched(
        folder=str(folder),
        done=last.done,
        studies=_studies(state),
        pages=sum(each.pages for each in runs),
        size=sum(each.size for each in runs),
        total=progress(last).total,
        new_studies=max(0, _studies(state) - before),
        requests=requests,
        missing=tuple(sorted(each for run in last.runs for each in run.missing)),
        since=last.since,
        api_version=last.api_version,
        data_timestamp=last.data_timestamp,
    )
