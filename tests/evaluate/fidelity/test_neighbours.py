"""Neighbours are those found by hand, and reading vectors in chunks changes none of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import standins

from synthetrial.evaluate.fidelity.neighbours import near, radii


def unit(rows: list[list[float]]) -> Any:
    table = np.array(rows, dtype=np.float32)
    return table / np.linalg.norm(table, axis=1, keepdims=True)


def test_neighbours_by_hand() -> None:
    angles = np.array([0.0, 0.1, 0.2, 1.0])
    real = unit([[np.cos(each), np.sin(each)] for each in angles])
    asked = unit([[np.cos(each), np.sin(each)] for each in (0.05, 2.0, 2.1)])
    found = near(asked, real, k=1)
    assert found.precision.tolist() == [1, 0, 0]
    assert found.coverage.tolist() == [1, 1, 0, 1] or found.coverage.tolist() == [1, 1, 0, 0]
    assert found.density.tolist()[1:] == [0, 0]
    assert found.density[0] >= 2
    assert radii(real, 1) == pytest.approx(1 - np.cos([0.1, 0.1, 0.1, 0.8]), abs=1e-5)


def test_chunks_change_nothing() -> None:
    rows = unit(standins.rng().normal(size=(1200, 8)).tolist())
    apart = 1 - rows.astype(np.float64) @ rows.T.astype(np.float64)
    assert radii(rows, 5) == pytest.approx(np.sort(apart, axis=1)[:, 5], abs=1e-4)
