"""copy-8gram-train: copies have all runs of 8 words from training trials, held-out trials as few as the reference."""

from __future__ import annotations

import pytest
import standins

from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.privacy.copy_8gram_train import copy_8gram_train


def test_copies_of_the_training_set_are_copied_whole(copied: Inputs) -> None:
    result = copy_8gram_train(copied, standins.rng())
    assert result.value == pytest.approx(1)
    assert standins.reference(result) < 0.02


def test_held_out_trials_are_near_the_reference(real: Inputs) -> None:
    result = copy_8gram_train(real, standins.rng())
    assert result.value == pytest.approx(standins.reference(result), abs=0.02)


def test_shuffling_words_takes_the_copy_apart(copied: Inputs, shuffled: Inputs) -> None:
    assert copy_8gram_train(shuffled, standins.rng()).value < copy_8gram_train(copied, standins.rng()).value / 2


def test_what_held_out_trials_share_is_subtracted() -> None:
    minus = copy_8gram_train(standins.inputs(standins.held_out()[:10]), standins.rng()).details["minus_held_out"]
    assert isinstance(minus, dict)
    assert minus["held_out"] == pytest.approx(1)  # these records are held-out trials
    assert minus["difference"] < -0.9
