"""cosine: real trials are alike as the reference says, records of another topic less, and one trial repeated is all alike."""

from __future__ import annotations

from typing import Any

import pytest
import standins

from synthetrial.evaluate.fidelity.cosine import cosine
from synthetrial.evaluate.inputs import Inputs


def test_held_out_trials_are_near_the_reference(real: Inputs) -> None:
    result = cosine(real, standins.rng())
    assert result.value == pytest.approx(standins.reference(result), abs=0.15)


def test_copies_of_the_training_set_are_at_least_as_alike(whole: Inputs, real: Inputs) -> None:
    assert cosine(whole, standins.rng()).value > cosine(real, standins.rng()).value


def test_records_of_another_topic_are_less_alike(off_topic: Inputs) -> None:
    result = cosine(off_topic, standins.rng())
    assert result.value < 0.6 * standins.reference(result)


def test_one_trial_over_and_over_is_alike_among_itself_and_real_trials_are_not(repeated: Inputs) -> None:
    alike: Any = cosine(repeated, standins.rng()).details["distributions"]
    assert alike["synthetic_synthetic"]["mean"] == pytest.approx(1)
    assert alike["real_real"]["mean"] < 0.5


def test_histograms_are_shares_of_all_pairs(real: Inputs) -> None:
    distributions: Any = cosine(real, standins.rng()).details["distributions"]
    size = len(real.synthetic)
    assert distributions["real_real"]["pairs"] == size * (size - 1)
    assert distributions["real_synthetic"]["pairs"] == size * size
    assert all(sum(each["histogram"]) == pytest.approx(1) for each in distributions.values())
