"""The cache gives back what it was given, stays small, and is never in the way."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from synthetrial.similar import vector_cache
from synthetrial.similar.vector_cache import VectorCache, digest


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYNTHETRIAL_CACHE", str(tmp_path))
    return vector_cache.place()


def rows(n: int) -> dict[bytes, vector_cache.Vectors]:
    made = np.eye(n, 4, dtype=np.float32) + np.float32(0.1)
    return {digest(str(at)): row / np.linalg.norm(row) for at, row in enumerate(made[: min(n, 4)])}


def test_the_cache_gives_back_what_it_was_given_to_the_same_model_only() -> None:
    kept = rows(3)
    with VectorCache("m", 4) as cache:
        assert cache.get(kept) == {}
        cache.put(kept)
    with VectorCache("m", 4) as cache:
        found = cache.get([*kept, digest("other")])
    assert found.keys() == kept.keys()
    assert all(np.array_equal(found[key], kept[key]) for key in kept)
    with VectorCache("another", 4) as cache:
        assert cache.get(kept) == {}
    with VectorCache("m", 5) as cache:
        assert cache.get(kept) == {}


def test_the_cache_is_bounded_and_lets_go_of_the_oldest() -> None:
    kept = rows(4)
    with VectorCache("m", 4, most=2) as cache:
        for key, row in kept.items():
            cache.put({key: row})
        assert set(cache.get(kept)) == set(list(kept)[2:])


def test_a_damaged_cache_is_made_anew_and_a_damaged_row_is_not_used(cache: Path) -> None:
    cache.write_bytes(b"no database at all, but long enough to look like one" * 50)
    kept = rows(2)
    with VectorCache("m", 4) as store:
        assert store.get(kept) == {}
        store.put(kept)
    database = sqlite3.connect(cache)
    one, other = kept
    database.execute("update vectors set vector = ? where text = ?", (np.full(4, np.nan, dtype="<f4").tobytes(), one))
    database.commit()
    database.close()
    with VectorCache("m", 4) as store:
        assert list(store.get(kept)) == [other]


def test_a_cache_that_cannot_be_there_costs_nothing_but_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SYNTHETRIAL_CACHE", str(tmp_path / "file" / "below"))
    with VectorCache("m", 4) as cache:
        cache.put(rows(2))
        assert cache.get(rows(2)) == {}
