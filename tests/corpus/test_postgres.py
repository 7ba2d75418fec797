"""A live AACT database gives what its dump gives, as of one moment; its faults are one line each and show no password."""

import csv
import gzip
import io
import os
import socket
import threading
from collections import Counter
from pathlib import Path

import msgspec
import pytest

import postgres_server
from realdata import DATA, needs_real_data
from synthetrial.corpus.readers import aact, aact_tables, postgres, read_source
from synthetrial.corpus.readers.aact_tables import WANTED
from synthetrial.errors import CorpusError

psycopg = pytest.importorskip("psycopg", reason="no psycopg (the extra `aact`)")

FIXTURES = Path(__file__).parent / "fixtures"
TYPES = {
    "id": "integer", "enrollment": "integer", "design_group_id": "integer", "intervention_id": "integer",
    "start_date": "date", "primary_completion_date": "date", "completion_date": "date", "last_update_posted_date": "date",
    "results_first_posted_date": "date", "healthy_volunteers": "boolean",
}  # fmt: skip
"""Of the columns that are no text in the database."""

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(
        postgres_server.binaries() is None and os.environ.get("SYNTHETRIAL_REQUIRE_POSTGRES") != "1",
        reason="no PostgreSQL server here (Debian: apt-get install postgresql)",
    ),
]


@pytest.fixture(scope="session")
def server():
    with postgres_server.server() as running:
        yield running


@pytest.fixture(scope="session")
def base(server):
    """A database with the tables of the fixture in the types that AACT gives them."""
    return made(server, "aact", {path.stem: path.read_text() for path in (FIXTURES / "aact_quoted").iterdir()}, TYPES)


def run(url, *statements):
    with psycopg.connect(url, autocommit=True) as connection:
        for each in statements:
            connection.execute(each)


def made(server, name, tables, types):
    """The address of a new database that holds some tables, from quoted CSV."""
    run(server.url("postgres"), f"create database {name}")
    with psycopg.connect(server.url(name)) as connection:
        connection.execute("create schema ctgov")
        for table, text in tables.items():
            header = text[: text.index("\n")].split("|")
            columns = ", ".join(f"{each} {types.get(each, 'text')}" for each in header)
            connection.execute(f"create table ctgov.{table} ({columns})")
            with connection.cursor().copy(f"copy ctgov.{table} from stdin (format csv, delimiter '|', header true)") as target:
                target.write(text)
    return server.url(name)


def read(url, folder):
    """Trials without their source by id, and warnings."""
    folder.mkdir(exist_ok=True)
    warnings = Counter()
    spilled = postgres.spill(url, folder, warnings)
    assert spilled.rejects == ()
    found = [trial for each in spilled.buckets for trial in aact.read_bucket(each, postgres.shown(url), warnings)]
    assert {each.source.file for each in found} <= {postgres.shown(url)}
    return said(found), warnings


def said(trials):
    return {
        each.trial_id: msgspec.structs.replace(each, source=msgspec.structs.replace(each.source, file="")) for each in trials
    }


def fault(url, folder):
    with pytest.raises(CorpusError) as raised:
        read(url, folder)
    message = str(raised.value)
    assert "\n" not in message
    assert postgres_server.PASSWORD not in message
    return message


def test_a_database_gives_what_its_dump_gives(base, tmp_path):
    found, warnings = read(base, tmp_path)
    assert found == said(read_source(FIXTURES / "aact_quoted"))
    assert not warnings


@needs_real_data
def test_real_tables_come_back_as_they_were(server, tmp_path):
    tables = {}
    for path in (DATA / "raw" / "aact").glob("*.txt.gz"):
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
            out = io.StringIO()
            csv.writer(out, delimiter="|", lineterminator="\n").writerows(
                [aact_tables.newlines(cell) for cell in each.rstrip("\n").split("|")] for each in lines
            )
        tables[path.name.removesuffix(".txt.gz")] = out.getvalue()
    found, warnings = read(made(server, "real", tables, {"id": "integer"}), tmp_path)
    assert found == said(read_source(DATA / "raw" / "aact"))
    assert warnings["aact: no table 'design_group_interventions'"] == 1


def test_missing_tables_and_columns_are_missing_fields(server, tmp_path):
    url = made(
        server, "small", {"studies": "nct_id|brief_title\nNCT00000001|A\n", "keywords": "nct_id|name\nNCT00000001|b\n"}, {}
    )
    found, warnings = read(url, tmp_path)
    assert found["NCT00000001"].protocol.keywords == ("b",)
    assert sum(warnings.values()) == len(WANTED) - 2


def test_tables_that_the_user_may_not_read_are_as_missing(server, base, tmp_path):
    run(base, "create role other login password 'other-one'", "grant usage on schema ctgov to other")
    url = server.url("aact", "other", "other-one")
    assert "no table ctgov.studies with a column nct_id that this user may read" in fault(url, tmp_path)
    run(base, "grant select on ctgov.studies, ctgov.conditions to other")
    found, warnings = read(url, tmp_path)
    assert found["NCT90000001"].protocol.conditions == ("Type 2 Diabetes", "Prediabetes")
    assert warnings["aact: no table 'keywords'"] == 1


def test_all_tables_are_of_one_moment_and_nothing_is_written(base, tmp_path, monkeypatch):
    rows, changed = postgres._rows, []

    def while_it_changes(connection, table, columns):
        if not changed:
            changed.append(table)
            run(base, "update ctgov.brief_summaries set description = 'changed meanwhile'")
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), connection.transaction():
                connection.execute("delete from ctgov.studies")
        return rows(connection, table, columns)

    before, _ = read(base, tmp_path / "before")
    monkeypatch.setattr(postgres, "_rows", while_it_changes)
    during, _ = read(base, tmp_path / "during")
    monkeypatch.undo()
    after, _ = read(base, tmp_path / "after")
    assert before == during
    assert {each.protocol.brief_summary for each in after.values()} == {"changed meanwhile"}


def test_rows_come_some_at_a_time(base, tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "_ROWS", 1)
    assert read(base, tmp_path)[0].keys() == {"NCT90000001", "NCT90000006"}


# --- faults


def test_a_wrong_password(server, tmp_path):
    said = fault(server.url("aact", password="wrong-but-secret"), tmp_path)
    assert "password authentication failed" in said
    assert "PGPASSWORD or ~/.pgpass" in said
    assert "wrong-but-secret" not in said


def test_the_password_may_stand_elsewhere(server, base, tmp_path, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", postgres_server.PASSWORD)
    assert read(server.url("aact", password=None), tmp_path)[0]
    monkeypatch.delenv("PGPASSWORD")
    passwords = tmp_path / "pgpass"
    passwords.write_text(f"127.0.0.1:{server.port}:aact:{postgres_server.USER}:{postgres_server.PASSWORD}\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    assert read(server.url("aact", password=None), tmp_path)[0]


def test_no_server_no_host_and_no_database(server, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert "refused" in fault(f"postgresql://u:{postgres_server.PASSWORD}@127.0.0.1:{free.getsockname()[1]}/aact", tmp_path)
    assert "check host" in fault(f"postgresql://u:{postgres_server.PASSWORD}@nowhere.invalid/aact", tmp_path)
    assert 'database "none" does not exist' in fault(server.url("none"), tmp_path)


def test_a_database_that_is_not_aact(server, tmp_path):
    assert "no schema 'ctgov' in this database" in fault(server.url("postgres"), tmp_path)


def test_a_limit_on_the_time_of_a_statement(server, base, tmp_path):
    run(base, "create role hasty login superuser password 'in-haste'", "alter role hasty set statement_timeout = 1")
    run(
        base,
        "create table ctgov.slow as select * from ctgov.keywords limit 0",
        "alter table ctgov.keywords rename to keywords_kept",
        "create view ctgov.keywords as select k.* from ctgov.keywords_kept k, pg_sleep(9)",
    )
    try:
        said = fault(server.url("aact", "hasty", "in-haste"), tmp_path)
    finally:
        run(base, "drop view ctgov.keywords", "alter table ctgov.keywords_kept rename to keywords")
    assert "statement timeout" in said
    assert "options=-c%20statement_timeout%3D0" in said


def test_a_connection_that_is_lost_on_the_way(base, tmp_path, monkeypatch):
    rows = postgres._rows

    def cut(connection, table, columns):
        if table == "eligibilities":
            run(base, f"select pg_terminate_backend({connection.info.backend_pid})")
        return rows(connection, table, columns)

    monkeypatch.setattr(postgres, "_rows", cut)
    said = fault(base, tmp_path)
    assert "nothing was kept; run the same command again" in said
    assert threading.active_count() < 20


# --- addresses: no server


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:pa@ss@host/aact",
        "postgresql://me:pa/ss@host/aact",
        "postgresql://me:pa#ss@host:5432/aact?x=1",
        "postgresql://me:pa%zz@host/aact",
        "postgresql://me:secret@host/aact?nonsense=1",
    ],
)
def test_an_address_that_cannot_be_read_is_not_shown(url):
    with pytest.raises(CorpusError, match="the database's address cannot be read") as raised:
        postgres.shown(url)
    assert not any(each in str(raised.value) for each in ("me:", "pa@", "pa/", "pa#", "pa%", "ss@", "secret"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "postgresql://me:secret@aact-db.ctti-clinicaltrials.org:5432/aact",
            "postgresql://aact-db.ctti-clinicaltrials.org:5432/aact",
        ),
        ("postgres://me@host/aact?password=secret&sslmode=require", "postgresql://host/aact"),
        ("postgresql:///aact?host=/var/run/postgresql", "postgresql:///aact"),
        ("postgresql://[::1]:5433/aact", "postgresql://[::1]:5433/aact"),
    ],
)
def test_an_address_is_shown_without_user_and_password(url, shown):
    assert postgres.is_url(url)
    assert postgres.shown(url) == shown


def test_a_path_is_no_address():
    assert not postgres.is_url("dump/postgresql")
