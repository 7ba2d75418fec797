"""vendi: real trials count as many different ones as real trials, one record repeated as one."""

from __future__ import annotations

import numpy as np
import pytest
import standins

from synthetrial.evaluate.diversity.vendi import score, vendi
from synthetrial.evaluate.inputs import Inputs


def test_real_trials_are_as_varied_as_the_reference(real: Inputs) -> None:
    result = vendi(real, standins.rng())
    assert result.value == pytest.approx(standins.reference(result), rel=0.15, abs=0.05)
    assert result.ci_low is not None
    assert result.ci_high is not None
    assert result.ci_low <= result.value <= result.ci_high
    assert result.n == 80
    assert vendi(standins.embedded(standins.inputs(standins.held_out())), standins.rng()) == result


def test_one_trial_over_and_over_is_not(repeated: Inputs) -> None:
    result = vendi(repeated, standins.rng())
    assert result.value < 0.5 * standins.reference(result)


def test_the_score_counts_what_differs() -> None:
    assert score(np.eye(7, dtype=np.float32)) == pytest.approx(7)
    assert score(np.ones((9, 1), dtype=np.float32)) == pytest.approx(1)
    assert score(np.repeat(np.eye(4, dtype=np.float32), 5, axis=0)) == pytest.approx(4)
    assert score(np.zeros((3, 4), dtype=np.float32)) == 1
    rows = standins.rng().normal(size=(30, 50)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    values = np.linalg.eigvalsh((rows @ rows.T).astype(np.float64) / 30)
    values = values[values > 1e-12]
    assert score(rows) == pytest.approx(np.exp(-(values * np.log(values)).sum()), rel=1e-4)
    assert score(np.tile(rows, (3, 1))) == pytest.approx(score(rows), rel=1e-4)  # repeating the set adds nothing
