"""distinct-n: real trials have as many different runs of words as real trials, one record repeated has few."""

from __future__ import annotations

import pytest
import standins

from synthetrial.evaluate.diversity.distinct_n import distinct_n
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import UnmeasurableError


def test_real_trials_are_as_varied_as_the_reference(real: Inputs) -> None:
    result = distinct_n(real, standins.rng())
    assert result.value == pytest.approx(standins.reference(result), rel=0.15, abs=0.05)
    assert result.ci_low is not None
    assert result.ci_high is not None
    assert result.ci_low <= result.value <= result.ci_high
    assert result.n == 80
    assert distinct_n(standins.embedded(standins.inputs(standins.held_out())), standins.rng()) == result


def test_one_trial_over_and_over_is_not(repeated: Inputs) -> None:
    result = distinct_n(repeated, standins.rng())
    assert result.value < 0.5 * standins.reference(result)


def test_texts_without_words_are_not_measured() -> None:
    with pytest.raises(UnmeasurableError, match="hardly a word"):
        distinct_n(standins.embedded(standins.inputs(standins.wordless())), standins.rng())
