"""copy-span: copies share long runs with their exemplars, shuffled words and held-out trials do not."""

from __future__ import annotations

import standins

from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.privacy.copy_span import copy_span


def test_copies_of_the_training_set_share_long_runs_with_their_exemplars(copied: Inputs) -> None:
    result = copy_span(copied, standins.rng())
    assert result.value > 40
    assert result.details["distribution"]["share_over_12"] > 0.95  # type: ignore[index]  # details hold JSON values
    assert standins.reference(result) < 10


def test_held_out_trials_share_hardly_any_run(real: Inputs) -> None:
    assert copy_span(real, standins.rng()).value < 6


def test_shuffling_words_takes_the_copy_apart(copied: Inputs, shuffled: Inputs) -> None:
    assert copy_span(shuffled, standins.rng()).value < copy_span(copied, standins.rng()).value / 2


def test_lengths_are_kept_as_shares_by_words(copied: Inputs, real: Inputs) -> None:
    copies, held = (copy_span(each, standins.rng()).details["distribution"]["by_words"] for each in (copied, real))  # type: ignore[index]
    assert sum(copies) == sum(held) == 1
    assert copies[-1] > 0.9  # 30 words and more
    assert held[0] > 0.5
