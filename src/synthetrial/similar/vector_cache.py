"""Vectors that took minutes, kept on disk by model and text, so that a second evaluation takes seconds.

One SQLite file in the user's cache directory, of at most `MOST` vectors (the oldest go first). It is a cache: where it cannot
be read or written, vectors are computed again, and a damaged file is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial.paths import cache_dir

Vectors = npt.NDArray[np.float32]
Digest = bytes

MOST: Final = 100_000
"""Vectors kept: 180 MB of 384 directions."""

_AT_ONCE: Final = 500
_SCHEMA: Final = """
create table if not exists vectors
(number integer primary key autoincrement, model text not null, text blob not null, vector blob not null, unique (model, text))
"""


def digest(text: str) -> Digest:
    """The SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def place() -> Path:
    """The file of the cache."""
    return cache_dir() / "vectors.sqlite"


class VectorCache:
    """The cache of one model: a context manager. `model` names its weights; `dimensions` are those of its vectors."""

    def __init__(self, model: str, dimensions: int, most: int = MOST) -> None:
        self._model, self._dimensions, self._most = model, dimensions, most
        self._database: sqlite3.Connection | None = None

    def __enter__(self) -> VectorCache:
        try:
            self._database = _opened()
        except sqlite3.OperationalError:  # locked, or not to be written: nothing to mend
            self._database = None
        except sqlite3.DatabaseError:
            with contextlib.suppress(OSError, sqlite3.Error):
                for each in ("", "-wal", "-shm"):
                    Path(f"{place()}{each}").unlink(missing_ok=True)
                self._database = _opened()
        except OSError:
            self._database = None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def get(self, keys: Collection[Digest]) -> dict[Digest, Vectors]:
        """The vectors of those of `keys` that are kept. One that is no finite row of the right length counts as not kept."""
        found: dict[Digest, Vectors] = {}
        if self._database is None:
            return found
        listed = list(keys)
        with contextlib.suppress(sqlite3.Error):
            for start in range(0, len(listed), _AT_ONCE):
                part = listed[start : start + _AT_ONCE]
                marks = ",".join("?" * len(part))
                asked = f"select text, vector from vectors where model = ? and text in ({marks})"
                for key, raw in self._database.execute(asked, (self._model, *part)):
                    if isinstance(raw, bytes) and len(raw) == 4 * self._dimensions:
                        row = np.frombuffer(raw, dtype="<f4").astype(np.float32)
                        if abs(float(row @ row) - 1) < 1e-3:  # not so where a byte was lost or the row is not finite
                            found[key] = row
        return found

    def put(self, vectors: Mapping[Digest, Vectors]) -> None:
        """Keeps `vectors`; where that fails they are lost, and nothing else is."""
        if self._database is None:
            return
        with contextlib.suppress(sqlite3.Error):
            rows = [(self._model, key, row.astype("<f4").tobytes()) for key, row in vectors.items()]
            with self._database:
                self._database.executemany("insert or replace into vectors (model, text, vector) values (?, ?, ?)", rows)
                self._database.execute(
                    "delete from vectors where number <= (select max(number) from vectors) - ?", (self._most,)
                )


def _opened() -> sqlite3.Connection:
    place().parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(place(), timeout=5)
    try:
        database.execute("pragma journal_mode = wal")
        database.execute("pragma synchronous = normal")
        database.execute(_SCHEMA)
    except sqlite3.Error:
        database.close()
        raise
    return database
