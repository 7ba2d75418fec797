"""utility-embedding: records as good as real ones gain, and turned or shuffled labels do not."""

from __future__ import annotations

import functools

import msgspec
import pytest
import standins
from worlds import table, world

from synthetrial.evaluate.metric import MetricResult
from synthetrial.evaluate.utility.utility_embedding import utility_embedding


@functools.cache
def measured(kind: str = "good") -> MetricResult:
    return utility_embedding(msgspec.structs.replace(world(kind, scale=3), embeddings="lexical"), standins.rng())


def test_records_as_good_as_real_ones_gain_as_much_as_real_ones() -> None:
    result = measured()
    assert result.value > 0.05
    assert result.ci_low is not None
    assert result.ci_low > 0
    assert abs(result.value - standins.reference(result)) < 0.1
    assert table(result)["synthetic", 0]["roc_auc"] > 0.7


def test_shuffled_labels_teach_nothing() -> None:
    rows = table(measured())
    low, high = rows["shuffled-label", 0]["delta_roc_auc_ci"]
    assert low < 0 < high
    assert rows["shuffled-label", 0]["roc_auc"] < rows["synthetic", 0]["roc_auc"] - 0.2


def test_turned_labels_are_refused_by_validation() -> None:
    result, rows = measured("turned"), table(measured("turned"))
    assert result.value == pytest.approx(0, abs=0.02)
    assert rows["hybrid", 50]["lambda"] == 0
    assert rows["synthetic", 0]["roc_auc"] < 0.3


def test_the_vectors_are_named() -> None:
    assert "directions" in str(measured().details["features"])
