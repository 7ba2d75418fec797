"""The rows of all tables dealt to buckets by trial: each holds whole trials and fits in memory, and processes can share them.

A bucket is a file of Arrow streams on end, each a piece of one table. What is known of the dump as a whole stands beside
them, in `dump.json`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from synthetrial.corpus.readers.reject import Reject

if TYPE_CHECKING:
    import pyarrow as pa

BUCKET: Final = 60_000_000
"""Bytes of text in a bucket, about: some seven thousand trials, which a process reads at a time."""
PORTION: Final = 6_000_000
"""Bytes of text that become trials at a time, which take ten times as much."""
MOST_BUCKETS: Final = 512
DEALT: Final = 8_000_000
"""Bytes of a table that are dealt at a time."""
_DUMP: Final = "dump.json"
_TABLE: Final = b"table"


class Dump(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for all trials of a dump: whether `~` stands for a newline, and whether it says when results came."""

    tilde: bool
    results_known: bool


class Spilled(msgspec.Struct, frozen=True):
    """A dump on disk: its buckets, and what could not be read of its tables."""

    buckets: tuple[Path, ...]
    rejects: tuple[Reject, ...]


Places = np.ndarray[Any, np.dtype[np.uint32]]
Put = Callable[["pa.RecordBatch"], None]
"""Takes rows of a table in."""


def count(size: int) -> int:
    """How many buckets `size` bytes of tables are dealt to."""
    return min(MOST_BUCKETS, 1 + size // BUCKET)


class Pile:
    """Buckets being written in `folder`, by any number of threads, in place of those that are there."""

    def __init__(self, folder: Path, count: int) -> None:
        self.paths: Final = [folder / f"{number:03}.arrow" for number in range(count)]
        self._locks = [Lock() for _ in self.paths]
        for each in self.paths:
            each.unlink(missing_ok=True)

    def append(self, number: int, table: str, batch: pa.RecordBatch) -> None:
        """Append rows of `table` to a bucket."""
        from pyarrow import ipc

        out = io.BytesIO()
        schema = batch.schema.with_metadata({_TABLE: table})
        # not compressed: that took seven times as long, and saved a third
        with ipc.new_stream(out, schema) as writer:
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))
        with self._locks[number], self.paths[number].open("ab") as file:
            file.write(out.getbuffer())


class Dealer:
    """Deals the rows of one table to the buckets of a pile. A context manager: what is left is dealt at its end."""

    def __init__(self, pile: Pile, table: str) -> None:
        self._pile, self._table = pile, table
        self._waiting: list[pa.RecordBatch] = []
        self._size = 0

    def __enter__(self) -> Dealer:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._deal()

    def put(self, batch: pa.RecordBatch) -> None:
        """Take rows in."""
        self._waiting.append(batch)
        self._size += batch.nbytes
        if self._size >= DEALT:
            self._deal()

    def _deal(self) -> None:
        import pyarrow as pa

        if not self._waiting:
            return
        whole = pa.Table.from_batches(self._waiting).combine_chunks().to_batches()
        self._waiting, self._size = [], 0
        for each in whole:
            number = spread(each.column("nct_id")) % len(self._pile.paths)
            for bucket, rows in _Deal(each, number, len(self._pile.paths)).parts():
                self._pile.append(bucket, self._table, rows)
        pa.default_memory_pool().release_unused()


class _Deal:
    """A batch whose rows go to `count` parts, each by its `number`; they keep their order."""

    def __init__(self, batch: pa.RecordBatch, number: Places, count: int) -> None:
        self._batch = batch
        self._order = np.argsort(number, kind="stable")
        self.ends: Final[list[int]] = [0, *np.cumsum(np.bincount(number, minlength=count)).tolist()]

    def part(self, part: int) -> pa.RecordBatch:
        """The rows of a part."""
        import pyarrow as pa

        return self._batch.take(pa.array(self._order[self.ends[part] : self.ends[part + 1]]))

    def parts(self) -> Iterator[tuple[int, pa.RecordBatch]]:
        """All parts that have rows, which costs less at once than one by one."""
        import pyarrow as pa

        dealt = self._batch.take(pa.array(self._order))
        for part, (begin, end) in enumerate(pairwise(self.ends)):
            if end > begin:
                yield part, dealt.slice(begin, end - begin)


def spread(ids: pa.StringArray) -> Places:
    """A number for each id, the same wherever it stands: its bytes as digits to the base 31, mixed."""
    count = len(ids)
    _, offsets, text = ids.buffers()
    ends = np.frombuffer(offsets, np.int32)[ids.offset : ids.offset + count + 1].astype(np.int64)
    widths = np.diff(ends)
    found = np.zeros(count, np.uint32)
    data = np.frombuffer(text, np.uint8) if text else np.zeros(0, np.uint8)
    widest = int(widths.max(initial=0))
    if count and widest == widths.min():
        for digits in data[ends[0] : ends[-1]].reshape(count, widest).T:
            found = found * np.uint32(31) + digits
        return _mixed(found)
    for place in range(widest):
        there = np.flatnonzero(widths > place)
        found[there] = found[there] * np.uint32(31) + data[ends[there] + place]
    return _mixed(found)


def _mixed(found: Places) -> Places:
    """Numbers that follow one another, far apart."""
    return (found * np.uint32(2_654_435_761)) >> np.uint32(12)


def _scattered(found: Places) -> Places:
    """The same for numbers that `_mixed` gave."""
    return (found * np.uint32(2_246_822_519)) >> np.uint32(16)


def describe(folder: Path, dump: Dump) -> None:
    """Write what holds for all buckets in `folder`."""
    (folder / _DUMP).write_bytes(msgspec.json.encode(dump))


def described(bucket: Path) -> Dump:
    """What holds for all trials of the dump that a bucket is part of."""
    return msgspec.json.decode((bucket.parent / _DUMP).read_bytes(), type=Dump)


def portions(bucket: Path) -> Iterator[dict[str, list[pa.RecordBatch]]]:
    """The rows in a bucket by table, some whole trials at a time. The bucket stays where it is, mapped into memory."""
    found = load(bucket)
    count = 1 + bucket.stat().st_size // PORTION
    # other digits than those that led to this bucket, which all its trials share
    deals = {
        table: [_Deal(each, _scattered(spread(each.column("nct_id"))) % count, count) for each in found[table]]
        for table in found
    }
    for part in range(count):
        rows = {table: [each.part(part) for each in deals[table] if each.ends[part] < each.ends[part + 1]] for table in deals}
        yield {table: each for table, each in rows.items() if each}


def load(bucket: Path) -> dict[str, list[pa.RecordBatch]]:
    """The rows in a bucket by table."""
    import pyarrow as pa
    from pyarrow import ipc

    found: dict[str, list[pa.RecordBatch]] = {}
    with pa.memory_map(str(bucket)) as file:
        size = file.size()
        while file.tell() < size:
            for table, batch in _stream(ipc.open_stream(file)):
                found.setdefault(table, []).append(batch)
    return found


def _stream(reader: Any) -> Iterator[tuple[str, pa.RecordBatch]]:
    table = reader.schema.metadata[_TABLE].decode()
    for batch in reader:
        yield table, batch
