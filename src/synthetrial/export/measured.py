"""Whether a run's evaluation is one of the records that it hands out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final, NamedTuple

from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.metric import MetricResult
from synthetrial.evaluate.reading import FILE, load_evaluation
from synthetrial.run.store import RunStore

IDENTITY: Final = "identity-scan"


class Measured(NamedTuple):
    """A run's evaluation, if it has one that holds for its records; else why not, in a few words."""

    evaluation: Evaluation | None
    why_not: str

    @property
    def identity(self) -> MetricResult | None:
        """The scan for whatever names somebody or something, which sees every record."""
        return None if self.evaluation is None else self.evaluation.metrics.get(IDENTITY)


def measured(run: Path, store: RunStore) -> Measured:
    """The evaluation of the run in folder `run`, if it is not older than its records and saw as many of them.

    Raises `StoreError` where the file is damaged.
    """
    evaluation = load_evaluation(run)
    if evaluation is None:
        return Measured(None, "it was not evaluated")
    scan, count = evaluation.metrics.get(IDENTITY), store.count_trials()
    if scan is not None and scan.n != count:
        return Measured(None, f"{scan.n} records were evaluated, and there are {count} now")
    (written,) = store.only("SELECT max(created) FROM candidates WHERE state = 'accepted'")
    if written and dt.datetime.fromisoformat(written).timestamp() > (run / FILE).stat().st_mtime:
        return Measured(None, "its evaluation is older than its records")
    return Measured(evaluation, "")
