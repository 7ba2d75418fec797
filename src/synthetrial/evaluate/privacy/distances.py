"""Cosine distances from records to the real trials nearest to them, a chunk of records at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.inputs import Inputs
from synthetrial.similar.embedding import Vectors

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

_CHUNK: Final = 256
_SAME: Final = 1e-6
"""Distances below this are 0: single-precision products of one vector with itself differ by so much."""


def vectors_of(inputs: Inputs, ids: Sequence[str]) -> Vectors:
    """The rows of `inputs.even_vectors` of these trials or records."""
    return inputs.even_vectors[[inputs.row[each] for each in ids]]


def to_nearest(records: Vectors, pool: Vectors, samples: Sequence[Numbers]) -> Floats:
    """1 - cosine of each record to its nearest of each sample of `pool` (rows of it): records × samples, in 0 to 2."""
    found = np.empty((len(records), len(samples)))
    for start in range(0, len(records), _CHUNK):
        near = records[start : start + _CHUNK] @ pool.T
        for column, rows in enumerate(samples):
            found[start : start + _CHUNK, column] = near[:, rows].max(axis=1)
    return _settled(found)


def two_nearest(records: Vectors, pool: Vectors) -> Floats:
    """1 - cosine of each record to its nearest and its second-nearest trial of `pool` (two or more): records × 2."""
    found = np.empty((len(records), 2))
    for start in range(0, len(records), _CHUNK):
        near = records[start : start + _CHUNK] @ pool.T
        found[start : start + _CHUNK] = np.sort(np.partition(near, -2, axis=1)[:, -2:], axis=1)[:, ::-1]
    return _settled(found)


def samples(total: int, size: int, repeats: int, rng: np.random.Generator) -> list[Numbers]:
    """`repeats` samples of `size` of `total` rows without replacement; one of all rows where `size` is `total`."""
    if size >= total:
        return [np.arange(total)]
    return [np.sort(rng.permutation(total)[:size]) for _ in range(repeats)]


def _settled(cosines: Floats) -> Floats:
    apart: Floats = np.clip(1 - cosines, 0, 2)
    return np.where(apart < _SAME, 0.0, apart)
