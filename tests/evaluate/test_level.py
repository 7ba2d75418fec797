"""Sets are compared in equal numbers, drawn alike for all metrics; intervals lie about the figure that is reported."""

from __future__ import annotations

import numpy as np
import pytest
import standins
from hypothesis import given
from hypothesis import strategies as st

from synthetrial.evaluate.level import MOST, _level, against_real, against_training, centred, compared, jackknife
from synthetrial.evaluate.metric import UnmeasurableError


def test_all_sides_have_one_size_and_come_from_their_own_rows() -> None:
    inputs = standins.inputs(standins.held_out()[:30])
    level = against_training(inputs)
    train = len(inputs.train)
    assert level.size == 30
    assert len(level.synthetic) == len(level.held) == len(level.real) > 1
    for synthetic, held, real in zip(level.synthetic, level.held, level.real, strict=True):
        assert len(synthetic) == len(held) == len(real) == 30
        assert real.max() < train <= held.min()
        assert held.max() < inputs.synthetic_rows.start <= synthetic.min()
        assert len(np.unique(held)) == 30
    again = against_training(inputs)
    assert all(np.array_equal(one, other) for one, other in zip(level.held, again.held, strict=True))
    assert not np.array_equal(level.held[0], level.held[1])


def test_where_no_side_is_larger_there_is_nothing_to_draw() -> None:
    level = _level(np.arange(20, 40), np.arange(20), np.arange(20), "real trials")
    assert len(level.synthetic) == 1
    assert level.synthetic[0].tolist() == list(range(20, 40))


def test_large_sides_are_cut_and_few_are_refused() -> None:
    rows = np.arange(3 * MOST)
    assert _level(rows, rows, rows, "real trials").size == MOST
    with pytest.raises(UnmeasurableError, match="3 synthetic records and 120 training trials: 10 of each"):
        against_training(standins.inputs(standins.copies(3)))
    with pytest.raises(UnmeasurableError, match="no synthetic record"):
        against_real(standins.inputs([]))


def test_without_held_out_trials_there_is_no_reference() -> None:
    level = against_training(standins.inputs(standins.copies(20), valid=(), test=()))
    assert level.held == ()
    assert compared(level, lambda one, other: float(len(one))) == (20.0, None)


@given(st.floats(0, 1), st.lists(st.floats(0, 2), min_size=2, max_size=40))
def test_a_centred_interval_holds_its_estimate_and_keeps_to_the_range(estimate: float, resampled: list[float]) -> None:
    low, high = centred(estimate, np.array(resampled), high=1.0)
    assert low is not None
    assert high is not None
    assert 0 <= low <= estimate <= high <= 1


def test_an_interval_of_nothing_is_none() -> None:
    assert centred(0.5, np.array([np.nan, np.nan])) == (None, None)
    assert jackknife(1.0, lambda rows: 0.0, np.arange(4), ["a"] * 4) == (None, None)


def test_the_jackknife_of_a_mean_has_its_standard_error() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(5, 2, 2000)
    low, high = jackknife(float(values.mean()), lambda rows: float(values[rows].mean()), np.arange(2000), list(range(2000)))
    assert low is not None
    assert high is not None
    assert (high - low) / 2 == pytest.approx(1.96 * 2 / np.sqrt(2000), rel=0.4)


def test_the_jackknife_leaves_out_whole_clusters() -> None:
    seen: list[set[int]] = []

    def measure(rows: np.ndarray) -> float:
        seen.append(set(rows.tolist()))
        return 0.0

    jackknife(0.0, measure, np.arange(12), [each // 3 for each in range(12)])
    assert len(seen) == 4
    assert all(len(each) == 9 and len({row // 3 for row in each}) == 3 for each in seen)
