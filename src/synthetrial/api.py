"""The Python API, as small as the command line: load_corpus, split, generate, evaluate, export; and `Run`, what they share.

import synthetrial as st

run = st.generate(n=24, model="scripted", out="runs/example")
evaluation = st.evaluate(run, quick=True)
st.export(run, "jsonl", "example.jsonl")
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from synthetrial import notebook
from synthetrial.paths import RUNS

if TYPE_CHECKING:
    from synthetrial.config import RunConfig
    from synthetrial.corpus.split import Kind, Split
    from synthetrial.corpus.store import Corpus
    from synthetrial.evaluate.evaluation import Evaluation
    from synthetrial.export.formats import Exported
    from synthetrial.generate.pipeline import Pipeline
    from synthetrial.generate.run import Work
    from synthetrial.run.records import Counts
    from synthetrial.trial import SyntheticTrial


class Run(msgspec.Struct, frozen=True):
    """A run: its folder, and where it stood when this value was made (see `run.records.Counts`)."""

    folder: Path
    counts: Counts

    def trials(self) -> tuple[SyntheticTrial, ...]:
        """The accepted records, in order."""
        from synthetrial.generate.run import trials_of

        return trials_of(self.folder)

    @property
    def evaluation(self) -> Evaluation | None:
        """What was last measured of the run; None if nothing was."""
        from synthetrial.evaluate.reading import load_evaluation

        return load_evaluation(self.folder)

    def to_pandas(self) -> Any:
        """A `pandas.DataFrame` with a row per accepted record, by id; `text` is the one rendering that classifiers see.

        Raises `MissingExtraError` without pandas.
        """
        from synthetrial.text import render

        return notebook.frame(
            (
                {
                    "id": each.id,
                    "synthetic": True,
                    "label": each.label,
                    "drug": each.provenance.plan.get("drug"),
                    "phases": ", ".join(each.protocol.phases),
                    "conditions": "; ".join(each.protocol.conditions),
                    "title": each.protocol.brief_title,
                    "text": render(each.protocol),
                    "weight": each.provenance.weight,
                    "p_label": each.provenance.p_label,
                    "exemplars": each.provenance.exemplars,
                    "model": each.provenance.model,
                }
                for each in self.trials()
            ),
            "id",
        )

    def _repr_html_(self) -> str:
        counts = self.counts
        cost = "unknown" if counts["cost"] is None else f"${counts['cost']:.2f}"
        refused = ", ".join(f"{code} {count}" for code, count in counts["rejected_by"].items())
        shown = notebook.table(
            f"[SYNTHETIC] run {self.folder}",
            (
                ("records accepted", counts["accepted"]),
                ("candidates written", counts["candidates"]),
                ("refused by", refused or "nothing"),
                ("calls", f"{counts['calls']}, {counts['cache_hits']} of them from the cache"),
                ("tokens", f"{counts['prompt_tokens']:,} read, {counts['completion_tokens']:,} written"),
                ("cost", cost),
            ),
        )
        evaluation = self.evaluation
        if evaluation is None:
            return shown + notebook.paragraphs(["Not evaluated yet."])
        from synthetrial.evaluate.verdict import verdict

        return shown + notebook.paragraphs(verdict(evaluation))


def load_corpus(path: Path | str | None = None, *, allow_synthetic: bool = False) -> Corpus:
    """The corpus in the folder `path`, the bundled demo corpus without one. Raises `CorpusError`, `RefusedError`."""
    from synthetrial.corpus.opening import open_corpus

    return open_corpus(None if path is None else str(path), allow_synthetic=allow_synthetic)


def load_run(folder: Path | str) -> Run:
    """The run in `folder`, finished or not. Raises `StoreError` where there is none."""
    from synthetrial.run.store import RunStore

    with RunStore.read(Path(folder)) as store:
        return Run(Path(folder), store.counts())


def split(
    corpus: Corpus, kind: Kind = "random", *, seed: int = 0, before: str | None = None, allow_synthetic: bool = False
) -> Split:
    """Divide `corpus` into train, validation and test: "random", "temporal" (the test side from the ISO date `before` on),
    "unseen-drug" or "unseen-condition". The split is written beside the corpus, and runs on it use that.

    The demo corpus lies in the package and keeps its own split (random, seed 0): another one of it is for looking at. Raises
    `UsageError` for an unknown kind, `CorpusError` where a side would lack a label, `RefusedError` for synthetic trials.
    """
    from synthetrial.corpus import split as splits
    from synthetrial.corpus.draft import SPLIT

    made = splits.make(corpus.trials, kind, seed=seed, before=before, allow_synthetic=allow_synthetic)
    if corpus.path is not None:
        made = msgspec.structs.replace(made, corpus=corpus.fingerprint)
        splits.write(made, corpus.path / SPLIT)
    return made


def generate(
    n: int = 24,
    *,
    model: str = "embedded",
    corpus: Corpus | Path | str | None = None,
    out: Path | str | None = None,
    progress: bool = False,
    allow_synthetic: bool = False,
    **options: Any,
) -> Run:
    """Write records until there are exactly `n` accepted ones in the folder `out`; the same call goes on where it stopped.

    `model` is "scripted", "embedded", a GGUF file, or a model's name at `base_url`; `corpus` one that was loaded, its folder,
    or None for the demo corpus; without `out` the folder is runs/CORPUS-RECIPE-SEED. `options` are the other keys of a run
    configuration (`RunConfig`): recipe, seed, base_url, concurrency, drug, condition, phase, label, max_cost, … `progress`
    shows how far it is. In a notebook the work is done in a thread, and an interrupt lets calls in flight finish.

    Raises `UsageError` for options that make no sense, `MissingExtraError`, `ModelError`, and `StoreError` where `out` holds a
    run with other settings.
    """
    from synthetrial.config import run_config
    from synthetrial.generate import run
    from synthetrial.llm.opening import open_for

    named = corpus if corpus is None or isinstance(corpus, Path | str) else corpus.path
    given = {"n": n, "model": model, "corpus": None if named is None else str(named), **options}
    config = run_config({key: value for key, value in given.items() if value is not None}, "generate")
    folder = usual_folder(config) if out is None else Path(out)

    def made(work: Work) -> Counts:
        if not progress:
            return run.generate(config, folder, open_for, work=work, allow_synthetic=allow_synthetic)
        from rich.console import Console

        from synthetrial.run.overview import progress as reached
        from synthetrial.terminal_run import Watcher

        with Watcher(Console(stderr=True), config.n, reached(folder)[0]) as watch:
            return run.generate(config, folder, open_for, watch=watch, work=work, allow_synthetic=allow_synthetic)

    return Run(folder, _worked(made))


def evaluate(
    run: Run | Path | str,
    *,
    only: str | Collection[str] = (),
    skip: str | Collection[str] = (),
    quick: bool = False,
    seed: int = 0,
) -> Evaluation:
    """Measure a run, keep the figures in its folder, and return them.

    `only` and `skip` name metrics or families ("fidelity", "diversity", "privacy", "utility", "leaks"), one or several; `quick`
    takes fewer draws and resamples. Raises `StoreError` where there is no record, or corpus and split are not those it was made
    from, `RefusedError` where exemplars meet held-out trials, `UsageError` for an unknown name.
    """
    from synthetrial.evaluate.evaluation import evaluate as measured
    from synthetrial.evaluate.from_run import inputs_of
    from synthetrial.evaluate.reading import FILE
    from synthetrial.run.files import write_whole

    folder = _folder(run)
    evaluation = measured(inputs_of(folder), only=_names(only), skip=_names(skip), quick=quick, seed=seed)
    write_whole(folder / FILE, evaluation.to_json())
    return evaluation


def export(
    run: Run | Path | str,
    format: str = "jsonl",
    path: Path | str | None = None,
    *,
    full: bool = False,
    licence: str | None = None,
) -> Exported:
    """Hand out the accepted records of a run, each marked synthetic: how many, where they lie, and what to know about them.

    `format` is one of `export.formats.FORMATS`; without `path` they go to the run's `export` folder. Exemplars are named by
    salted hashes and reasons have no quotes, unless `full`. `licence` is what the card of "hf" says; it is yours to choose.
    Raises `UsageError` for an unknown format, `StoreError`.
    """
    from synthetrial.export.formats import export as written

    return written(_folder(run), format, None if path is None else Path(path), full=full, licence=licence)


def usual_folder(config: RunConfig) -> Path:
    """Where a run lies that is given no folder: runs/CORPUS-RECIPE-SEED."""
    return RUNS / f"{Path(config.corpus or 'demo').name}-{config.recipe.name}-{config.seed}"


def _folder(run: Run | Path | str) -> Path:
    return run.folder if isinstance(run, Run) else Path(run)


def _names(given: str | Collection[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _worked(made: Callable[[Work], Counts]) -> Counts:
    """What `made` gives; in a thread where an event loop runs already, as in a notebook: there can be but one in a thread."""
    from synthetrial.generate.pipeline import Pipeline

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return made(Pipeline.run)
    begun: list[Pipeline] = []
    stopped = threading.Event()

    async def work(pipeline: Pipeline) -> None:
        begun.append(pipeline)
        if stopped.is_set():
            pipeline.stop()
        await pipeline.run()

    with ThreadPoolExecutor(1) as thread:
        counts = thread.submit(made, work)
        try:
            return counts.result()
        except KeyboardInterrupt:
            stopped.set()
            for each in begun:
                each.stop()
            return counts.result()
