"""copy-span-train: copies share long runs with training trials, held-out trials no longer ones than the reference."""

from __future__ import annotations

import pytest
import standins

from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.privacy.copy_span_train import copy_span_train


def test_copies_of_the_training_set_share_long_runs(copied: Inputs) -> None:
    result = copy_span_train(copied, standins.rng())
    assert result.value > 40
    assert result.details["distribution"]["share_over_12"] > 0.95  # type: ignore[index]  # details hold JSON values
    assert standins.reference(result) < 10


def test_held_out_trials_are_near_the_reference(real: Inputs) -> None:
    result = copy_span_train(real, standins.rng())
    assert result.value == pytest.approx(standins.reference(result), abs=2)


def test_shuffling_words_takes_the_copy_apart(copied: Inputs, shuffled: Inputs) -> None:
    assert copy_span_train(shuffled, standins.rng()).value < copy_span_train(copied, standins.rng()).value / 2
