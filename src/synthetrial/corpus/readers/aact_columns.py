"""AACT's tables as columns: many rows at a time through pyarrow's CSV reader, which is what makes a dump of 5 GB quick.

Whatever that reader stumbles over (bytes that are not UTF-8, a compressed stream that breaks off, a stray quote) is left to
`aact_tables.rows`, which goes on behind the last row that was read, so both give the same rows.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from synthetrial.corpus.readers import aact_tables
from synthetrial.corpus.readers.aact_tables import WANTED, Dialect, rows, width_fault
from synthetrial.corpus.readers.reject import READ_FAULTS, UnreadableError

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK: Final = 2_000_000
"""Bytes that are parsed at a time, or more where a row is longer."""
_ROWS: Final = 10_000
_BOM: Final = b"\xef\xbb\xbf"
_QUOTE: Final = ord('"')
_NEWLINE: Final = ord("\n")
_EDGE: Final = np.isin(np.arange(256), list(b'|\r\n"'))
"""Which bytes may stand outside of a quote."""


class _OddError(Exception):
    """A table that the two readers would read differently."""


def batches(table: str, opened: Callable[[], BinaryIO], how: Dialect, bad: list[UnreadableError]) -> Iterator[pa.RecordBatch]:
    """The rows of a table as record batches of the columns of `WANTED`, all strings; "" where the table lacks one.

    Rows of another width than the header go to `bad`. Raises `UnreadableError` where the table breaks off, after the rows
    before that.
    """
    import pyarrow as pa

    seen = 0
    odd: list[UnreadableError] = []
    try:
        with opened() as stream:
            for each in _parsed(table, stream, how, odd):
                yield each
                seen += each.num_rows
        bad.extend(odd)
        return
    except (pa.ArrowInvalid, UnicodeDecodeError, csv.Error, _OddError, *READ_FAULTS):
        pass  # told by the other reader
    with opened() as stream:
        found = itertools.islice(rows(table, stream, how, bad), seen, None)
        while part := _taken(found):
            yield from_rows(table, part.rows)
            if part.fault:
                raise part.fault


class _Taken:
    """Rows, and what ended them."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.fault: UnreadableError | None = None

    def __bool__(self) -> bool:
        return bool(self.rows or self.fault)


def _taken(found: Iterator[list[str]]) -> _Taken:
    taken = _Taken()
    try:
        for each in itertools.islice(found, _ROWS):
            taken.rows.append(each)
    except UnreadableError as error:
        taken.fault = error
    return taken


def from_rows(table: str, found: Sequence[Sequence[str]]) -> pa.RecordBatch:
    """Rows of `table` in the order of `WANTED` as a record batch."""
    import pyarrow as pa

    columns = zip(*found, strict=True) if found else ((),) * len(WANTED[table])
    return pa.RecordBatch.from_arrays([pa.array(each, pa.string()) for each in columns], names=list(WANTED[table]))


def _parsed(table: str, stream: BinaryIO, how: Dialect, odd: list[UnreadableError]) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    from pyarrow import csv as columns

    text = stream.readline().removeprefix(_BOM).decode().rstrip("\r\n")
    header = next(csv.reader([text], delimiter="|"), []) if how.quoted else text.split("|")
    if "nct_id" not in header or "\r" in text or '"' in "".join(header):
        raise _OddError
    names = [each for each in WANTED[table] if each in header]
    places = [str(header.index(each)) for each in names]
    before = 1

    def skipped(row: Any) -> str:
        first = (
            next(csv.reader(io.StringIO(row.text, newline=""), delimiter="|"), [""])[0]
            if how.quoted
            else row.text.split("|")[0]
        )
        odd.append(width_fault(before + row.number, row.actual_columns, row.expected_columns, first))
        return "skip"

    parsing = columns.ParseOptions(
        delimiter="|",
        quote_char='"' if how.quoted else False,
        newlines_in_values=how.quoted,
        invalid_row_handler=skipped,
    )
    wanted = columns.ConvertOptions(
        include_columns=places, column_types=dict.fromkeys(places, pa.string()), strings_can_be_null=False
    )
    numbers = [str(place) for place in range(len(header))]
    for block in _blocks(stream, how):
        reading = columns.ReadOptions(column_names=numbers, use_threads=False, block_size=len(block) + 1)
        told = len(odd)
        # from memory: from a stream pyarrow reads ahead in a thread, which needs this interpreter and can outlive it
        found = columns.read_csv(pa.BufferReader(block), read_options=reading, parse_options=parsing, convert_options=wanted)
        before += found.num_rows + len(odd) - told
        held = dict(zip(names, found.columns, strict=True))
        yield from _complete(table, held, found.num_rows)


def _complete(table: str, held: dict[str, pa.ChunkedArray], count: int) -> list[pa.RecordBatch]:
    """Columns with those that the table lacks."""
    import pyarrow as pa

    lacking = pa.chunked_array([pa.repeat("", count)])
    columns = [held.get(name, lacking) for name in WANTED[table]]
    found: list[pa.RecordBatch] = pa.Table.from_arrays(columns, names=list(WANTED[table])).to_batches()
    return found


def _blocks(stream: BinaryIO, how: Dialect) -> Iterator[memoryview]:
    """The bytes of a stream, cut at ends of rows, each good until the next is asked for: they share their memory.

    Raises `_OddError` where a row is longer than any record, where a quote stands within a field without quotes, and in plain
    dumps where a "\\r" is no part of an "\\r\\n": pyarrow would end a line there.
    """
    memory = bytearray(2 * BLOCK)
    held = 0
    while found := stream.readinto(memoryview(memory)[held : held + BLOCK]):  # type: ignore[attr-defined]  # all of ours have it
        held += found
        cut = _end_of_rows(memory, held, how)
        if cut:
            yield memoryview(memory)[:cut]
        memory[: held - cut] = memory[cut:held]
        held -= cut
        if held > aact_tables.most_of_a_record():
            raise _OddError
        if len(memory) < held + BLOCK:
            memory = memory + bytes(len(memory))
    memory[held] = _NEWLINE
    if held and _end_of_rows(memory, held + 1, how) <= held:
        raise _OddError
    if memory[:held].strip(b"\r\n"):
        yield memoryview(memory)[:held]


def _end_of_rows(memory: bytearray, size: int, how: Dialect) -> int:
    """Where the last row that ends in the first `size` bytes does; 0 where none does. They begin with a row."""
    end = memory.rfind(b"\n", 0, size)
    if not how.quoted:
        if memory.count(b"\r", 0, max(end, 0)) != memory.count(b"\r\n", 0, end + 1):
            raise _OddError
        return end + 1
    data = np.frombuffer(memory, np.uint8, size)
    quotes = np.flatnonzero(data == _QUOTE)
    opening, closing = quotes[::2], quotes[1::2]
    before = data[opening[opening > 0] - 1]  # two on end are one within the text
    behind = data[closing[closing < size - 1] + 1]
    if not (_EDGE[before].all() and _EDGE[behind].all()):
        raise _OddError
    while end >= 0 and (at := int(np.searchsorted(quotes, end))) % 2:
        end = memory.rfind(b"\n", 0, int(quotes[at - 1]))
    return end + 1
