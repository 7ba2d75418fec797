"""knn-precision: copies lie where real trials lie, so does one trial repeated, and records of another topic do not."""

from __future__ import annotations

import pytest
import standins

from synthetrial.evaluate.fidelity.precision import knn_precision
from synthetrial.evaluate.inputs import Inputs


def test_held_out_trials_are_near_the_reference(real: Inputs) -> None:
    result = knn_precision(real, standins.rng())
    assert result.value == pytest.approx(standins.reference(result), abs=0.15)


def test_copies_of_the_training_set_lie_where_it_lies(whole: Inputs) -> None:
    assert knn_precision(whole, standins.rng()).value == 1


def test_one_trial_over_and_over_is_precise(repeated: Inputs) -> None:
    assert knn_precision(repeated, standins.rng()).value > 0.5


def test_records_of_another_topic_lie_elsewhere(off_topic: Inputs) -> None:
    result = knn_precision(off_topic, standins.rng())
    assert result.value < standins.reference(result) - 0.3
