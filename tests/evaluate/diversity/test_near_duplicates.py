"""near-duplicate-rate: real trials have as many twins as real trials, one record repeated is all twins, and twins are named."""

from __future__ import annotations

import msgspec
import pytest
import standins

from synthetrial.evaluate.diversity.near_duplicates import near_duplicate_rate
from synthetrial.evaluate.inputs import Inputs


def test_real_trials_are_as_varied_as_the_reference(real: Inputs) -> None:
    result = near_duplicate_rate(real, standins.rng())
    assert result.value == pytest.approx(standins.reference(result), rel=0.15, abs=0.05)
    assert result.ci_low is not None
    assert result.ci_high is not None
    assert result.ci_low <= result.value <= result.ci_high
    assert result.n == 80
    assert near_duplicate_rate(standins.embedded(standins.inputs(standins.held_out())), standins.rng()) == result


def test_one_trial_over_and_over_is_not(repeated: Inputs) -> None:
    result = near_duplicate_rate(repeated, standins.rng())
    assert result.value == pytest.approx(1, abs=0.01)
    assert standins.reference(result) < 0.5


def test_the_twins_are_named_and_the_whole_set_is_searched() -> None:
    records = standins.held_out()
    twin = msgspec.structs.replace(records[1], protocol=records[0].protocol)
    result = near_duplicate_rate(standins.embedded(standins.inputs([records[0], twin, *records[2:]])), standins.rng())
    assert result.value == pytest.approx(2 / 80)
    assert result.details["groups"] == [[records[0].id, records[1].id]]
    assert result.details["in_the_whole_set"] == pytest.approx(2 / 80)
    assert result.details["largest_group"] == 2
