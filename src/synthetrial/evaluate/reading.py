"""An evaluation read back from its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

from synthetrial.errors import StoreError
from synthetrial.evaluate.computing import NOT_ASKED
from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.metric import MetricResult

FILE: Final = "evaluation.json"


class _File(msgspec.Struct, frozen=True):
    run: str
    split: dict[str, Any]
    metrics: dict[str, MetricResult]
    refused: tuple[str, ...] = ()
    skipped: dict[str, str] = {}


def load_evaluation(run: Path) -> Evaluation | None:
    """The evaluation of the run in folder `run`, None where it was not evaluated. Raises `StoreError` if it cannot be read."""
    path = run / FILE
    return read_evaluation(path) if path.is_file() else None


def read_evaluation(path: Path) -> Evaluation:
    """The evaluation in `path` (evaluation.json). Raises `StoreError` if it cannot be read."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.DecodeError) as error:
        raise StoreError(f"{path} cannot be read ({error}); measure again with `synthetrial evaluate {path.parent}`") from error
    return Evaluation(
        run=found.run,
        split=found.split,
        metrics=found.metrics,
        refused=found.refused,
        skipped=found.skipped,
        failed=tuple(name for name, why in found.skipped.items() if not why.startswith(NOT_ASKED)),
    )
