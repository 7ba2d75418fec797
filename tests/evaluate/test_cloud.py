"""Metrics of vectors name what made them, hold their value in its interval, repeat, and refuse what is too little."""

from __future__ import annotations

from typing import Any

import pytest
import standins

from synthetrial.evaluate.fidelity.cosine import cosine
from synthetrial.evaluate.fidelity.coverage import knn_coverage
from synthetrial.evaluate.fidelity.density import knn_density
from synthetrial.evaluate.fidelity.detection_embedding import detection_embedding_auc
from synthetrial.evaluate.fidelity.frontier import frontier
from synthetrial.evaluate.fidelity.precision import knn_precision
from synthetrial.evaluate.fidelity.recall import knn_recall
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.trial import SyntheticTrial

METRICS = (detection_embedding_auc, frontier, knn_precision, knn_recall, knn_density, knn_coverage, cosine)


def made(records: list[SyntheticTrial], **changes: object) -> Inputs:
    return standins.embedded(standins.inputs(records, **changes))


@pytest.mark.parametrize("metric", METRICS)
def test_the_embedder_is_named_and_the_interval_holds_the_value(metric: Any, real: Inputs) -> None:
    result = metric(real, standins.rng())
    assert result.details["embedder"] == real.cloud.name
    assert "held-out" in result.details["reference"]
    assert result.ci_low <= result.value <= result.ci_high


@pytest.mark.parametrize("metric", METRICS)
def test_the_same_seed_gives_the_same_result(metric: Any, real: Inputs) -> None:
    assert metric(real, standins.rng()) == metric(made(standins.held_out()), standins.rng())


@pytest.mark.parametrize("metric", METRICS)
def test_three_records_are_too_few_and_no_held_out_trial_is_no_reference(metric: Any) -> None:
    with pytest.raises(UnmeasurableError, match="10 of each are needed"):
        metric(made(standins.copies(3)), standins.rng())
    result = metric(made(standins.copies(20), valid=(), test=()), standins.rng())
    assert result.reference is None
    assert result.details["reference"] == "no held-out trial"
