"""copy-8gram: copies have all runs of 8 words from their exemplars, shuffled words far fewer, held-out trials hardly any."""

from __future__ import annotations

import pytest
import standins

from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.privacy.copy_8gram import copy_8gram


def test_copies_of_the_training_set_are_copied_whole(copied: Inputs) -> None:
    result = copy_8gram(copied, standins.rng())
    assert result.value == pytest.approx(1)
    assert standins.reference(result) < 0.02


def test_held_out_trials_share_hardly_any_run(real: Inputs) -> None:
    assert copy_8gram(real, standins.rng()).value < 0.02


def test_shuffling_words_takes_the_copy_apart(copied: Inputs, shuffled: Inputs) -> None:
    assert copy_8gram(shuffled, standins.rng()).value < copy_8gram(copied, standins.rng()).value / 2


def test_what_related_held_out_trials_share_is_subtracted(copied: Inputs) -> None:
    minus = copy_8gram(copied, standins.rng()).details["minus_held_out"]
    assert isinstance(minus, dict)
    assert minus["difference"] == pytest.approx(minus["seen"] - minus["held_out"])
    assert minus["difference"] > 0.95
    assert minus["ci"][0] > 0.95
    nothing = copy_8gram(standins.inputs(standins.copies(3), valid=(), test=()), standins.rng()).details["minus_held_out"]
    assert nothing == "no held-out trial to subtract"
