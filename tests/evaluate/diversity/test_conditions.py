"""condition-coverage: real trials cover the conditions of real trials, one record repeated or one condition does not."""

from __future__ import annotations

import pytest
import standins

from synthetrial.evaluate.diversity.conditions import condition_coverage
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import UnmeasurableError


def test_real_trials_are_as_varied_as_the_reference(real: Inputs) -> None:
    result = condition_coverage(real, standins.rng())
    assert result.value == pytest.approx(standins.reference(result), rel=0.15, abs=0.05)
    assert result.ci_low is not None
    assert result.ci_high is not None
    assert result.ci_low <= result.value <= result.ci_high
    assert result.n == 80
    assert condition_coverage(standins.embedded(standins.inputs(standins.held_out())), standins.rng()) == result


def test_one_trial_over_and_over_is_not(repeated: Inputs) -> None:
    result = condition_coverage(repeated, standins.rng())
    assert result.value < 0.5 * standins.reference(result)


def test_conditions_that_the_records_lack_are_named() -> None:
    result = condition_coverage(standins.embedded(standins.inputs(standins.narrow())), standins.rng())
    assert result.value == 0
    assert len(result.details["missing"]) == 10  # type: ignore[arg-type]  # details hold JSON values
    assert result.details["most_frequent"] == {"flat feet": 80}


def test_records_without_conditions_are_not_measured() -> None:
    with pytest.raises(UnmeasurableError, match="no record names a condition"):
        condition_coverage(standins.embedded(standins.inputs(standins.wordless())), standins.rng())
