"""The run store: one SQLite file per run that holds plan, calls, candidates and accepted trials (invariants 5 and 6).

Every call is a commit of its own, so a process that is killed loses nothing that a method has returned from. One process
writes at a time (`lock`); any number may read while it does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import msgspec

from synthetrial.errors import StoreError
from synthetrial.llm.model import Answer, Request
from synthetrial.lock import WriteLock
from synthetrial.plan import Cell
from synthetrial.run.database import one_line, open_to_read, open_to_write, transaction
from synthetrial.run.records import Call, CandidateKey, Counts, StageTime, StoredCandidate
from synthetrial.run.rows import Rows, encoded
from synthetrial.seeds import derive
from synthetrial.trial import Protocol, SyntheticTrial

FILE: Final = "run.sqlite"
_PAGE: Final = 256


class RunStore(Rows):
    """The store of the run in `folder`. Use it from one thread; close it, or use it as a context manager."""

    def __init__(self, folder: Path, connection: sqlite3.Connection, lock: WriteLock | None) -> None:
        super().__init__(folder / FILE, connection)
        self.folder = folder
        self._lock = lock

    @classmethod
    def open(cls, folder: Path, *, create: bool = False) -> RunStore:
        """The store in `folder`, to write; with `create`, folder and file are made where they are missing.

        Raises `StoreError` if there is none, another process writes to it, or it cannot be used.
        """
        path = folder / FILE
        if not create:
            _must_exist(path)
        with one_line(folder):
            folder.mkdir(parents=True, exist_ok=True)
            lock = WriteLock(folder, "run", StoreError)
        try:
            with one_line(path):
                return cls(folder, open_to_write(path), lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def read(cls, folder: Path) -> RunStore:
        """The store in `folder`, to read, also while a run goes on. Raises `StoreError` if there is none or it is damaged."""
        path = folder / FILE
        _must_exist(path)
        with one_line(path):
            return cls(folder, open_to_read(path), None)

    def close(self) -> None:
        """Fold the log into the file and let another process write. A second call does nothing."""
        with one_line(self.path):
            self.connection.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> RunStore:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def set_meta(self, key: str, value: object) -> None:
        """Keep `value` (anything msgspec can write as JSON) under `key`, in place of what was there."""
        self.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, encoded(value)))

    def get_meta(self, key: str) -> Any:
        """What is kept under `key`, as plain JSON values; None if nothing is."""
        row = self.one("SELECT value FROM meta WHERE key = ?", (key,))
        return None if row is None else self.decoded(row[0], object)

    def config(self) -> dict[str, Any]:
        """The run's configuration as plain values. Raises `StoreError` if it was never begun."""
        found: dict[str, Any] | None = self.get_meta("config")
        if found is None:
            raise StoreError(
                f"{self.folder}: the run was never begun; start it with `synthetrial generate --out {self.folder}`"
            )
        return found

    def save_plan(self, cells: Iterable[Cell], **meta: object) -> None:
        """Store the whole plan, how many records it wants, and what `meta` says of it: all or nothing, however long it is.

        Raises `StoreError` if the run has a plan already, and what making a cell raises.
        """
        wanted = 0
        turns: dict[int, int] = {}
        with one_line(self.path), transaction(self.connection):
            if self.connection.execute("SELECT 1 FROM plan").fetchone():
                raise StoreError(f"{self.path}: this run has a plan already; resume it, or give another --out")
            for each in cells:
                wanted += each.count
                turn = turns.setdefault(derive(*each.exemplars, "", *each.contrast), each.index)
                row = (each.index, each.round, turn, encoded(each))
                self.connection.execute("INSERT INTO plan (cell, round, turn, json) VALUES (?, ?, ?, ?)", row)
            for key, value in {**meta, "wanted": wanted}.items():
                self.connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, encoded(value)))

    def replace_cell(self, cell: Cell) -> None:
        """Plan a cell anew, its turn as it was: `cell.round` counts up, earlier rounds stay for what was written from them."""
        self.execute(
            "INSERT OR REPLACE INTO plan (cell, round, turn, json)"
            " SELECT ?1, ?2, coalesce((SELECT min(turn) FROM plan WHERE cell = ?1), ?1), ?3",
            (cell.index, cell.round, encoded(cell)),
        )

    def cells(self) -> Iterator[Cell]:
        """The plan, each cell in its latest round, read a page at a time: by index, but cells of the same exemplars on end,
        where the first of them stands, so that a server that keeps prompts computes theirs once."""
        after = (-1, -1)
        while page := list(
            self.rows(
                "SELECT json, turn, cell FROM plan WHERE (turn, cell) > (?, ?)"
                " AND round = (SELECT max(round) FROM plan AS other WHERE other.cell = plan.cell) ORDER BY turn, cell LIMIT ?",
                (*after, _PAGE),
            )
        ):
            for row in page:
                yield self.decoded(row[0], Cell)
            after = page[-1][1:]

    def planned(self) -> Iterator[Cell]:
        """The plan as it was made first, by index."""
        for row in self.rows("SELECT json, min(round) FROM plan GROUP BY cell ORDER BY cell"):
            yield self.decoded(row[0], Cell)

    def rounds(self, cell: int) -> tuple[Cell, ...]:
        """The cell of that index in all its rounds. Raises `StoreError` if it is not planned."""
        found = tuple(
            self.decoded(row[0], Cell) for row in self.rows("SELECT json FROM plan WHERE cell = ? ORDER BY round", (cell,))
        )
        if not found:
            raise StoreError(f"{self.path}: cell {cell} is not in the plan; restore the file from a copy, or start anew")
        return found

    def has_plan(self) -> bool:
        """Whether the run was planned."""
        return self.one("SELECT 1 FROM plan", ()) is not None

    def save_call(self, call: Call) -> None:
        """Store a call when its answer arrives; the same key again replaces it. The tilt of its words, which many calls share
        and which follows from the run's first drafts, is left out."""
        usage, request, prompt = call.answer.usage, msgspec.structs.replace(call.request, tilt=()), None
        if request.prompt is not None:
            prompt = f"{derive(request.prompt):016x}"
            self.execute("INSERT OR IGNORE INTO prompts (hash, text) VALUES (?, ?)", (prompt, request.prompt))
            request = msgspec.structs.replace(request, prompt="")
        self.execute(
            "INSERT OR REPLACE INTO calls (key, cell, round, attempt, stage, prompt_tokens, completion_tokens, cached_tokens,"
            " seconds, cost, cache_hit, request, answer, prompt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                call.key, call.cell, call.round, call.attempt, call.stage,
                usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens,
                call.answer.seconds, call.cost, int(call.cache_hit), encoded(request), encoded(call.answer), prompt,
            ),
        )  # fmt: skip

    def find_call(self, key: str) -> Answer | None:
        """The stored answer to the call of that key, if it was made."""
        row = self.one("SELECT answer FROM calls WHERE key = ?", (key,))
        return None if row is None else self.decoded(row[0], Answer)

    def samples_asked(self, cell: int, round: int, attempt: int) -> int:
        """How many samples the first write call of an attempt asked for; 0 if none was made."""
        row = self.one(
            "SELECT request FROM calls WHERE cell = ? AND round = ? AND attempt = ? AND stage = 'write' ORDER BY rowid",
            (cell, round, attempt),
        )
        return 0 if row is None else self.decoded(row[0], Request).n

    def calls(self, cell: int | None = None, round: int | None = None, key: str | None = None) -> Iterator[Call]:
        """All calls, or those of a cell, of a round of it or of that key, in the order in which they were stored."""
        asked = {name: value for name, value in (("cell", cell), ("round", round), ("key", key)) if value is not None}
        where = f"WHERE {' AND '.join(f'{name} = ?' for name in asked)}" if asked else ""
        for row in self.rows(
            "SELECT key, cell, round, attempt, stage, request, answer, cost, cache_hit, prompts.text"
            f" FROM calls LEFT JOIN prompts ON prompts.hash = calls.prompt {where} ORDER BY calls.rowid",
            tuple(asked.values()),
        ):
            request = self.decoded(row[5], Request)
            if row[9] is not None:
                request = msgspec.structs.replace(request, prompt=row[9])
            yield Call(
                key=row[0],
                cell=row[1],
                round=row[2],
                attempt=row[3],
                stage=row[4],
                request=request,
                answer=self.decoded(row[6], Answer),
                cost=row[7],
                cache_hit=bool(row[8]),
            )

    def save_candidate(self, candidate: StoredCandidate) -> None:
        """Store a candidate with its verdict; a later verdict replaces an earlier one, but an accepted one stays as it is."""
        protocol = None if candidate.protocol is None else encoded(candidate.protocol)
        self.execute(
            "INSERT INTO candidates (cell, round, attempt, sample, state, codes, details, text, protocol)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state, codes = excluded.codes,"
            " details = excluded.details, text = excluded.text, protocol = excluded.protocol WHERE state <> 'accepted'",
            (
                *candidate.key,
                candidate.state,
                encoded(candidate.codes),
                encoded(candidate.details),
                candidate.text,
                protocol,
            ),
        )

    def candidates(self, cell: int, round: int | None = None) -> tuple[StoredCandidate, ...]:
        """The candidates of a cell, of one round or of all, by round, attempt and sample."""
        rows = self.rows(
            "SELECT cell, round, attempt, sample, text, protocol, state, codes, details FROM candidates"
            " WHERE cell = ?1 AND (?2 IS NULL OR round = ?2) ORDER BY round, attempt, sample",
            (cell, round),
        )
        return tuple(self._candidate(row) for row in rows)

    def count_candidates(self, cell: int, states: Sequence[str], before: int | None = None) -> int:
        """How many candidates of a cell are in one of the `states`, of all rounds or of those before one."""
        marks = ", ".join("?" * len(states))
        row = self.one(
            f"SELECT count(*) FROM candidates WHERE cell = ? AND round < coalesce(?, round + 1) AND state IN ({marks})",
            (cell, before, *states),
        )
        assert row is not None
        return int(row[0])

    def accept(self, trial: SyntheticTrial, ordinal: int, key: CandidateKey) -> None:
        """Make the candidate of that key the trial number `ordinal` of the run, in one transaction.

        Raises `StoreError` if the id or ordinal is taken, or if no such candidate waits to be accepted.
        """
        with one_line(self.path), transaction(self.connection):
            changed = self.connection.execute(
                "UPDATE candidates SET state = 'accepted' WHERE cell = ? AND round = ? AND attempt = ? AND sample = ?"
                " AND state IN ('passed', 'surplus')",
                key,
            )
            if changed.rowcount != 1:
                raise StoreError(f"{self.path}: {key} is no candidate that passed; store its verdict before accepting it")
            try:
                self.connection.execute(
                    "INSERT INTO trials (id, ordinal, cell, json) VALUES (?, ?, ?, ?)",
                    (trial.id, ordinal, key.cell, encoded(trial)),
                )
            except sqlite3.IntegrityError as error:
                raise StoreError(f"{self.path}: trial {trial.id} or number {ordinal} is accepted already") from error

    def trials(self) -> Iterator[SyntheticTrial]:
        """The accepted trials in order of their ordinals, one at a time."""
        for row in self.rows("SELECT json FROM trials ORDER BY ordinal"):
            yield self.decoded(row[0], SyntheticTrial)

    def count_trials(self) -> int:
        """How many trials are accepted."""
        return int(self.only("SELECT count(*) FROM trials")[0])

    def counts(self) -> Counts:
        """Where the run stands (see `Counts`)."""
        states: dict[str, int] = {}
        rejected_by: dict[str, int] = {}
        for state, codes, count in self.rows("SELECT state, codes, count(*) FROM candidates GROUP BY state, codes"):
            states[state] = states.get(state, 0) + count
            for code in self.decoded(codes, tuple[str, ...]) if state == "rejected" else ():
                rejected_by[code] = rejected_by.get(code, 0) + count
        calls = self.only(
            "SELECT count(*), total(cache_hit), total(iif(cache_hit, 0, prompt_tokens)),"
            " total(iif(cache_hit, 0, completion_tokens)), total(iif(cache_hit, 0, cached_tokens)),"
            " total(iif(cache_hit, 0, seconds)),"
            " iif(count(*) AND NOT total(cost IS NULL AND NOT cache_hit), total(cost), NULL) FROM calls"
        )
        return Counts(
            accepted=self.count_trials(),
            candidates=sum(states.values()),
            states=states,
            rejected_by=dict(sorted(rejected_by.items(), key=lambda item: (-item[1], item[0]))),
            calls=calls[0],
            cache_hits=int(calls[1]),
            prompt_tokens=int(calls[2]),
            completion_tokens=int(calls[3]),
            cached_tokens=int(calls[4]),
            seconds=calls[5],
            cost=calls[6],
        )

    def latencies(self) -> Iterator[tuple[str, str, float, int]]:
        """(stage, when the answer came, seconds, completion tokens) of the calls that were made, in order."""
        yield from self.rows(
            "SELECT stage, created, seconds, completion_tokens FROM calls WHERE cache_hit = 0 ORDER BY created, rowid"
        )

    def save_stage(self, stage: str, seconds: float, detail: str | None = None) -> None:
        """Note how long a stage (retrieve, write, check, …) took."""
        self.execute("INSERT INTO stages (stage, seconds, detail) VALUES (?, ?, ?)", (stage, seconds, detail))

    def stages(self) -> tuple[StageTime, ...]:
        """The noted stages, in order."""
        return tuple(StageTime(*row) for row in self.rows("SELECT stage, seconds, detail, created FROM stages ORDER BY id"))

    def _candidate(self, row: tuple[Any, ...]) -> StoredCandidate:
        return StoredCandidate(
            key=CandidateKey(*row[:4]),
            text=row[4],
            protocol=None if row[5] is None else self.decoded(row[5], Protocol),
            state=row[6],
            codes=self.decoded(row[7], tuple[str, ...]),
            details=self.decoded(row[8], tuple[str, ...]),
        )


def _must_exist(path: Path) -> None:
    if not path.is_file():
        raise StoreError(f"{path}: no run here; start one with `synthetrial generate --out {path.parent}`")
