"""A run from its configuration to its accepted records: open or resume the folder, plan once, run the pipeline."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import secrets
import signal
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from synthetrial import __version__
from synthetrial.config import HOW, RunConfig, run_config, to_toml
from synthetrial.corpus.opening import open_corpus, split_of
from synthetrial.errors import StoreError, UsageError
from synthetrial.generate.asking import StoppedError
from synthetrial.generate.event import Event
from synthetrial.generate.limits import LimitError
from synthetrial.generate.pipeline import WISHES, Pipeline
from synthetrial.generate.planner import Wish, make_plan
from synthetrial.generate.workbench import Workbench, prepare
from synthetrial.llm.model import LanguageModel
from synthetrial.llm.nothing import Nothing
from synthetrial.llm.prices import load_prices, price_of
from synthetrial.plan import Cell
from synthetrial.run.files import write_whole
from synthetrial.run.records import Counts
from synthetrial.run.store import RunStore
from synthetrial.spans import span
from synthetrial.trial import PHASES, SyntheticTrial

CONFIG_FILE = "config.toml"
Opener = Callable[[RunConfig], LanguageModel]
Watch = Callable[[Event], None]
Work = Callable[[Pipeline], Awaitable[None]]


def workbench(config: RunConfig, *, allow_synthetic: bool = False) -> Workbench:
    """Corpus, split and everything made from the training split."""
    corpus = open_corpus(config.corpus, allow_synthetic=allow_synthetic)
    return prepare(corpus, split_of(corpus), config)


def plan(bench: Workbench, config: RunConfig) -> Iterator[Cell]:
    """The cells of a run: drawn from the training split, or from the rows of `config.plan_file`."""
    return make_plan(bench.pool, config, _rows(config))


def _rows(config: RunConfig) -> Sequence[Wish]:
    return () if config.plan_file is None else read_plan_file(Path(config.plan_file))


def generate(
    config: RunConfig,
    folder: Path,
    opened: Opener,
    *,
    watch: Watch = lambda event: None,
    work: Work = Pipeline.run,
    allow_synthetic: bool = False,
) -> Counts:
    """Make (or go on making) the run in `folder` until every cell is filled; returns where the run stands.

    `opened` opens the model, only if something is left to write; `work` is what the pipeline does with it. Ctrl-C lets calls
    in flight finish and raises `StoppedError`; the same call goes on. Raises `StoreError` if the folder holds a run with other
    settings.
    """
    with RunStore.open(folder, create=True) as store:
        _same_run(store, config, folder)
        began = time.perf_counter()
        bench = workbench(config, allow_synthetic=allow_synthetic)
        prepared = time.perf_counter() - began
        _same_corpus(store, bench, folder)
        planned = store.has_plan()
        if not planned or store.count_trials() < store.get_meta("wanted"):
            prices, rows = load_prices(config.prices), _rows(config)
            cells = make_plan(bench.pool, config, rows)
            first = [] if planned else [next(cells)]  # a plan that cannot be made is told before a model is opened
            model = opened(config) if config.recipe.write.by == "model" else Nothing()
            if not planned:  # kept only now: neither a plan that cannot be made nor a model that is not there leaves a run
                began = time.perf_counter()
                save_plan(store, bench, config, chain(first, cells), rows)
                store.save_stage("plan", time.perf_counter() - began)
            store.save_stage("prepare", prepared)
            store.set_meta("model", {"name": model.name, "engine": model.engine, "mode": model.mode})
            price = price_of(model.name, model.engine, prices)
            asyncio.run(_run(Pipeline(config, bench, store, model, watch, price), work))
        return store.counts()


def save_plan(store: RunStore, bench: Workbench, config: RunConfig, cells: Iterable[Cell], rows: Sequence[Wish] = ()) -> None:
    """Begin the run of `store`: its plan, its configuration, and what it was planned from."""
    store.save_plan(cells, **{WISHES: rows or None}, **_told(config, bench))
    write_whole(store.folder / CONFIG_FILE, to_toml(config).encode())


async def _run(pipeline: Pipeline, work: Work) -> None:
    store = pipeline.store
    try:
        with _stops_on_interrupt(pipeline), span("synthetrial.generate", synthetrial__run=store.folder.name):
            await work(pipeline)
    except LimitError as error:
        done, wanted = store.count_trials(), store.get_meta("wanted")
        raise LimitError(
            f"{error}: {done} of {wanted} records are in {store.folder}; raise the limit and the same command goes on from here"
        ) from error
    except (StoppedError, asyncio.CancelledError) as error:
        done, wanted = store.count_trials(), store.get_meta("wanted")
        raise StoppedError(
            f"stopped with {done} of {wanted} records in {store.folder}; the same command goes on from here"
        ) from error
    finally:
        await pipeline.model.aclose()
        for stage, seconds in pipeline.times.items():
            store.save_stage(stage, seconds)


@contextlib.contextmanager
def _stops_on_interrupt(pipeline: Pipeline) -> Iterator[None]:
    """The first SIGINT or SIGTERM stops the pipeline gently, a second SIGINT at once."""
    loop = asyncio.get_running_loop()
    main = asyncio.current_task()
    signals = (signal.SIGINT, signal.SIGTERM)

    def interrupted() -> None:
        if pipeline.asker.stopping and main is not None:
            main.cancel()
        pipeline.stop()

    try:
        for each in signals:
            loop.add_signal_handler(each, interrupted)
    except (NotImplementedError, RuntimeError, ValueError):  # Windows, or not the main thread: Ctrl-C then ends the process
        yield
        return
    try:
        yield
    finally:
        for each in signals:
            loop.remove_signal_handler(each)


def _same_run(store: RunStore, config: RunConfig, folder: Path) -> None:
    if store.get_meta("config") is None:
        return
    aside = {"recipe": {"about"}}  # what is said of a recipe changes no record
    asked: dict[str, Any] = config.model_dump(mode="json", exclude=aside)
    # of options that came later, what they are by default
    known = run_config(store.config(), str(folder)).model_dump(mode="json", exclude=aside)
    for key in asked:
        if key not in HOW and known[key] != asked[key]:
            said = "the recipe" if key == "recipe" else f"{key} = {known.get(key)!r}, not {asked[key]!r}"
            raise StoreError(f"{folder} holds a run with other settings ({said}); give another --out, or the same settings")


def _same_corpus(store: RunStore, bench: Workbench, folder: Path) -> None:
    made = _fingerprints(bench)
    known = store.get_meta("fingerprints")
    if known is not None and known != made:
        changed = next(key for key in made if known.get(key) != made[key])
        raise StoreError(f"{folder}: the {changed} has changed since this run began; give another --out, or restore it")


def _told(config: RunConfig, bench: Workbench) -> dict[str, object]:
    """What a run keeps of its beginnings."""
    return {
        "version": __version__,
        "salt": secrets.token_hex(16),
        "fingerprints": _fingerprints(bench),
        "label_rule": bench.corpus.label_rule,
        "config": config.model_dump(mode="json"),
    }


def _fingerprints(bench: Workbench) -> dict[str, str]:
    return {"corpus": bench.corpus.fingerprint, "split": bench.split.fingerprint}


def stored_config(folder: Path) -> RunConfig:
    """The configuration of the run in `folder`. Raises `StoreError` if there is none."""
    with RunStore.read(folder) as store:
        return run_config(store.config(), str(folder))


def trials_of(folder: Path) -> tuple[SyntheticTrial, ...]:
    """The accepted records of the run in `folder`, in order."""
    with RunStore.read(folder) as store:
        return tuple(store.trials())


def read_plan_file(path: Path) -> Sequence[Wish]:
    """Wishes from a CSV with a header: drug, condition, phase, label, count (each may be absent or empty)."""
    columns = {"drug", "condition", "phase", "label", "count"}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read ({error}); give a CSV with columns {', '.join(sorted(columns))}") from error
    if not rows:
        raise UsageError(f"{path}: no rows; give a CSV with columns {', '.join(sorted(columns))}")
    if unknown := {each for each in rows[0] if each} - columns:
        raise UsageError(f"{path}: unknown column {sorted(unknown)[0]!r}; known: {', '.join(sorted(columns))}")
    return [_wish(path, number, row) for number, row in enumerate(rows, 2)]


def _wish(path: Path, number: int, row: dict[str, str | None]) -> Wish:
    given = {key: value.strip() for key, value in row.items() if value and value.strip()}
    label, count, phase = given.get("label"), given.get("count", "1"), given.get("phase")
    if label not in (None, "0", "1"):
        raise UsageError(f"{path}, line {number}: label is 1 or 0, found {label!r}")
    if not count.isdigit() or int(count) < 1:
        raise UsageError(f"{path}, line {number}: count is a number from 1, found {count!r}")
    if phase is not None and phase not in PHASES:
        raise UsageError(f"{path}, line {number}: phase is one of {', '.join(PHASES)}, found {phase!r}")
    return Wish(
        drug=given.get("drug"),
        condition=given.get("condition"),
        phase=phase,
        label=None if label is None else int(label),
        count=int(count),
    )
