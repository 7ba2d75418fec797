"""A run through batch files: export what is asked next, import what came back, again until the run is filled.

A round asks for the reasons of every cell, the next for its record, a third for what was refused: three to six rounds.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from synthetrial.config import RunConfig
from synthetrial.errors import ModelError, StoreError, UsageError
from synthetrial.generate.pipeline import Pipeline
from synthetrial.generate.run import generate
from synthetrial.llm.answered import AnsweredModel
from synthetrial.llm.batch import lines, read_lines
from synthetrial.llm.model import Answer
from synthetrial.llm.prices import BATCH
from synthetrial.run.records import Counts

MOST_LINES: Final = 50_000
"""Requests in a file of the OpenAI Batch API."""


class Exported(NamedTuple):
    """The files that were written, how many requests they hold, and where the run stands."""

    files: tuple[Path, ...]
    requests: int
    counts: Counts


class Imported(NamedTuple):
    """Answers used, lines that held none (each with why), answers to no open request, requests still open, and the run."""

    answers: int
    failed: tuple[str, ...]
    foreign: int
    open: int
    counts: Counts


def export_batch(config: RunConfig, folder: Path, target: Path, most: int = MOST_LINES) -> Exported:
    """Begin or go on with the run in `folder` and write what it asks next to `target` (and `target`-2, … past `most` lines).

    Raises `UsageError` for an embedded or scripted model without an endpoint, `StoreError` for a file that cannot be written.
    """
    model = AnsweredModel(_named(config), BATCH, "chat")
    counts = generate(config, folder, lambda _: model, work=Pipeline.catch_up)
    rows = lines(config.model, model.open)
    files: list[Path] = []
    while chunk := list(islice(rows, most)):
        path = target if not files else target.with_stem(f"{target.stem}-{len(files) + 1}")
        with _written(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"".join(chunk))
        files.append(path)
    return Exported(tuple(files), len(model.open), counts)


def import_batch(config: RunConfig, folder: Path, results: Sequence[Path]) -> Imported:
    """Take the answers in files of results into the run in `folder`, judge and accept. Raises `ModelError` for other files."""
    answers: dict[str, Answer] = {}
    failed: list[str] = []
    for path in results:
        try:
            with path.open("rb") as file:
                for number, (name, found) in enumerate(read_lines(file), 1):
                    if name is None:
                        raise ModelError(f"{path}, line {number}: {found}; give the output file of a batch (JSON lines)")
                    if isinstance(found, Answer):
                        answers[name] = found
                    else:
                        failed.append(f"{name}: {found}")
        except OSError as error:
            raise ModelError(f"{path}: cannot be read ({error.strerror}); give the output file of a batch") from error
    model = AnsweredModel(_named(config), BATCH, "chat", answers)
    counts = generate(config, folder, lambda _: model, work=Pipeline.catch_up)
    return Imported(model.used, tuple(failed), len(answers) - model.used, len(model.open), counts)


def _named(config: RunConfig) -> str:
    if config.model in ("embedded", "scripted") or config.model.endswith(".gguf"):
        raise UsageError(f"--model {config.model}: batches are for hosted models; give --model NAME")
    return config.model


@contextlib.contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror}); give another --out") from error
