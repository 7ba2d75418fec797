"""A bucket's rows in the order of its trials: whose they are, and each column as a plain list of raw or canonical text."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthetrial import canonical
from synthetrial.corpus.readers.aact_tables import WANTED, newlines

if TYPE_CHECKING:
    import pyarrow as pa

Batches = dict[str, "list[pa.RecordBatch]"]
"""Rows by table, with the columns of `WANTED`."""
Text = str | None
_Numbers = np.ndarray[Any, np.dtype[np.int64]]
_Marks = np.ndarray[Any, np.dtype[np.bool_]]
_Cells = np.ndarray[Any, np.dtype[np.object_]]
_BLANK, _BACKSLASH, _TILDE = b" \\~"


class Share:
    """Rows of a table trial by trial, and there in the order of their ids, which is the record's own: a dump of the database
    has none. Those of the trial `at` are `begins[at]` to `begins[at + 1]`."""

    def __init__(self, rows: Rows, table: str, order: _Numbers, counts: _Numbers) -> None:
        self._rows, self._table, self._order = rows, table, order
        self.begins: Final[list[int]] = [0, *np.cumsum(counts).tolist()]

    def raw(self, column: str) -> list[str]:
        """A column as it is, "" for nothing."""
        found: list[str] = self.ordered(self._rows.raw(self._table, column))
        return found

    def lines(self, column: str) -> list[Text]:
        """A column as canonical lines, None for nothing."""
        return self.ordered(self._rows.lines(self._table, column))

    def ordered(self, cells: _Cells) -> list[Any]:
        """Cells of the table's rows in the order of these."""
        found: list[Any] = cells[self._order].tolist()
        return found


class Rows:
    """The rows of whole trials. `ids` are those of the trials, in the order in which the tables, as in `WANTED`, name them;
    `tilde` says whether `~` stands for a newline."""

    def __init__(self, found: Batches, tilde: bool) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        self._tables = {name: pa.Table.from_batches(each).combine_chunks() for name, each in found.items() if each}
        self._tilde = tilde
        owners = {name: each.column("nct_id") for name, each in self._tables.items()}
        known = pa.chunked_array([chunk for name in WANTED if name in owners for chunk in owners[name].chunks], pa.string())
        unique = pc.unique(known)
        self.ids: Final[list[str]] = unique.to_pylist()
        self._whose = {name: pc.index_in(each, unique).to_numpy().astype(np.int64) for name, each in owners.items()}
        self._firsts: dict[str, _Numbers] = {}

    def counts(self, table: str) -> list[int]:
        """How many rows each of `ids` has in a table."""
        found: list[int] = np.bincount(self._owners(table), minlength=len(self.ids)).tolist()
        return found

    def first_raw(self, table: str, column: str) -> list[str]:
        """A value for each of `ids`: the column in its first row of the table, "" where it has none."""
        return self._firsts_of(table, self.raw(table, column), "")

    def first_lines(self, table: str, column: str) -> list[Text]:
        """The same as canonical lines, None for nothing."""
        return self._firsts_of(table, self.lines(table, column), None)

    def first_blocks(self, table: str, column: str) -> list[Text]:
        """The same as canonical blocks."""
        return list(map(canonical.block, self.first_raw(table, column)))

    def share(self, table: str, column: str | None = None, values: Collection[str] = ()) -> Share:
        """The rows of a table, or those whose `column` has one of `values`."""
        import pyarrow.compute as pc

        whose = self._owners(table)
        at = np.arange(len(whose))
        if column is not None and table in self._tables:
            at = np.flatnonzero(pc.is_in(self._tables[table].column(column), _set(values)).to_numpy())
        whose = whose[at]
        order = at[np.lexsort((self._keys(table)[at], whose))]
        return Share(self, table, order, np.bincount(whose, minlength=len(self.ids)))

    def raw(self, table: str, column: str) -> _Cells:
        """A column as it stands in the table."""
        return self._cells(table, column, _newlines if self._tilde else None)

    def lines(self, table: str, column: str) -> _Cells:
        """A column as canonical lines, as it stands in the table."""
        return self._cells(table, column, _lines)

    def _cells(self, table: str, column: str, changed: Callable[[pa.StringArray, bool], _Cells] | None) -> _Cells:
        if table not in self._tables:
            return np.zeros(0, object)
        held = self._tables[table].column(column)
        if changed is None:
            found: _Cells = held.to_numpy()
            return found
        return np.concatenate([changed(chunk, self._tilde) for chunk in held.chunks])

    def _owners(self, table: str) -> _Numbers:
        """Whose each row of a table is, by its place in `ids`."""
        found: _Numbers = self._whose.get(table, np.zeros(0, np.int64))
        return found

    def _firsts_of(self, table: str, cells: _Cells, lacking: Text) -> list[Any]:
        found: list[Any] = np.concatenate([cells, np.full(1, lacking, object)])[self._first(table)].tolist()
        return found

    def _first(self, table: str) -> _Numbers:
        """The first row of each of `ids`, -1 (the last cell) where it has none."""
        if table not in self._firsts:
            whose = self._owners(table)
            place = np.full(len(self.ids), -1, np.int64)
            place[whose[::-1]] = np.arange(len(whose))[::-1]
            self._firsts[table] = place
        found: _Numbers = self._firsts[table]
        return found

    def _keys(self, table: str) -> _Numbers:
        """Numbers that sort as the rows' ids do."""
        import pyarrow as pa

        if table not in self._tables or "id" not in WANTED[table]:
            return np.zeros(len(self._owners(table)), np.int64)
        ids = self._tables[table].column("id")
        try:
            found: _Numbers = ids.cast(pa.int64()).to_numpy().astype(np.int64)
        except pa.ArrowInvalid:
            found = np.unique([each.zfill(20) for each in ids.to_pylist()], return_inverse=True)[1].astype(np.int64)
        return found


def _set(values: Collection[str]) -> pa.StringArray:
    import pyarrow as pa

    return pa.array(list(values), pa.string())


def _newlines(chunk: pa.StringArray, tilde: bool) -> _Cells:
    """A column with its newlines back."""
    found: _Cells = chunk.to_numpy(zero_copy_only=False)
    found[:] = [newlines(each) for each in found.tolist()]
    return found


def _lines(chunk: pa.StringArray, tilde: bool) -> _Cells:
    """`canonical.line` of each cell: most are in that form already or lack no more than single blanks, which their bytes show
    many at a time."""
    found: _Cells = chunk.to_numpy(zero_copy_only=False)
    begins, data = _bytes(chunk)
    full = np.flatnonzero(begins[:-1] < begins[1:])
    found[begins[:-1] == begins[1:]] = None
    gap = (data - np.uint8(0x09)) < np.uint8(5)  # tabs and newlines, by wrapping
    odd = (data - np.uint8(_BLANK)) >= np.uint8(0x7F - _BLANK)  # with them all other controls, and what is not ASCII
    odd ^= gap
    odd |= data == _BACKSLASH
    if tilde:
        odd |= data == _TILDE
    blank = data == _BLANK
    gap[1:] |= blank[1:] & blank[:-1]
    for edge in (begins[full], begins[full + 1] - 1):
        gap[edge] |= blank[edge]
    other = _cells_of(odd, begins)
    for at in np.flatnonzero(_cells_of(gap, begins) & ~other).tolist():
        found[at] = " ".join(found[at].split()) or None
    for at in np.flatnonzero(other).tolist():
        found[at] = canonical.line(newlines(found[at]) if tilde else found[at])
    return found


def _cells_of(marks: _Marks, begins: _Numbers) -> _Marks:
    """Which cells have a mark."""
    marked = np.zeros(len(begins) - 1, bool)
    marked[np.searchsorted(begins, np.flatnonzero(marks), side="right") - 1] = True
    return marked


def _bytes(chunk: pa.StringArray) -> tuple[_Numbers, np.ndarray[Any, np.dtype[np.uint8]]]:
    """Where each cell begins, with the end of all behind; and the text of all."""
    _, offsets, text = chunk.buffers()
    begins = np.frombuffer(offsets, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1].astype(np.int64)
    data = np.frombuffer(text, np.uint8) if text is not None else np.zeros(0, np.uint8)
    return begins - begins[0], data[begins[0] : begins[-1]]
