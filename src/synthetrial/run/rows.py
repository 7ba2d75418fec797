"""Rows of a SQLite file: every statement's complaint is one line that names the file, every JSON column is typed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from synthetrial.errors import StoreError
from synthetrial.run.database import one_line

Value = TypeVar("Value")


class Rows:
    """A connection to the file `path`. Its methods raise `StoreError`."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.connection = connection

    def execute(self, sql: str, values: Sequence[object]) -> None:
        """Run a statement, a commit of its own outside a transaction."""
        with one_line(self.path):
            self.connection.execute(sql, tuple(values))

    def rows(self, sql: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, one at a time."""
        with one_line(self.path):
            cursor = self.connection.execute(sql, tuple(values))
        while True:
            with one_line(self.path):  # not around the yield: what a reader of the rows raises is none of the store's
                row = cursor.fetchone()
            if row is None:
                return
            yield row

    def one(self, sql: str, values: Sequence[object]) -> tuple[Any, ...] | None:
        """The first row of a query, if it has any."""
        return next(self.rows(f"{sql} LIMIT 1", values), None)

    def only(self, sql: str) -> tuple[Any, ...]:
        """The row of a query that has one."""
        return next(self.rows(sql))

    def decoded(self, text: str | bytes, kind: type[Value]) -> Value:
        """The value that a column holds as JSON."""
        try:
            return msgspec.json.decode(text, type=kind)
        except msgspec.DecodeError as error:
            raise StoreError(
                f"{self.path}: a row cannot be read ({error}); restore the file from a copy, or start anew"
            ) from error


def encoded(value: object) -> str:
    """A value as it stands in a JSON column."""
    return msgspec.json.encode(value).decode("utf-8")
