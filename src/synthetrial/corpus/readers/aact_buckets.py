"""The rows of all tables dealt to buckets by trial: each holds whole trials and fits in memory, and processes can share them.

A bucket is a file of Arrow messages: the schema of a table and some of its rows, again and again, each time sorted by the
portion of the bucket that they are part of. What is known of the dump as a whole stands beside them, in `dump.json`.
"""

from __future__ import annotations

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

BUCKET: Final = 30_000_000
"""Bytes of text in a bucket, about: some 3,500 trials, which a process reads at a time."""
PORTIONS: Final = 5
"""Into how many parts a bucket is cut that become trials at a time, which take ten times as much as their text."""
MOST_BUCKETS: Final = 1_024
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
_Few = np.ndarray[Any, np.dtype[np.uint16]]
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
        schema = batch.schema.with_metadata({_TABLE: table})
        # not compressed: that took seven times as long, and saved a third
        messages = schema.serialize(), batch.serialize()
        with self._locks[number], self.paths[number].open("ab") as file:
            file.writelines(messages)


class Dealer:
    """Deals the rows of one table to the buckets of a pile. A context manager: what is left is dealt at its end."""

    def __init__(self, pile: Pile, table: str) -> None:
        self._pile, self._table = pile, table
        self._waiting: list[pa.RecordBatch] = []
        self._size = 0

    def __enter__(self) -> Dealer:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        import pyarrow as pa

        if kind is None:
            self._deal()
        pa.default_memory_pool().release_unused()

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
            self._put(each)

    def _put(self, batch: pa.RecordBatch) -> None:
        """Append rows to their buckets, where they keep their order within a portion."""
        import pyarrow as pa

        count = len(self._pile.paths)
        spreading = spread(batch.column("nct_id"))
        number = (spreading % count * PORTIONS + _portion(spreading)).astype(np.uint16)  # few bits are quicker to sort
        dealt = batch.take(pa.array(np.argsort(number, kind="stable")))
        for bucket, (begin, end) in enumerate(_ends(number // PORTIONS, count)):
            if end > begin:
                self._pile.append(bucket, self._table, dealt.slice(begin, end - begin))


def _ends(number: Places | _Few, count: int) -> Iterator[tuple[int, int]]:
    """Where the rows of each of `count` numbers begin and end once they are sorted by it."""
    return pairwise([0, *np.cumsum(np.bincount(number, minlength=count)).tolist()])


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


def _portion(found: Places) -> Places:
    """The portion for each of what `spread` gave: by other digits than those that lead to a bucket, which its trials share."""
    return (found * np.uint32(2_246_822_519) >> np.uint32(16)) % np.uint32(PORTIONS)


def describe(folder: Path, dump: Dump) -> None:
    """Write what holds for all buckets in `folder`."""
    (folder / _DUMP).write_bytes(msgspec.json.encode(dump))


def described(bucket: Path) -> Dump:
    """What holds for all trials of the dump that a bucket is part of."""
    return msgspec.json.decode((bucket.parent / _DUMP).read_bytes(), type=Dump)


def portions(bucket: Path) -> Iterator[dict[str, list[pa.RecordBatch]]]:
    """The rows in a bucket by table, some whole trials at a time. The bucket stays where it is, mapped into memory."""
    found: list[dict[str, list[pa.RecordBatch]]] = [{} for _ in range(PORTIONS)]
    for table, batch in load(bucket):
        ends = _ends(_portion(spread(batch.column("nct_id"))), PORTIONS)
        for portion, (begin, end) in zip(found, ends, strict=True):
            if end > begin:
                portion.setdefault(table, []).append(batch.slice(begin, end - begin))
    return filter(None, found)


def load(bucket: Path) -> Iterator[tuple[str, pa.RecordBatch]]:
    """The pieces of tables in a bucket."""
    import pyarrow as pa
    from pyarrow import ipc

    with pa.memory_map(str(bucket)) as file:
        size = file.size()
        while file.tell() < size:
            schema = ipc.read_schema(ipc.read_message(file))
            yield schema.metadata[_TABLE].decode(), ipc.read_record_batch(ipc.read_message(file), schema)
