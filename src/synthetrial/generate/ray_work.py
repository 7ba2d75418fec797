"""A run on a Ray cluster: actors write and judge cells, the driver stores what they send and accepts in cell order.

Each actor has corpus, split and model of its own and an event loop on which many cells are written at once. It works on a
scratch store with what is known of its cells, so that a resumed run repeats no call; what dies with an actor or the driver is
found in the answer cache, where the node has one. The driver alone writes the run's store.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable, Generator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from synthetrial.config import RunConfig
from synthetrial.errors import MissingExtraError, ModelError, SynthetrialError
from synthetrial.generate.asking import StoppedError
from synthetrial.generate.event import Event
from synthetrial.generate.limits import LimitError
from synthetrial.generate.pipeline import Pipeline
from synthetrial.generate.run import workbench
from synthetrial.llm.opening import open_for
from synthetrial.llm.prices import load_prices, price_of
from synthetrial.plan import Cell
from synthetrial.run.records import Call, StoredCandidate
from synthetrial.run.store import RunStore

if TYPE_CHECKING:
    import numpy as np

BLOCKS_AT_ONCE: Final = 4
"""Blocks of cells that an actor works on together: while one ends, others keep its model busy."""
CELLS_PER_ACTOR: Final = 16
"""Cells at once for which another actor is started, as long as there are processors."""
CELLS_PER_ROUND: Final = 20_000
"""Cells handed to the cluster at once; the driver holds their plans."""
INSTALL: Final = 'pip install "synthetrial[ray]"'


class Task(msgspec.Struct, frozen=True):
    """A round of a cell to write: how many sound candidates it is to give, and what is known of it."""

    cell: Cell
    wanted: int
    calls: tuple[Call, ...]
    candidates: tuple[StoredCandidate, ...]


class Done(msgspec.Struct, frozen=True):
    """What an actor did for a cell, or the error that ended it."""

    cell: int
    calls: tuple[Call, ...]
    candidates: tuple[StoredCandidate, ...]
    error: str | None = None


class CellWriter:
    """The actor: a batch of tasks in, what was done out (both as bytes in a column)."""

    def __init__(self, config: str, allow_synthetic: bool, answers: str | None) -> None:
        if answers is not None:  # as the driver has it: an actor's environment is that of its node
            os.environ["SYNTHETRIAL_ANSWERS"] = answers
        self.config = RunConfig.model_validate_json(config)
        self.bench = workbench(self.config, allow_synthetic=allow_synthetic)
        self.model = open_for(self.config)
        self.price = price_of(self.model.name, self.model.engine, load_prices(self.config.prices))

    async def __call__(self, batch: dict[str, np.ndarray[Any, Any]]) -> dict[str, list[bytes]]:
        """Write the cells of a batch at once."""
        tasks = [msgspec.msgpack.decode(each, type=Task) for each in batch["task"]]
        with tempfile.TemporaryDirectory(prefix="synthetrial-") as folder, RunStore.open(Path(folder), create=True) as scratch:
            scratch.save_plan(each.cell for each in tasks)
            for each in tasks:
                for call in each.calls:
                    scratch.save_call(call)
                for candidate in each.candidates:
                    scratch.save_candidate(candidate)
            pipeline = Pipeline(self.config, self.bench, scratch, self.model, price=self.price)
            errors = await asyncio.gather(*(_attempted(pipeline, each) for each in tasks))
            return {"done": [_done(scratch, each, error) for each, error in zip(tasks, errors, strict=True)]}


async def _attempted(pipeline: Pipeline, task: Task) -> str | None:
    try:
        await pipeline.candidates(task.cell, task.wanted)
    except SynthetrialError as error:
        return str(error)
    return None


def _done(scratch: RunStore, task: Task, error: str | None) -> bytes:
    cell, known = task.cell, {each.key for each in task.calls}
    calls = tuple(each for each in scratch.calls(cell.index, cell.round) if each.key not in known)
    judged = {each.key for each in task.candidates}
    candidates = tuple(each for each in scratch.candidates(cell.index, cell.round) if each.key not in judged)
    return msgspec.msgpack.encode(Done(cell.index, calls, candidates, error))


def ray_work(config: RunConfig, *, allow_synthetic: bool = False) -> Callable[[Pipeline], Awaitable[None]]:
    """What `generate` does with a pipeline whose cells are written by Ray actors; its own model answers nothing (see
    `llm.opening.elsewhere`). Raises `MissingExtraError`."""
    try:
        import ray.data  # noqa: F401 (told here if it is missing, before a run is begun)
    except ImportError as error:
        raise MissingExtraError(f"--executor ray: Ray is not installed: {INSTALL}") from error

    async def work(pipeline: Pipeline) -> None:
        await pipeline.catch_up()
        while tasks := [_task(pipeline, each) for each in islice(pipeline.open_cells(), CELLS_PER_ROUND)]:
            await _round(pipeline, tasks, _results(config, tasks, allow_synthetic))

    return work


async def _round(pipeline: Pipeline, tasks: list[bytes], results: Generator[bytes]) -> None:
    """Store what comes, plan anew where that is due, and accept cell after cell as far as the first that is not filled."""
    came: set[int] = set()
    cells = islice(pipeline.open_cells(), len(tasks))
    head: Cell | None = next(cells)
    filled = True
    with closing(results):
        while (row := await asyncio.to_thread(next, results, None)) is not None:
            came.add(_store(pipeline, msgspec.msgpack.decode(row, type=Done)))
            while head is not None and head.index in came:
                came.discard(head.index)
                filled = await pipeline.settle(head.index, accept=filled) and filled
                head = next(cells, None)
            if pipeline.asker.stopping:
                raise StoppedError("stopped")
            if reached := pipeline.asker.limits.reached():
                raise LimitError(reached)
    if not filled:
        await pipeline.catch_up()


def _task(pipeline: Pipeline, cell: Cell) -> bytes:
    """A cell that is not filled, with what is known of it."""
    store = pipeline.store
    calls = tuple(store.calls(cell.index, cell.round)) + pipeline.shared_calls(cell)
    known = {each.key: each for each in calls}.values()
    wanted = pipeline.wanted(cell.index, cell.round)
    return msgspec.msgpack.encode(Task(cell, wanted, tuple(known), store.candidates(cell.index, cell.round)))


def _results(config: RunConfig, tasks: list[bytes], allow_synthetic: bool) -> Generator[bytes]:
    """What the actors send, as it comes."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # no telemetry
    import ray

    if not ray.is_initialized():
        ray.init(include_dashboard=False, log_to_driver=False, configure_logging=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    resources: dict[str, float] = ray.cluster_resources()
    processors = int(resources.get("CPU", 1))
    actors = max(1, min(processors - 1, config.concurrency // CELLS_PER_ACTOR))
    cells = max(1, config.concurrency // (actors * BLOCKS_AT_ONCE))
    rows = ray.data.from_items([{"task": each} for each in tasks], override_num_blocks=-(-len(tasks) // cells))
    written = rows.map_batches(
        CellWriter,
        batch_size=None,
        compute=ray.data.ActorPoolStrategy(size=actors, max_concurrent_calls_per_actor=BLOCKS_AT_ONCE),
        fn_constructor_kwargs={
            "config": config.model_dump_json(),
            "allow_synthetic": allow_synthetic,
            "answers": os.environ.get("SYNTHETRIAL_ANSWERS"),
        },
    )
    found: Any = iter(written.iter_rows())
    with closing(found):  # else Ray works on when a run stops
        for row in found:
            yield row["done"]


def _store(pipeline: Pipeline, done: Done) -> int:
    """Keep what an actor did; the index of the cell. Raises `ModelError` where one ended it."""
    for call in done.calls:
        pipeline.asker.limits.count(call.answer, call.cost)
        pipeline.store.save_call(call)
        pipeline.watch(Event("call", call.cell, call.attempt, call.stage, call.answer, call.cost))
    for each in done.candidates:
        pipeline.store.save_candidate(each)
        kind = "passed" if each.state == "passed" else "rejected"
        pipeline.watch(Event(kind, each.key.cell, each.key.attempt, codes=each.codes))
    if done.error is not None:
        raise ModelError(done.error)
    return done.cell
