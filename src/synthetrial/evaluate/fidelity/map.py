"""A map of records and real trials: their vectors in two dimensions, for the eye. No figure rests on it."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.fidelity.frontier import widest
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.level import against_training

MOST: Final = 1000
"""Points of a side at most."""

_PERPLEXITY: Final = 30
_PLACES: Final = 3

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


class Map(NamedTuple):
    """Ids of the points, how many of the first are synthetic, and points × 2: by their principal components, and
    by t-SNE (None where there are too few points for its perplexity of 30)."""

    ids: tuple[str, ...]
    synthetic: int
    pca: Floats
    tsne: Floats | None

    def to_dict(self) -> dict[str, object]:
        """JSON values; three decimals are more than a plot shows."""
        return {
            "ids": list(self.ids),
            "synthetic": self.synthetic,
            "pca": np.round(self.pca, _PLACES).tolist(),
            "tsne": None if self.tsne is None else np.round(self.tsne, _PLACES).tolist(),
        }


def vector_map(inputs: Inputs, most: int = MOST) -> Map:
    """As many records as training trials, `most` of each at most (t-SNE of van der Maaten & Hinton 2008: about 4 s for 500 of
    each). The same map each time. Raises `UnmeasurableError` with fewer than 10 of a side."""
    level = against_training(inputs)
    keep = np.random.default_rng(0).permutation(level.size)[:most]
    made, real = np.sort(level.synthetic[0][keep]), np.sort(level.real[0][keep])
    names = sorted(inputs.row, key=inputs.row.__getitem__)
    rows = np.concatenate([made, real])
    flat = widest(inputs.cloud.rows[rows])
    return Map(tuple(names[each] for each in rows), len(made), flat[:, :2], _tsne(flat))


def _tsne(rows: Floats) -> Floats | None:
    from sklearn.manifold import TSNE

    if len(rows) <= 3 * _PERPLEXITY:
        return None
    start = rows[:, :2] / max(float(rows[:, 0].std()), 1e-12) * 1e-4
    placed: Floats = TSNE(perplexity=_PERPLEXITY, init=start, random_state=0).fit_transform(rows).astype(np.float64)
    return placed
