"""Answers kept between runs, so that the same study again costs no call.

Content-addressed: an answer is found by what was asked (endpoint, model, engine, prompt or messages, parameters, schema, seed
and number of the sample), whoever asked it. SQLite in the user cache directory; a cache that cannot be used is left out, never
an error. No key of an endpoint is in it.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec

from synthetrial.llm.model import Answer, LanguageModel, Request, Usage, total
from synthetrial.paths import cache_dir

FILE: Final = "answers.sqlite"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS answers (
  key BLOB PRIMARY KEY,
  model TEXT NOT NULL,
  used REAL NOT NULL,
  answer BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answers_by_use ON answers (used);
"""


class CacheStats(NamedTuple):
    """What a cache holds: samples by model, bytes on disk, and when the oldest was used last (seconds since 1970)."""

    path: Path
    samples: dict[str, int]
    bytes: int
    oldest: float | None


class AnswerCache:
    """The cache in `path`. Raises `sqlite3.Error` or `OSError` where it cannot be opened; see `open_cache`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        # autocommit; used from one thread at a time (the event loop's)
        self._connection = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")  # what a crash loses is asked again
        self._connection.executescript(_SCHEMA)

    def find(self, key: bytes) -> Answer | None:
        """The answer of one sample kept under `key`."""
        row = self._connection.execute(
            "UPDATE answers SET used = ? WHERE key = ? RETURNING answer", (time.time(), key)
        ).fetchone()
        return None if row is None else msgspec.msgpack.decode(row[0], type=Answer)

    def keep(self, key: bytes, answer: Answer) -> None:
        """Keep the answer of one sample."""
        self._connection.execute(
            "INSERT OR REPLACE INTO answers (key, model, used, answer) VALUES (?, ?, ?, ?)",
            (key, answer.model, time.time(), msgspec.msgpack.encode(answer)),
        )

    def stats(self) -> CacheStats:
        """What the cache holds."""
        rows = self._connection.execute(
            "SELECT model, count(*), min(used) FROM answers GROUP BY model ORDER BY model"
        ).fetchall()
        files = [self.path, *(self.path.with_name(f"{self.path.name}{each}") for each in ("-wal", "-shm"))]
        return CacheStats(
            path=self.path,
            samples={row[0]: row[1] for row in rows},
            bytes=sum(each.stat().st_size for each in files if each.exists()),
            oldest=min((row[2] for row in rows), default=None),
        )

    def prune(self, days: float) -> int:
        """Delete what was not used for `days` days; returns how many samples that were."""
        deleted = self._connection.execute("DELETE FROM answers WHERE used <= ?", (time.time() - days * 86400,)).rowcount
        self._connection.execute("VACUUM")
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return deleted

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def open_cache() -> AnswerCache | None:
    """The cache in the file that `SYNTHETRIAL_ANSWERS` names, else in the user cache directory; None where it is unusable."""
    try:
        return AnswerCache(Path(os.environ.get("SYNTHETRIAL_ANSWERS") or cache_dir() / FILE))
    except (sqlite3.Error, OSError):
        return None


class CachedModel:
    """`model`, asked only for what `cache` does not hold. `where` tells apart models of one name (the endpoint, the file)."""

    def __init__(self, model: LanguageModel, cache: AnswerCache, where: str) -> None:
        self.name, self.engine = model.name, model.engine
        self.mode: Literal["completion", "chat"] = model.mode
        self.parallel, self.deterministic = model.parallel, model.deterministic
        self._model, self._cache, self._where = model, cache, where

    async def answer(self, request: Request) -> Answer:
        """See `LanguageModel.answer`. From the cache if it holds every sample, with what they took when they were made."""
        keys = [sample_key(self._where, self.name, self.engine, request, index) for index in range(request.n)]
        try:
            found = [each for each in map(self._cache.find, keys) if each]
        except (sqlite3.Error, msgspec.DecodeError):
            found = []
        if len(found) == request.n:
            return msgspec.structs.replace(_joined(found), cache_hit=True)
        answer = await self._model.answer(request)
        try:
            for index, key in enumerate(keys):
                self._cache.keep(key, _sample(answer, index))
        except sqlite3.Error:
            pass  # a full disk or a locked file: the answer is there all the same
        return answer

    async def aclose(self) -> None:
        """Free what the model holds, and close the cache."""
        self._cache.close()
        await self._model.aclose()


def sample_key(where: str, name: str, engine: str, request: Request, index: int) -> bytes:
    """What sample `index` of `request` is kept under."""
    asked = msgspec.structs.replace(request, n=1)
    return hashlib.sha256(msgspec.json.encode([where, name, engine, asked, index])).digest()


def _sample(answer: Answer, index: int) -> Answer:
    """One sample of an answer; the first bears the tokens that all share."""
    count, usage = len(answer.texts), answer.usage
    mine = usage.completion_tokens // count + (usage.completion_tokens % count if index == 0 else 0)
    shared = usage if index == 0 else Usage()
    return msgspec.structs.replace(
        answer,
        texts=(answer.texts[index],),
        finish=(answer.finish[index],),
        usage=msgspec.structs.replace(shared, completion_tokens=mine),
    )


def _joined(samples: list[Answer]) -> Answer:
    return msgspec.structs.replace(
        samples[0],
        texts=tuple(each.texts[0] for each in samples),
        finish=tuple(each.finish[0] for each in samples),
        usage=total(each.usage for each in samples),
    )
