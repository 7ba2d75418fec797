"""frontier: copies are one distribution with the training set, records of another topic share hardly anything with it."""

from __future__ import annotations

import numpy as np
import pytest
import standins

from synthetrial.evaluate.fidelity.frontier import area, frontier
from synthetrial.evaluate.inputs import Inputs


def test_held_out_trials_are_near_the_reference(real: Inputs) -> None:
    result = frontier(real, standins.rng())
    assert result.value == pytest.approx(standins.reference(result), abs=0.15)


def test_copies_of_the_training_set_are_one_distribution_with_it(whole: Inputs) -> None:
    assert frontier(whole, standins.rng()).value == pytest.approx(1)


def test_records_of_another_topic_are_far_below_the_reference(off_topic: Inputs) -> None:
    result = frontier(off_topic, standins.rng())
    assert result.value < standins.reference(result) - 0.3
    assert result.details["cells_without_synthetic"] > 0.3  # type: ignore[operator]  # details hold JSON values


def test_the_area_is_one_for_equals_and_small_for_strangers() -> None:
    one, other = np.array([[0.5, 0.5, 0.0, 0.0]]), np.array([[0.0, 0.0, 0.5, 0.5]])
    assert area(one, one)[0] == pytest.approx(1)
    assert area(one, other)[0] < 0.05
    between = np.array([[0.3, 0.3, 0.2, 0.2]])
    assert area(one, other)[0] < area(one, between)[0] < 1
    assert area(one, between)[0] == pytest.approx(area(between, one)[0])  # the curve is mirrored
