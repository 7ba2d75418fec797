"""Distances are scikit-learn's, and samples have the size that was asked for."""

from __future__ import annotations

import numpy as np
import pytest
import standins
from sklearn.neighbors import NearestNeighbors

from synthetrial.evaluate.privacy.distances import samples, to_nearest, two_nearest


def units(size: int, seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(size, 6)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_distances_are_those_of_scikit_learn() -> None:
    records, pool = units(300, 1), units(50, 2)
    near = NearestNeighbors(n_neighbors=2, metric="cosine").fit(pool).kneighbors(records)[0]
    assert two_nearest(records, pool) == pytest.approx(near, abs=1e-6)
    assert to_nearest(records, pool, [np.arange(50)])[:, 0] == pytest.approx(near[:, 0], abs=1e-6)


def test_samples_are_of_the_size_and_whole_where_they_can_be() -> None:
    drawn = samples(10, 4, 3, standins.rng())
    assert [len(set(each.tolist())) for each in drawn] == [4, 4, 4]
    assert [each.tolist() for each in samples(3, 3, 5, standins.rng())] == [[0, 1, 2]]
