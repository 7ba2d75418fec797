"""detection-auc: copies cannot be told from the training set by their words, records with words of their own can."""

from __future__ import annotations

import msgspec
import pytest
import standins

from synthetrial.evaluate.fidelity.detection import detection_auc
from synthetrial.evaluate.metric import UnmeasurableError


def test_copies_of_the_training_set_cannot_be_told_from_it() -> None:
    assert detection_auc(standins.inputs(standins.copies()), standins.rng()).value == pytest.approx(0.5, abs=0.02)


def test_held_out_trials_are_near_the_reference() -> None:
    result = detection_auc(standins.inputs(standins.held_out()), standins.rng())
    assert abs(result.value - standins.reference(result)) < 0.12
    assert 0.3 < result.value < 0.7


def test_shuffled_words_give_records_away() -> None:
    assert detection_auc(standins.inputs(standins.shuffled()), standins.rng()).value > 0.9


def test_a_word_of_its_own_is_named_as_what_gives_the_set_away() -> None:
    marked = standins.changed(
        standins.copies(), lambda each: msgspec.structs.replace(each.protocol, brief_summary="zymurgy indeed")
    )
    result = detection_auc(standins.inputs(marked), standins.rng())
    assert "zymurgy" in result.details["synthetic_terms"]  # type: ignore[operator]  # details hold JSON values
    assert result.value > 0.95
    shares = result.details["term_shares"]
    assert shares["zymurgy"] == pytest.approx([1, 0])  # type: ignore[index]
    assert set(shares) == {*result.details["synthetic_terms"], *result.details["real_terms"]}  # type: ignore[call-overload, misc]


def test_without_known_folds_they_are_drawn_and_that_is_said() -> None:
    result = detection_auc(standins.inputs(standins.held_out(), folds={}), standins.rng())
    assert result.details["folds"] == "drawn: folds of the run are not known"


def test_three_records_cannot_be_detected() -> None:
    with pytest.raises(UnmeasurableError, match="3 synthetic records and 120 training trials: 10 of each"):
        detection_auc(standins.inputs(standins.copies(3)), standins.rng())
