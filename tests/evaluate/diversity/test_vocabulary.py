"""vocabulary-coverage: real trials cover the words of real trials, one record repeated and records with few words do not."""

from __future__ import annotations

import pytest
import standins

from synthetrial.evaluate.diversity.vocabulary import vocabulary_coverage
from synthetrial.evaluate.inputs import Inputs


def test_real_trials_are_as_varied_as_the_reference(real: Inputs) -> None:
    result = vocabulary_coverage(real, standins.rng())
    assert result.value == pytest.approx(standins.reference(result), rel=0.15, abs=0.05)
    assert result.ci_low is not None
    assert result.ci_high is not None
    assert result.ci_low <= result.value <= result.ci_high
    assert result.n == 80
    assert vocabulary_coverage(standins.embedded(standins.inputs(standins.held_out())), standins.rng()) == result


def test_one_trial_over_and_over_is_not(repeated: Inputs) -> None:
    result = vocabulary_coverage(repeated, standins.rng())
    assert result.value < 0.5 * standins.reference(result)


def test_words_that_the_records_lack_are_missed() -> None:
    result = vocabulary_coverage(standins.embedded(standins.inputs(standins.narrow())), standins.rng())
    assert result.value < standins.reference(result) - 0.1
    assert result.details["in_no_real_trial"] > 0  # type: ignore[operator]  # details hold JSON values
