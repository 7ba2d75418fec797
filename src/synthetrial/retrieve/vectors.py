"""Nearest trials by embedding: MiniLM vectors of the training trials, searched approximately (HNSW, `usearch`).

Optional: an index has them, a graph a label, where it was built with them, which takes the extras `embed` and `vectors` and
about 25 ms a trial.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from synthetrial.errors import MissingExtraError
from synthetrial.retrieve.lookup import Positions
from synthetrial.similar.embedding import embedded, open_embedder
from synthetrial.trial import RegistryTrial

_AT_ONCE: Final = 1_024
_FOUND: Final = 512
"""Neighbours that a search takes in, of all folds."""


class Vectors(msgspec.Struct, frozen=True):
    """A graph for each label, whose keys are positions."""

    graphs: tuple[Any, Any]

    def near(self, position: int, label: int, folds: npt.NDArray[np.uint8], fold: int) -> Positions:
        """Trials of a label and fold near to the one at a position, the nearest first."""
        own = next(vector for each in self.graphs if (vector := each.get(position)) is not None)
        keys = self.graphs[label].search(own, _FOUND).keys.astype(np.int32)
        found: Positions = keys[(folds[keys] == fold) & (keys != position)]
        return found


def build(trials: Sequence[RegistryTrial], labels: npt.NDArray[np.uint8], folder: Path) -> None:
    """Embed the trials and keep a graph a label in `folder`. Raises `MissingExtraError`."""
    kind, embedder = _usearch(), open_embedder((), "minilm")
    graphs: list[Any] = [None, None]
    for begin in range(0, len(trials), _AT_ONCE):
        rows = embedded(embedder, (each.protocol for each in trials[begin : begin + _AT_ONCE]))
        positions = np.arange(begin, begin + len(rows), dtype=np.uint64)
        for label in (0, 1):
            graphs[label] = graphs[label] or kind(ndim=rows.shape[1], metric="cos", dtype="f16")
            mine = labels[begin : begin + len(rows)] == label
            graphs[label].add(positions[mine], rows[mine], threads=0)
    for label, each in enumerate(graphs):
        if each is not None:
            each.save(str(folder / f"vectors-{label}.usearch"))


def opened(folder: Path) -> Vectors | None:
    """The graphs that `build` kept, mapped; None where it kept none."""
    paths = [folder / f"vectors-{label}.usearch" for label in (0, 1)]
    if not all(each.is_file() for each in paths):
        return None
    kind = _usearch()
    failures, successes = (kind.restore(str(each), view=True) for each in paths)
    return Vectors((failures, successes))


def _usearch() -> Any:
    try:
        from usearch.index import Index
    except ImportError as error:
        raise MissingExtraError("vectors need usearch: pip install 'synthetrial[embed,vectors]'") from error
    return Index
