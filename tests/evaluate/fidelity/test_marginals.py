"""marginals: copies have those of the training set, held-out trials those of the reference, and a wrong field is named."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
import standins
from scipy.stats import ks_2samp

from synthetrial.evaluate.fidelity import marginals as marginals_file
from synthetrial.evaluate.fidelity.marginals import marginals
from synthetrial.evaluate.metric import MetricResult


def fields(result: MetricResult) -> Any:
    return result.details["fields"]


def test_copies_have_the_marginals_of_real_trials_and_held_out_trials_those_of_the_reference() -> None:
    whole = marginals(standins.inputs(standins.copies(), valid=(), test=()), standins.rng())
    assert whole.value == 0
    assert whole.reference is None
    assert whole.details["reference"] == "no held-out trial"
    result = marginals(standins.inputs(standins.held_out()), standins.rng())
    assert result.value == pytest.approx(standins.reference(result), abs=0.02)
    assert result.ci_low is not None
    assert result.ci_high is not None
    assert 0 < result.ci_low < result.value < result.ci_high < 0.3


def test_a_field_that_is_wrong_is_named() -> None:
    wrong = standins.changed(
        standins.held_out(), lambda each: msgspec.structs.replace(each.protocol, phases=("PHASE4",), brief_summary=None)
    )
    result = marginals(standins.inputs(wrong), standins.rng())
    assert result.details["worst"] == "words: Summary"
    assert fields(result)["words: Summary"]["distance"] == pytest.approx(1, abs=0.02)
    assert fields(result)["phase"]["distance"] > fields(result)["phase"]["reference"] + 0.3
    assert fields(result)["phase"]["synthetic"]["Phase 4"] == 1
    assert result.value > standins.reference(result)


def test_the_distance_of_numbers_is_that_of_kolmogorov_and_smirnov() -> None:
    inputs = standins.inputs(standins.held_out())
    one, other = np.arange(0, 50), np.arange(50, 110)
    flat = [np.ones((1, len(each))) for each in (one, other)]
    for name in ("words: Eligibility", "minimum age", "arms"):
        numbers = inputs.designs.numbers[name]
        expected = ks_2samp(numbers[one], numbers[other]).statistic
        assert marginals_file._distance(inputs, name, one, other, flat[0], flat[1])[0] == pytest.approx(expected)


def test_counts_weigh_as_repeated_rows_do() -> None:
    inputs = standins.inputs(standins.copies(20))
    one, other = np.arange(0, 30), np.arange(30, 60)
    counts = standins.rng().integers(0, 4, size=(1, 30)).astype(float)
    repeated = np.repeat(one, counts[0].astype(int))
    for name in ("phase", "words: Title"):
        weighed = marginals_file._distance(inputs, name, one, other, counts, np.ones((1, 30)))
        plain = marginals_file._distance(inputs, name, repeated, other, np.ones((1, len(repeated))), np.ones((1, 30)))
        assert weighed == pytest.approx(plain)
