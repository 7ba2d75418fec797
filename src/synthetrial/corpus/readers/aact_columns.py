"""AACT's tables as columns: many rows at a time through pyarrow's CSV reader, which is what makes a dump of 5 GB quick.

Whatever that reader stumbles over (bytes that are not UTF-8, a compressed stream that breaks off, a row larger than a block)
is left to `aact_tables.rows`, which goes on behind the last row that was read, so both give the same rows.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from synthetrial.corpus.readers import aact_tables
from synthetrial.corpus.readers.aact_tables import WANTED, Dialect, rows, width_fault
from synthetrial.corpus.readers.reject import READ_FAULTS, UnreadableError

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK: Final = 500_000
"""Bytes that are parsed at a time (pyarrow reads some ten ahead); a row beyond that is read slowly, and all behind it."""
_ROWS: Final = 10_000
_BOM: Final = b"\xef\xbb\xbf"


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

    def skipped(row: Any) -> str:
        first = (
            next(csv.reader(io.StringIO(row.text, newline=""), delimiter="|"), [""])[0]
            if how.quoted
            else row.text.split("|")[0]
        )
        odd.append(width_fault(row.number + 1, row.actual_columns, row.expected_columns, first))
        return "skip"

    reader = columns.open_csv(
        _Blocks(stream, lines=not how.quoted),
        read_options=columns.ReadOptions(
            column_names=[str(place) for place in range(len(header))],
            use_threads=False,
            block_size=min(BLOCK, aact_tables.most_of_a_record()),
        ),
        parse_options=columns.ParseOptions(
            delimiter="|",
            quote_char='"' if how.quoted else False,
            newlines_in_values=how.quoted,
            invalid_row_handler=skipped,
        ),
        convert_options=columns.ConvertOptions(
            include_columns=places,
            column_types=dict.fromkeys(places, pa.string()),
            strings_can_be_null=False,
        ),
    )
    for each in reader:
        held = dict(zip(names, each.columns, strict=True))
        lacking = pa.repeat("", each.num_rows)
        yield pa.RecordBatch.from_arrays([held.get(name, lacking) for name in WANTED[table]], names=list(WANTED[table]))


class _Blocks(io.RawIOBase):
    """A table for pyarrow, which takes "\n" at the start of a block for the rest of a line end where the last block ended in
    "\r", even within quotes: no block ends so. With `lines` only "\n" and "\r\n" end a line; any other "\r", where pyarrow
    would end one too, raises `_OddError`."""

    def __init__(self, stream: BinaryIO, lines: bool) -> None:
        self._stream, self._lines = stream, lines
        self._held = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        found = self._held + self._stream.read(size)
        self._held = b""
        if found.endswith(b"\r") and len(found) > 1:
            found, self._held = found[:-1], b"\r"
        if self._lines and b"\r" in found and found.count(b"\r") != found.count(b"\r\n"):
            raise _OddError
        return found
