"""The sources of a corpus, read by as many processes as there are cores: each unit of them into a partition of its own."""

from __future__ import annotations

import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from synthetrial.aside import mapped
from synthetrial.corpus import parquet
from synthetrial.corpus.draft import SCRATCH, Draft
from synthetrial.corpus.labelling import Labelling, label_of
from synthetrial.corpus.manifest import SourceFile, content, source_file
from synthetrial.corpus.readers import Reject, postgres
from synthetrial.corpus.readers.source import Unit, dealt, of_database, read_unit, units
from synthetrial.errors import CorpusError

ONE_PROCESS: Final = 20_000_000
"""Bytes of sources that this process reads alone: others take a second to start."""

Watch = Callable[[int, int, int], None]
"""(bytes read so far, bytes in all, records so far) of a build that goes on."""


class _Task(msgspec.Struct, frozen=True):
    """A unit to read into `target`."""

    unit: Unit
    target: Path
    how: Labelling
    allow_synthetic: bool


class Part(msgspec.Struct, frozen=True):
    """What came of a unit: the partition, its rows, and what was said of records that are not in it or lost a value."""

    file: Path
    rows: int
    rejects: list[Reject]
    warnings: Counter[str]


def _work(task: _Task) -> Part:
    """Read a unit, label its trials and write them to a partition."""
    warnings: Counter[str] = Counter()
    rejects: list[Reject] = []
    labelled, rows = label_of(task.how), 0
    with parquet.Writer(task.target) as writer:
        for each in read_unit(task.unit, allow_synthetic=task.allow_synthetic, warnings=warnings):
            if isinstance(each, Reject):
                rejects.append(each)
            else:
                writer.add(msgspec.structs.replace(each, label=labelled(each)), content(each))
                rows += 1
    if task.unit.bucket:  # what dumps are dealt to takes as much room as they do unpacked
        task.unit.path.unlink()
    return Part(task.target, rows, rejects, warnings)


def existing(sources: Sequence[Path | str]) -> list[Path | str]:
    """Paths, and addresses of databases as they are. Raises `CorpusError` for a file that is not there."""
    found = [each if isinstance(each, str) and postgres.is_url(each) else Path(each) for each in sources]
    for each in found:
        if isinstance(each, Path) and not each.exists():
            raise CorpusError(f"{each}: no such file or folder; give a registry file, folder or zip")
    return found


def shown(source: Path | str) -> str:
    """A source as messages name it: an address without its password."""
    return postgres.shown(source) if isinstance(source, str) else str(source)


def _source_file(source: Path | str) -> SourceFile:
    return SourceFile(postgres.shown(source), 0, "") if isinstance(source, str) else source_file(source)


@contextmanager
def hashed(sources: Sequence[Path | str]) -> Iterator[Iterator[SourceFile]]:
    """Size and hash of each source, had in a thread while they are read."""
    thread = ThreadPoolExecutor(1)
    try:
        yield thread.map(_source_file, sources)
    finally:
        thread.shutdown(cancel_futures=True)


def read_all(
    made: Draft, sources: Sequence[Path | str], how: Labelling, allow_synthetic: bool, workers: int | None, watch: Watch
) -> list[Part]:
    """Every unit of the sources in a partition of `made` of its own, in order; large ones by `workers` processes."""
    warnings: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix=f"{SCRATCH}-", dir=made.folder) as folder:
        scratch = Path(folder)
        cut: deque[Unit] = deque()
        for source in sources:
            if isinstance(source, str):
                cut.extend(of_database(source, scratch, warnings))
            else:
                cut.extend(each for unit in units(source) for each in dealt(unit, scratch, warnings))
        sizes = [each.size for each in cut]
        tasks = (_Task(cut.popleft(), made.partition(), how, allow_synthetic) for _ in sizes)
        parts: list[Part] = []
        records = 0
        for each in mapped(_work, tasks, 1 if sum(sizes) < ONE_PROCESS else workers):
            parts.append(each)
            records += each.rows
            watch(sum(sizes[: len(parts)]), sum(sizes), records)
    if parts:
        parts[0].warnings.update(warnings)
    return parts


def told(parts: Sequence[Part]) -> tuple[list[Reject], Counter[str]]:
    """The rejects and the warnings of all parts."""
    warnings: Counter[str] = Counter()
    for each in parts:
        warnings.update(each.warnings)
    return [reject for each in parts for reject in each.rejects], warnings
