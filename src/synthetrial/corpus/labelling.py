"""By what rule the trials of a corpus get their labels: as a value that goes to other processes and into the manifest."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from synthetrial.corpus.label_file import read_labels
from synthetrial.corpus.labels import Unexplained, completion, rule_name
from synthetrial.errors import CorpusError
from synthetrial.trial import Label, RegistryTrial

UNLABELLED: Final = "none"
"""The label rule of a corpus in which no trial has a label."""


class Labelling(msgspec.Struct, frozen=True):
    """The completion rule (`unexplained` says what a stop without a reason is), a label `file`, or with `source` the labels
    that the records came with."""

    unexplained: Unexplained = "exclude"
    file: Path | None = None
    source: bool = False

    @property
    def rule(self) -> str | None:
        """The rule's name; None where the records say."""
        if self.source:
            return None
        return self.file.name if self.file else rule_name(self.unexplained)


def labelling(labels: str | Path, unexplained: Unexplained) -> Labelling:
    """What `--labels` and `--unexplained` ask for. Raises `CorpusError` for anything unknown and for a bad label file."""
    if unexplained not in ("exclude", "failure"):
        raise CorpusError(f"unexplained={unexplained!r}: give 'exclude' or 'failure'")
    if labels == "completion":
        return Labelling(unexplained)
    if labels == "source":
        return Labelling(source=True)
    path = Path(labels)
    if not path.is_file():
        raise CorpusError(f"{path}: no such label file; give 'completion', 'source' or a CSV of nct_id,label")
    table(path)
    return Labelling(file=path)


def label_of(how: Labelling) -> Callable[[RegistryTrial], Label | None]:
    """The label of a trial, as a function."""
    if how.source:
        return lambda trial: trial.label
    if how.file is None:
        return lambda trial: completion(trial.outcome, unexplained=how.unexplained)
    labels = table(how.file)
    names = {value: Label(value=value, rule=how.file.name) for value in (0, 1)}

    def of(trial: RegistryTrial) -> Label | None:
        value = labels.get(trial.trial_id)
        return None if value is None else names[value]

    return of


@lru_cache(1)
def table(path: Path) -> dict[str, int | None]:
    """A label file, read once."""
    return read_labels(path)
