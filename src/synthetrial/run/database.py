"""Opening `run.sqlite`, bringing it to the current schema, and saying in one line what went wrong with it.

WAL with `synchronous = NORMAL`: a commit survives the death of the process at any moment; a power cut can lose the last
commits but never damages the file (sqlite.org/wal.html, section 3).
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Final
from urllib.parse import quote

from synthetrial.errors import StoreError

APPLICATION_ID: Final = 0x53594E54  # "SYNT", so that another program's database is not taken for a run
OLDEST_SQLITE: Final = (3, 37, 0)  # STRICT tables
BUSY_SECONDS: Final = 20.0


def open_to_write(path: Path) -> sqlite3.Connection:
    """A connection to the run store `path`, made or migrated to the newest schema. Raises `StoreError`, `sqlite3.Error`."""
    connection = _connect(f"file:{quote(str(path))}?mode=rwc")
    try:
        version = _version(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        _migrate(connection, version)
    except BaseException:
        connection.close()
        raise
    return connection


def open_to_read(path: Path) -> sqlite3.Connection:
    """A read-only connection, also while another process writes, and on read-only media where the writer has closed the run."""
    wal = path.with_name(f"{path.name}-wal")
    # without a log and without the right to make one, nobody can be writing: the file alone is the run
    modes = ["mode=ro"] if wal.exists() and wal.stat().st_size else ["mode=ro", "mode=ro&immutable=1"]
    connection = None
    for mode in modes:
        connection = _connect(f"file:{quote(str(path))}?{mode}")
        try:
            version = _version(connection, path)
            break
        except sqlite3.OperationalError as error:
            connection.close()
            if mode == modes[-1] or _primary(error) not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
                raise
        except BaseException:
            connection.close()
            raise
    assert connection is not None  # the loop ends in a break or an error
    if version < len(_scripts()):
        connection.close()
        raise StoreError(f"{path}: made by an older Synthetrial or not set up yet; run `synthetrial generate` on it first")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk may have rolled it back already
            connection.execute("ROLLBACK")
        raise


@contextmanager
def one_line(path: Path) -> Iterator[None]:
    """Turns what SQLite and the system say about `path` into a `StoreError` of one line with the way out."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {_explained(error)}") from error
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        advice = _FULL if full else f"cannot be written ({error.strerror}); give a writable folder with --out"
        raise StoreError(f"{path}: {advice}") from error


_FULL: Final = (
    "the disk is full; nothing that was stored is lost: free some space and run the same command again, or give another --out"
)
_DAMAGED: Final = "the file is damaged or no run store; restore it from a copy, or start anew with another --out"
_EXPLAINED: Final = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: "read-only; make it writable, or give another --out",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that the folder exists and is writable, or give another --out",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_BUSY: "locked by another program; close what has it open and run the same command again",
}


def _explained(error: sqlite3.Error) -> str:
    known = _EXPLAINED.get(_primary(error))
    if known:
        return known
    if _primary(error) == sqlite3.SQLITE_IOERR:
        return f"{error}: check the disk, its quota and file size limits, then run the same command again"
    return f"{error}; restore it from a copy, or start anew with another --out"


def _primary(error: sqlite3.Error) -> int:
    """SQLite's primary result code: the low byte of the extended one; 0 where the module itself complains."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _connect(uri: str) -> sqlite3.Connection:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old for a run store; use a Python with SQLite 3.37 or newer")
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS)
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """The schema version of the file, 0 for an empty one. Raises `StoreError` for a foreign or newer one."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (objects,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application != APPLICATION_ID and (version or application or objects):
        raise StoreError(f"{path}: a database of another program, not a run store; give another --out")
    if version > (newest := len(_scripts())):
        raise StoreError(
            f"{path}: made by a newer Synthetrial (schema {version}, this one knows {newest}); upgrade with "
            "`pip install -U synthetrial`"
        )
    return int(version)


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    for number, script in enumerate(_scripts()[version:], version + 1):
        try:
            connection.executescript(
                f"BEGIN IMMEDIATE; {script}; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {number}; COMMIT;"
            )
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _scripts() -> list[str]:
    folder = files("synthetrial.run.migrations")
    return [
        each.read_text("utf-8") for each in sorted(folder.iterdir(), key=lambda each: each.name) if each.name.endswith(".sql")
    ]
