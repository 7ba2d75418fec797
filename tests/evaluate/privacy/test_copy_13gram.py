"""copy-13gram: copies have all runs of 13 words from their exemplars, shuffled words far fewer, held-out trials hardly any."""

from __future__ import annotations

import pytest
import standins

from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.privacy.copy_13gram import copy_13gram


def test_copies_of_the_training_set_are_copied_whole(copied: Inputs) -> None:
    result = copy_13gram(copied, standins.rng())
    assert result.value == pytest.approx(1)
    assert standins.reference(result) < 0.02


def test_held_out_trials_share_hardly_any_run(real: Inputs) -> None:
    assert copy_13gram(real, standins.rng()).value < 0.02


def test_shuffling_words_takes_the_copy_apart(copied: Inputs, shuffled: Inputs) -> None:
    assert copy_13gram(shuffled, standins.rng()).value < copy_13gram(copied, standins.rng()).value / 2
