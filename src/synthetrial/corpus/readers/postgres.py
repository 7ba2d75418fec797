"""A live AACT database (PostgreSQL, schema `ctgov`), dealt to the same buckets as a dump.

All tables are of one moment: they are read in one read-only transaction of isolation REPEATABLE READ, each through a cursor on
the server, some thousand rows at a time (`COPY … TO STDOUT`, which psycopg gives row by row, took as long). A fault of the
database is an error, not a `Reject`: of half a table nothing can be said of any trial.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from synthetrial.corpus.readers import aact
from synthetrial.corpus.readers.aact_buckets import Spilled
from synthetrial.corpus.readers.aact_columns import from_rows
from synthetrial.corpus.readers.aact_tables import WANTED
from synthetrial.errors import CorpusError

if TYPE_CHECKING:
    import pyarrow as pa
    from psycopg import Connection

SCHEMES: Final = ("postgresql://", "postgres://")
SCHEMA: Final = "ctgov"
PATIENCE: Final = "15"
"""Seconds to wait for a connection, unless the URL or PGCONNECT_TIMEOUT says otherwise."""
_UNPACKED: Final = 3
"""How many times larger than on the server's disk, where long texts are compressed, tables are as text."""
_COLUMNS: Final = """
    select table_name, column_name from information_schema.columns where table_schema = %s and table_name = any(%s)
"""
_SIZE: Final = """
    select coalesce(sum(pg_table_size(c.oid)), 0)::bigint from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = %s and c.relname = any(%s)
"""
_LONGER: Final = "; lift the limit with ?options=-c%20statement_timeout%3D0 behind the address"
_ROWS: Final = 5_000
"""Rows of a table that are held at a time."""


def is_url(source: str) -> bool:
    """Whether a source is a database's address."""
    return source.startswith(SCHEMES)


def shown(url: str) -> str:
    """A database's address without user and password, as errors and `Source.file` show it. Raises `CorpusError` where it
    cannot be read."""
    parts = _parts(url)
    host = str(parts.get("host") or "")
    where = "" if host.startswith("/") else f"[{host}]" if ":" in host else host
    port = f":{parts['port']}" if where and parts.get("port") else ""
    return f"postgresql://{where}{port}/{parts.get('dbname') or ''}"


def spill(url: str, folder: Path, warnings: Counter[str]) -> Spilled:
    """Deal the rows of the AACT database at `url` to buckets in `folder`, each of whole trials (`aact.read_bucket`).

    A password comes from the URL, PGPASSWORD or ~/.pgpass, as libpq has it. Tables that are missing, or that the user may not
    read, are counted in `warnings`, as in a dump. Raises `CorpusError` where there is no psycopg, no connection, no schema
    ctgov or table studies, or where the database breaks off.
    """
    name = shown(url)
    with _connected(url, name) as connection, _told(name, "its tables"):
        connection.execute("set local datestyle = 'ISO'")
        columns = _columns(connection, name)
        found = connection.execute(_SIZE, [SCHEMA, list(columns)]).fetchone()
        size = int(found[0]) * _UNPACKED if found else 0
        return aact.dealt(
            list(columns), lambda table, bad: _rows(connection, table, columns[table]), folder, name, warnings, size=size
        )


def _columns(connection: Connection[Any], name: str) -> dict[str, list[str]]:
    """The wanted columns that there are, by table."""
    found: dict[str, list[str]] = {}
    for table, column in connection.execute(_COLUMNS, [SCHEMA, list(WANTED)]):
        found.setdefault(table, []).append(column)
    if not found and not connection.execute("select 1 from pg_namespace where nspname = %s", [SCHEMA]).fetchone():
        raise CorpusError(
            f"{name}: no schema {SCHEMA!r} in this database; give the address of an AACT database, such as …/aact"
        )
    if "nct_id" not in found.get("studies", ()):
        raise CorpusError(
            f"{name}: no table {SCHEMA}.studies with a column nct_id that this user may read; give a user who may"
        )
    return {
        table: [column for column in wanted if column in found[table]]
        for table, wanted in WANTED.items()
        if "nct_id" in found.get(table, ())
    }


def _rows(connection: Connection[Any], table: str, columns: Collection[str]) -> Iterator[pa.RecordBatch]:
    """A table's rows as record batches of the columns of `WANTED`, which name all that stands in the statement."""
    chosen = ", ".join(f"coalesce(\"{each}\"::text, '')" if each in columns else "''" for each in WANTED[table])
    with connection.cursor(name=f"synthetrial_{table}") as cursor:
        cursor.execute(f"select {chosen} from {SCHEMA}.{table}".encode())
        while found := cursor.fetchmany(_ROWS):
            yield from_rows(table, found)


def _parts(url: str) -> dict[str, Any]:
    """The parts of a database's address."""
    conninfo, Error = _psycopg().conninfo, _psycopg().Error  # noqa: N806  # a class
    try:
        parts: dict[str, Any] = conninfo.conninfo_to_dict(url)
    except Error:  # whose words may hold what stands where the password was meant to be
        parts = {"port": "none"}
    ports = str(parts.get("port") or "").replace(",", "")
    if (ports and not ports.isdecimal()) or any("@" in str(parts.get(each) or "") for each in ("host", "dbname")):
        raise CorpusError(
            "the database's address cannot be read; give postgresql://USER@HOST/aact, the password in PGPASSWORD or ~/.pgpass"
            " (or in the address, with all but letters and digits as %XX)"
        ) from None
    return parts


def _psycopg() -> Any:
    try:
        import psycopg
    except ImportError:
        raise CorpusError("reading a database needs psycopg: pip install 'synthetrial[aact]'") from None
    return psycopg


@contextmanager
def _connected(url: str, name: str) -> Iterator[Connection[Any]]:
    """A connection whose one transaction sees the database as of one moment and cannot write."""
    psycopg = _psycopg()
    parts = _parts(url)
    if not parts.get("connect_timeout") and not os.environ.get("PGCONNECT_TIMEOUT"):
        parts["connect_timeout"] = PATIENCE
    parts.setdefault("application_name", "synthetrial")
    with _told(name, "it", parts.get("password")):
        connection = psycopg.connect(**parts, client_encoding="utf8")
    try:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection
    finally:
        connection.close()


@contextmanager
def _told(name: str, what: str, password: str | None = None) -> Iterator[None]:
    """Faults of the database as one line, which shows no password."""
    psycopg = _psycopg()
    try:
        yield
    except psycopg.errors.QueryCanceled as error:
        way = f"nothing was kept{_LONGER if 'timeout' in str(error) else ''}"
        raise CorpusError(f"{name}: {what} could not be read: {_line(error, password)}; {way}") from None
    except psycopg.Error as error:
        if what == "it":
            way = "check host, port, database, user and password (PGPASSWORD or ~/.pgpass)"
        else:
            way = "nothing was kept; run the same command again"
        raise CorpusError(f"{name}: {what} could not be read: {_line(error, password)}; {way}") from None


def _line(error: Exception, password: str | None) -> str:
    said = " ".join(str(error).split())
    for secret in (password, os.environ.get("PGPASSWORD")):
        if secret:
            said = said.replace(secret, "***")
    return said
