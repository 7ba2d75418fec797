"""length-detection-auc: lengths do not tell copies or shuffled words from the training set, a missing section does."""

from __future__ import annotations

import msgspec
import pytest
import standins

from synthetrial.evaluate.fidelity.length_detection import length_detection_auc
from synthetrial.trial import Eligibility


def test_copies_of_the_training_set_cannot_be_told_from_it() -> None:
    assert length_detection_auc(standins.inputs(standins.copies()), standins.rng()).value == pytest.approx(0.5, abs=0.02)


def test_held_out_trials_are_near_the_reference() -> None:
    result = length_detection_auc(standins.inputs(standins.held_out()), standins.rng())
    assert abs(result.value - standins.reference(result)) < 0.12
    assert 0.3 < result.value < 0.7


def test_shuffled_words_are_as_long_as_they_were() -> None:
    assert length_detection_auc(standins.inputs(standins.shuffled()), standins.rng()).value == pytest.approx(0.5, abs=0.05)


def test_records_without_criteria_are_given_away_by_length() -> None:
    short = standins.changed(
        standins.copies(), lambda each: msgspec.structs.replace(each.protocol, eligibility=Eligibility(sex="ALL"))
    )
    result = length_detection_auc(standins.inputs(short), standins.rng())
    assert result.value > 0.95
    assert result.details["median_words"]["Eligibility"]["synthetic"] == 0  # type: ignore[index]  # details hold JSON values


def test_without_held_out_trials_there_is_no_reference_and_that_is_said() -> None:
    result = length_detection_auc(standins.inputs(standins.copies(20), valid=(), test=()), standins.rng())
    assert result.reference is None
    assert result.details["reference"] == "no held-out trial"
