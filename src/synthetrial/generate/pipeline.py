"""The main loop: cells are written concurrently, and committed in cell order.

Work on cells runs ahead of the commits by a bounded window. A cell's candidates are judged by everything but the duplicate
check as they arrive, and a hopeless cell is planned anew at once; whether one is accepted is decided when its cell's turn
comes, against what is accepted before it. So neither concurrency nor a kill changes which records are accepted, as long as the
model answers the same to the same request.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import accumulate, islice
from typing import Final, NamedTuple

import msgspec

from synthetrial.check.candidate import Candidate
from synthetrial.check.duplicate import check_against
from synthetrial.config import RunConfig
from synthetrial.errors import SynthetrialError
from synthetrial.generate.asking import Asker, call_key
from synthetrial.generate.event import Event
from synthetrial.generate.judging import here, judging
from synthetrial.generate.lessons import Lessons
from synthetrial.generate.limits import Limits
from synthetrial.generate.planner import Planner, Wish
from synthetrial.generate.record import synthetic_trial
from synthetrial.generate.workbench import Workbench
from synthetrial.generate.writer import reasons_request, write
from synthetrial.generate.written import Source, Written
from synthetrial.llm.answered import OpenRequestError
from synthetrial.llm.model import LanguageModel
from synthetrial.llm.prices import Price
from synthetrial.plan import Cell
from synthetrial.run.records import Call, CandidateKey, StoredCandidate
from synthetrial.run.store import RunStore
from synthetrial.similar.duplicates import DuplicateIndex
from synthetrial.spans import span
from synthetrial.text import render

MANY: Final = 16
"""Calls at once from which checks have processes of their own, and work runs `AHEAD`."""

AHEAD: Final = 16
"""Cells in work for each call at once: while the first is tried again and again, those behind it go on. About 15 kB each."""

MOST_ROUNDS: Final = 20
"""How often a cell is planned anew before the run gives up on it."""

WISHES: Final = "wishes"
"""The store's key of the rows of a plan file."""


_SOUND: Final = ("passed", "accepted", "surplus")


class _Judged(NamedTuple):
    """A candidate with its verdict in, the cell as it was planned then, and what its record would be made of."""

    cell: Cell
    stored: StoredCandidate
    written: Written


class Pipeline:
    """One run over a store: `await run()` fills every cell or raises; `stop()` lets what is in flight finish first."""

    def __init__(
        self,
        config: RunConfig,
        bench: Workbench,
        store: RunStore,
        model: LanguageModel,
        watch: Callable[[Event], None] = lambda event: None,
        price: Price | None = None,
    ) -> None:
        self.config, self.bench, self.store, self.model, self.watch = config, bench, store, model, watch
        self.asker = Asker(store, model, Limits(config, store.counts(), price), price, watch, config.concurrency)
        self.source = Source(
            recipe=config.recipe, seed=config.seed, mode=model.mode, log_odds=bench.log_odds, view=bench.view,
            teacher=bench.teacher,
        )  # fmt: skip
        self._best_of = config.recipe.write.best_of if model.mode == "completion" else 1
        self._lessons: Lessons | None = None  # cells written elsewhere have none
        self.times: dict[str, float] = {"check": 0.0, "commit": 0.0}
        """Seconds spent in checks and commits in this sitting."""
        self._judged_by = here(bench.view, config.recipe.check.skip)
        self._accepted: DuplicateIndex[str] = DuplicateIndex()
        self._ordinal = 0
        self._loaded = False
        rows = store.get_meta(WISHES)
        self._rows = None if rows is None else msgspec.convert(rows, list[Wish])
        self._shown: Counter[int] = Counter()
        self._begun: Counter[int] = Counter()
        self._size = lru_cache(maxsize=4096)(self._size_stored)

    def stop(self) -> None:
        """No record is begun after this; those in flight are finished and stored."""
        self.asker.stopping = True

    async def run(self) -> None:
        """Fill the cells of the stored plan. Raises `StoppedError` after `stop`, `ModelError` if the model cannot be used."""
        self._load()
        if self._best_of > 1 and self.config.recipe.write.critic:
            self._lessons = Lessons(self.source, self.bench, self.store, self.asker.of)
        async with contextlib.AsyncExitStack() as beside:
            if self.asker.parallel >= MANY:
                self._judged_by = await beside.enter_async_context(judging(self.bench.view, self.config.recipe.check.skip))
            await self._work()

    async def _work(self) -> None:
        # an engine that serves one call at a time keeps the prompt of a cell: all attempts at it before the next cell
        parallel = self.asker.parallel
        ahead = 1 if parallel == 1 else (AHEAD if parallel >= MANY else 2) * parallel
        cells = self.open_cells()
        begun: deque[tuple[int, asyncio.Task[list[_Judged]]]] = deque()
        try:
            while True:
                for each in islice(cells, ahead - len(begun)):
                    begun.append((each.index, asyncio.create_task(self.written(each.index))))
                if not begun:
                    return
                index, task = begun.popleft()
                await self._fill(index, await task)
                await asyncio.sleep(0)  # many cells may be done at once: calls and checks go on between their commits
        except BaseException as error:
            self.stop()
            if isinstance(error, asyncio.CancelledError):  # asked twice: not even what is in flight is waited for
                for _, task in begun:
                    task.cancel()
            await asyncio.gather(*(task for _, task in begun), return_exceptions=True)
            raise

    async def catch_up(self) -> None:
        """Go as far as stored answers and those of a model that may have none (`OpenRequestError`) allow, cell after cell.

        What waits behind a cell that is not filled is judged, and accepted when its turn comes.
        """
        self._load()
        filled = True
        for cell in self.open_cells():
            filled = await self.settle(cell.index, accept=filled) and filled

    def open_cells(self) -> Iterator[Cell]:
        """The cells that lack records, in order."""
        return (each for each in self.store.cells() if self._lacks(each.index))

    async def settle(self, index: int, *, accept: bool) -> bool:
        """Judge what was written for a cell, and with `accept` fill it; whether it is filled."""
        try:
            judged = await self.written(index)
            if accept:
                await self._fill(index, judged)
            return accept
        except OpenRequestError:
            return False

    def _load(self) -> None:
        """What is accepted and planned already; once."""
        if self._loaded:
            return
        self._loaded = True
        for trial in self.store.trials():
            self._accepted.add(trial.id, render(trial.protocol))
            self._ordinal += 1
        for each in self.store.planned():  # as planned first: which cells were planned anew before does not matter
            shown = [self.bench.pool.position(trial) for trial in each.exemplars]
            self._shown.update(shown)
            self._begun[shown[0]] += 1

    def wanted(self, index: int, round_: int) -> int:
        """How many sound candidates a round of a cell is to give: what it is to hold, less those of its earlier rounds."""
        return self._size(index) - self.store.count_candidates(index, _SOUND, before=round_)

    def shared_calls(self, cell: Cell) -> tuple[Call, ...]:
        """The stored call that `cell` shares with others (its reasons), if it was made."""
        request = reasons_request(self.source, cell, self.bench.exemplars(cell))
        return tuple(self.store.calls(key=call_key(cell, "reasons", 0, request)))

    def _lacks(self, index: int) -> bool:
        return self._size(index) > self.store.count_candidates(index, ("accepted",))

    def _size_stored(self, index: int) -> int:
        """How many records a cell is to hold, over all its rounds."""
        return self.store.rounds(index)[0].count

    async def _fill(self, index: int, judged: list[_Judged]) -> None:
        """Accept records of a cell until it has its count; those that repeat an accepted one are written again."""
        while True:
            began = time.perf_counter()
            for each in judged:
                if each.stored.state == "passed":
                    self._decide(each)
            self.times["commit"] += time.perf_counter() - began
            if not self._lacks(index):
                return
            judged = await self.written(index)

    def _plan_anew(self, cell: Cell, missing: int) -> Cell:
        if cell.round >= MOST_ROUNDS:
            codes = Counter(code for each in self.store.candidates(cell.index) for code in each.codes)
            said = ", ".join(f"{code} {count}" for code, count in codes.most_common(4))
            raise SynthetrialError(
                f"cell {cell.index} ({cell.drug}, label {cell.label}) was planned {cell.round + 1} times and every record "
                f"was rejected ({said}); see `synthetrial show`, or use another model or recipe"
            )
        wish = msgspec.structs.replace(self._wish(cell.index), label=cell.label, count=missing)
        planner = Planner(self.bench.pool, self.config)
        planner.uses = Counter(self._shown)
        for position, count in self._begun.items():
            planner.seeds[position] = count
        anew = planner.cell(cell.index, wish, cell.round + 1)
        self.store.replace_cell(anew)
        return anew

    def _wish(self, index: int) -> Wish:
        """What was asked of a cell: a row of the plan file, or the filters of the configuration."""
        if self._rows is None:
            return Wish(drug=self.config.drug, condition=self.config.condition, phase=self.config.phase)
        per_prompt = self.config.recipe.plan.samples_per_prompt
        last = list(accumulate(-(-each.count // per_prompt) for each in self._rows))  # cells up to and with each row
        return self._rows[bisect_right(last, index)]

    async def written(self, index: int) -> list[_Judged]:
        """Judged candidates of a cell, of all its rounds, until as many are sound as it is to hold; it is planned anew when the
        attempts of a round are used up."""
        judged: list[_Judged] = []
        with span("synthetrial.cell", synthetrial__cell=index):
            rounds = self.store.rounds(index)
            for each in rounds:
                judged += await self.candidates(each, self.wanted(index, each.round))
            cell = rounds[-1]
            while (wanted := self.wanted(index, cell.round + 1)) > 0:
                cell = self._plan_anew(cell, wanted)
                judged += await self.candidates(cell, wanted)
        return judged

    async def candidates(self, cell: Cell, wanted: int) -> list[_Judged]:
        """Judged candidates of a round of a cell, until `wanted` of them are sound or its attempts are used up."""
        found: list[_Judged] = []
        known = {each.key: each for each in self.store.candidates(cell.index, cell.round)}
        exemplars = self.bench.exemplars(cell)
        for attempt in range(self.config.recipe.check.max_attempts):
            short = wanted - sum(each.stored.state in _SOUND for each in found)
            if short <= 0:
                break
            n = self.store.samples_asked(cell.index, cell.round, attempt) // self._best_of or short
            source = self.source if self._lessons is None else await self._lessons.source()
            for written in await write(source, cell, exemplars, attempt, n, self.asker.of(cell)):
                key = CandidateKey(cell.index, cell.round, attempt, written.index)
                found.append(_Judged(cell, known.get(key) or await self._judge(cell, key, written), written))
        return found

    async def _judge(self, cell: Cell, key: CandidateKey, written: Written) -> StoredCandidate:
        candidate = Candidate(
            cell=cell,
            exemplars=self.bench.exemplars(cell),
            text=written.text,
            protocol=written.protocol,
            error=written.error,
        )
        began = time.perf_counter()
        with span("synthetrial.check") as note:
            verdict = await self._judged_by(candidate)
            note("synthetrial.codes", " ".join(verdict.codes))
        self.times["check"] += time.perf_counter() - began
        stored = StoredCandidate(
            key=key,
            text=written.text,
            protocol=written.protocol,
            state="passed" if verdict.accepted else "rejected",
            codes=verdict.codes,
            details=verdict.details,
        )
        self.store.save_candidate(stored)
        self.watch(Event("passed" if verdict.accepted else "rejected", cell.index, key.attempt, codes=verdict.codes))
        return stored

    def _decide(self, judged: _Judged) -> None:
        """Accept a candidate that passed, unless its cell is full or it repeats an accepted record."""
        cell, stored, protocol = judged.cell, judged.stored, judged.stored.protocol
        assert protocol is not None, "a candidate that passed was parsed"
        if not self._lacks(cell.index):
            self.store.save_candidate(msgspec.structs.replace(stored, state="surplus"))
            return
        detail = None if "duplicate" in self.config.recipe.check.skip else check_against(protocol, self._accepted)
        if detail is not None:
            self.store.save_candidate(
                msgspec.structs.replace(stored, state="rejected", codes=("duplicate",), details=(detail,))
            )
            self.watch(Event("rejected", cell.index, stored.key.attempt, codes=("duplicate",)))
            return
        trial = synthetic_trial(
            self.bench, self.config.recipe, self.config.seed, self.model.engine, cell, stored.key, judged.written, protocol
        )
        self.store.accept(trial, self._ordinal, stored.key)
        self._accepted.add(trial.id, render(protocol))
        self._ordinal += 1
        self.watch(Event("accepted", cell.index, stored.key.attempt, trial=trial))
