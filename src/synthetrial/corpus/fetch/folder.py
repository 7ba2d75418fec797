"""The folder that a fetch fills: pages of studies, and what has been asked so far.

    fetch.json                  the query, and round by round (a whole fetch, then updates) what was got and what comes next
    studies/001/00001-00001.jsonl.gz    round 1, run of ids 1, page 1: a study a line, in the bytes that the registry sent

A page counts once `fetch.json` says so, and that is replaced whole: killed anywhere, the same command asks again only for what
was not stored. Files that it does not count are leftovers, and swept by the next that writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from isal import igzip

from synthetrial import __version__
from synthetrial.corpus.fetch.query import Query
from synthetrial.corpus.readers.source import FETCHED, STUDIES
from synthetrial.errors import FetchError
from synthetrial.lock import WriteLock

FORMAT_VERSION: Final = 1
STATE, LOCK = FETCHED, "fetch.lock"


class Run(msgspec.Struct, omit_defaults=True):
    """Pages that follow one another by token: all of a query, or of a run of its ids.

    `token` asks for the next page; `total` is what the registry counts, `missing` the ids asked for that it does not have,
    `restarts` how often it began again because a token had expired. `size` is in bytes, as stored.
    """

    pages: int = 0
    studies: int = 0
    size: int = 0
    total: int | None = None
    token: str | None = None
    done: bool = False
    missing: list[str] = []  # msgspec copies it
    restarts: int = 0


class Round(msgspec.Struct, omit_defaults=True):
    """One pass over the query: studies updated since a day, or all. `data_timestamp` is that of the data it began with,
    `changed_to` that of newer data which came while it went on."""

    runs: list[Run]
    api_version: str
    data_timestamp: str
    since: str | None = None
    changed_to: str | None = None

    @property
    def done(self) -> bool:
        """Whether all is there."""
        return all(each.done for each in self.runs)


class State(msgspec.Struct):
    """`fetch.json`."""

    format_version: int
    synthetrial: str
    url: str
    query: Query
    rounds: list[Round]


class _Version(msgspec.Struct):
    format_version: int


def new(url: str, asked: Query) -> State:
    """The state of a folder in which nothing was fetched."""
    return State(FORMAT_VERSION, __version__, url, asked, [])


def read_state(folder: Path) -> State | None:
    """What was fetched into a folder; None if nothing was. Raises `FetchError` where that cannot be told."""
    file = Path(folder) / STATE
    how = "fetch into another folder"
    if not file.is_file():
        return None
    try:
        content = file.read_bytes()
        version = msgspec.json.decode(content, type=_Version).format_version
        if version != FORMAT_VERSION:
            raise FetchError(f"{file} has format {version}, this is for {FORMAT_VERSION}; {how}")
        return msgspec.json.decode(content, type=State)
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        raise FetchError(f"{file} cannot be read ({error}); {how}") from error


def about(source: Path) -> dict[str, object] | None:
    """What is to be known of a corpus that is read from `source`, a fetch's folder or that of its studies or of a round: url,
    query, API version and the time of the data that all of it is at least of. None if it is no such folder."""
    whole = Path(source).resolve()
    folder = next((each.parent for each in (whole, whole.parent) if each.name == STUDIES), whole)
    try:
        state = read_state(folder) if whole.is_dir() else None
    except FetchError:  # another program's file of this name, or a later version of ours
        return None
    if state is None or not state.rounds:
        return None
    last = ([each for each in state.rounds if each.done] or state.rounds)[-1]
    return {
        "url": state.url,
        "query": msgspec.json.decode(msgspec.json.encode(state.query)),
        "api_version": last.api_version,
        "data_timestamp": last.data_timestamp,
        "complete": last.done,
    }


def about_all(sources: Sequence[Path]) -> dict[str, object] | None:
    """What is to be known of a corpus that is built from `sources`: as `about`, where one query gave all of them, else None."""
    found = [about(each) for each in sources]
    told = [each for each in found if each is not None]
    if not told or len(told) < len(found) or any(_asked(each) != _asked(told[0]) for each in told):
        return None
    return min(told, key=lambda each: str(each["data_timestamp"]))


def about_updated(old: Mapping[str, object] | None, sources: Sequence[Path]) -> dict[str, object] | None:
    """What is to be known of a corpus of which `old` was known and which `sources` update: theirs where they hold newer data of
    the same query, else the old."""
    new = about_all(sources)
    if old is None or new is None or _asked(new) != _asked(old):
        return None if old is None else dict(old)
    return max(new, dict(old), key=lambda each: str(each.get("data_timestamp")))


def _asked(told: Mapping[str, object]) -> tuple[object, object]:
    return told.get("url"), told.get("query")


def round_folders(folder: Path, state: State) -> tuple[Path, ...]:
    """The folders with the studies of each round that has any."""
    numbered = enumerate(state.rounds, 1)
    return tuple(_round(folder, number) for number, each in numbered if any(run.pages for run in each.runs))


@contextmanager
def opened(folder: Path) -> Iterator[None]:
    """The right to fetch into a folder, which may be missing, empty, or one that was fetched into before.

    Raises `FetchError` where it is something else, another process writes to it, or the disk cannot be written.
    """
    folder = Path(folder)
    if folder.exists() and not _is_ours(folder):
        raise FetchError(f"{folder} exists and was not made by a fetch: choose another folder")
    lock = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = WriteLock(folder, "fetch", FetchError)
        yield
    except OSError as error:
        raise FetchError(
            f"{folder} cannot be written: {error.strerror or error}; free the disk, then run the same command again: it goes on"
            " where it stopped"
        ) from error
    finally:
        if lock is not None:
            lock.release()


def save(folder: Path, state: State) -> None:
    """Let the folder's content be what `state` says."""
    _replace(folder / STATE, msgspec.json.format(msgspec.json.encode(state), indent=1) + b"\n")


def write_page(path: Path, studies: Sequence[msgspec.Raw]) -> int:
    """Store the studies of a page, one a line; the size of the file in bytes."""
    # no string of valid JSON holds a line feed: where one stands between values, a blank says the same
    lines = b"".join(bytes(each).replace(b"\n", b" ") + b"\n" for each in studies)
    packed = igzip.compress(lines, 2)
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, packed)
    return len(packed)


def page_file(folder: Path, round_number: int, run_number: int, run: Run, page: int) -> Path:
    """Where a page is stored; numbers are from 1."""
    again = f"r{run.restarts}" if run.restarts else ""
    return _round(folder, round_number) / f"{run_number:05}{again}-{page:05}.jsonl.gz"


def sweep(folder: Path, state: State) -> None:
    """Remove the files that `state` does not count."""
    named = {
        page_file(folder, round_number, run_number, run, page)
        for round_number, each in enumerate(state.rounds, 1)
        for run_number, run in enumerate(each.runs, 1)
        for page in range(1, run.pages + 1)
    }
    for each in (folder / STUDIES).glob("*/*"):
        if each not in named:
            each.unlink()
    if gone := [each for each in named if not each.is_file()]:
        raise FetchError(f"{min(gone)} is missing, which {folder / STATE} counts as fetched; fetch into another folder")


def _round(folder: Path, number: int) -> Path:
    return Path(folder) / STUDIES / f"{number:03}"


def _is_ours(folder: Path) -> bool:
    return folder.is_dir() and (
        (folder / STATE).is_file() or all(each.name in (LOCK, f".{STATE}.part") for each in folder.iterdir())
    )


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that there is the old one or the new one, whole, after a power cut too."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
