"""knn-recall: copies reach every real trial; one trial repeated and records of another topic reach hardly any."""

from __future__ import annotations

import pytest
import standins

from synthetrial.evaluate.fidelity.recall import knn_recall
from synthetrial.evaluate.inputs import Inputs


def test_held_out_trials_are_near_the_reference(real: Inputs) -> None:
    result = knn_recall(real, standins.rng())
    assert result.value == pytest.approx(standins.reference(result), abs=0.15)


def test_copies_of_the_training_set_reach_all_of_it(whole: Inputs) -> None:
    assert knn_recall(whole, standins.rng()).value == 1


def test_one_trial_over_and_over_reaches_hardly_any(repeated: Inputs) -> None:
    assert knn_recall(repeated, standins.rng()).value < 0.1


def test_records_of_another_topic_reach_far_fewer(off_topic: Inputs) -> None:
    result = knn_recall(off_topic, standins.rng())
    assert result.value < standins.reference(result) - 0.3
