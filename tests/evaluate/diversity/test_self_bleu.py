"""self-bleu: real trials repeat one another as real trials do, one record repeated is all repetition, and BLEU is BLEU."""

from __future__ import annotations

import numpy as np
import pytest
import standins

from synthetrial.evaluate.diversity.self_bleu import bleu_of_each, self_bleu
from synthetrial.evaluate.diversity.words import words
from synthetrial.evaluate.inputs import Inputs
from synthetrial.trial import Protocol


def test_real_trials_are_as_varied_as_the_reference(real: Inputs) -> None:
    result = self_bleu(real, standins.rng())
    assert result.value == pytest.approx(standins.reference(result), rel=0.15, abs=0.05)
    assert result.ci_low is not None
    assert result.ci_high is not None
    assert result.ci_low <= result.value <= result.ci_high
    assert result.n == 80
    assert self_bleu(standins.embedded(standins.inputs(standins.held_out())), standins.rng()) == result


def test_one_trial_over_and_over_is_not(repeated: Inputs) -> None:
    result = self_bleu(repeated, standins.rng())
    assert result.value == pytest.approx(1, abs=0.01)
    assert standins.reference(result) < 0.5


def bleu(mine: list[str], others: list[list[str]]) -> float:
    """BLEU-4 in the plain way, for comparison."""
    logs = 0.0
    for n in range(1, 5):
        runs = [tuple(mine[at : at + n]) for at in range(len(mine) - n + 1)]
        beside = [[tuple(each[at : at + n]) for at in range(len(each) - n + 1)] for each in others]
        clipped = sum(min(runs.count(run), max(each.count(run) for each in beside)) for run in set(runs))
        logs += np.log(max(clipped, 0.1) / max(len(runs), 1)) / 4
    nearest = min((len(each) for each in others), key=lambda size: (abs(size - len(mine)), size))
    return float(np.exp(min(logs, 0)) * (1 if len(mine) >= nearest else np.exp(1 - nearest / len(mine))))


def test_bleu_is_that_of_the_plain_way() -> None:
    dice = standins.rng()
    texts = [[f"w{each}" for each in dice.integers(0, 6, size=dice.integers(5, 25))] for _ in range(9)]
    found = bleu_of_each(words([Protocol(brief_title=" ".join(each)) for each in texts]), np.arange(9))
    for number, each in enumerate(texts):
        assert found[number] == pytest.approx(bleu(each, texts[:number] + texts[number + 1 :]))


def test_texts_without_words_repeat_nothing() -> None:
    assert self_bleu(standins.embedded(standins.inputs(standins.wordless())), standins.rng()).value == 0
