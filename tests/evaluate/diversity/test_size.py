"""Size does not pass for variety: a small set is compared with as few real trials."""

from __future__ import annotations

from typing import Any

import pytest
import standins

from synthetrial.evaluate.diversity.conditions import condition_coverage
from synthetrial.evaluate.diversity.distinct_n import distinct_n
from synthetrial.evaluate.diversity.near_duplicates import near_duplicate_rate
from synthetrial.evaluate.diversity.self_bleu import self_bleu
from synthetrial.evaluate.diversity.vendi import vendi
from synthetrial.evaluate.diversity.vocabulary import vocabulary_coverage
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.trial import SyntheticTrial

METRICS = (distinct_n, self_bleu, vendi, near_duplicate_rate, vocabulary_coverage, condition_coverage)


def made(records: list[SyntheticTrial]) -> Inputs:
    return standins.embedded(standins.inputs(records))


@pytest.mark.parametrize("metric", METRICS)
def test_few_records_are_compared_with_few_real_trials(metric: Any) -> None:
    """What hangs on size must not show against a reference of another size."""
    result = metric(made(standins.held_out()[:20]), standins.rng())
    assert result.n == 20
    assert result.value == pytest.approx(standins.reference(result), rel=0.35, abs=0.05)
    with pytest.raises(UnmeasurableError, match="10 of each are needed"):
        metric(made(standins.held_out()[:3]), standins.rng())
