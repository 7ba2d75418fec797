"""knn-density: copies lie as densely as real trials or more so, records of another topic where none are."""

from __future__ import annotations

import pytest
import standins

from synthetrial.evaluate.fidelity.density import knn_density
from synthetrial.evaluate.inputs import Inputs


def test_held_out_trials_are_near_the_reference(real: Inputs) -> None:
    result = knn_density(real, standins.rng())
    assert result.value == pytest.approx(standins.reference(result), abs=0.15)


def test_copies_of_the_training_set_lie_at_least_as_densely(whole: Inputs) -> None:
    assert knn_density(whole, standins.rng()).value >= 1


def test_records_of_another_topic_lie_where_hardly_any_real_trial_is(off_topic: Inputs) -> None:
    result = knn_density(off_topic, standins.rng())
    assert result.value < standins.reference(result) - 0.5
