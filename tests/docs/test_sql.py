"""The SQL of the pages runs on a corpus and gives rows."""

import re
from pathlib import Path

import pytest
from given import give

duckdb = pytest.importorskip("duckdb")
QUERIES = re.findall(
    r"```sql[^\n]*\n(.*?)```", (Path(__file__).resolve().parents[2] / "docs" / "registry.md").read_text("utf-8"), re.DOTALL
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sql")
    give("mycorpus", folder)
    return folder


def test_there_are_queries():
    assert len(QUERIES) >= 3


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_of_the_page_gives_rows(query, folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "mycorpus").rename(folder / "registry") if not (folder / "registry").exists() else None
    rows = duckdb.sql(query).fetchall()
    assert rows
    assert all(row[-1] is not None for row in rows)
