"""The few words of a list say what the verdict's sentences say."""

from __future__ import annotations

import pytest
from test_verdict import evaluated, result, utility

from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.glance import Glance, glance
from synthetrial.evaluate.metric import MetricResult
from synthetrial.evaluate.verdict import verdict


@pytest.mark.parametrize(
    ("words", "short", "long"),
    [
        (result(0.9, 0.85, 0.95, 0.5), "no, told apart at 0.90", "It does not look real yet"),
        (result(0.51, 0.47, 0.55, 0.5), "yes, told apart at 0.51", "It looks real"),
        (result(0.6, 0.45, 0.8, 0.5), "open, told apart at 0.60", "Whether it looks real is open"),
    ],
)
def test_looks(words: MetricResult, short: str, long: str) -> None:
    found = evaluated(detection_auc=words)
    assert glance(found).looks == short
    assert verdict(found).looks.startswith(long)


def test_lengths_alone_may_tell() -> None:
    assert glance(
        evaluated(detection_auc=result(0.5, 0.4, 0.6, 0.5), length_detection_auc=result(0.8, 0.7, 0.9, 0.5))
    ).looks == ("no, told apart at 0.80")


@pytest.mark.parametrize(
    ("span", "short", "long"),
    [
        (result(9, 8, 10, 3), "yes, 9.0 words (real 3.0)", "It copies somewhat"),
        (result(3, 2.5, 3.5, 3), "no, 3.0 words (real 3.0)", "It does not copy more than"),
        (result(3, 2.5, 3.5), "yes, 3.0 words", "It copies somewhat"),
    ],
)
def test_copies(span: MetricResult, short: str, long: str) -> None:
    found = evaluated(copy_span=span)
    assert glance(found).copies == short
    assert verdict(found).copies.startswith(long)


def test_names_in_the_texts_are_said() -> None:
    assert glance(evaluated(identity_scan=result(2, 0.2, 7, 1))).copies == "2 named: not to be published"
    assert glance(evaluated(identity_scan=result(0, 0, 3, 1))).copies == ""


@pytest.mark.parametrize(
    ("gain", "short", "long"),
    [
        (utility(0.08, 0.03, 0.12), "yes, +0.080 ROC-AUC", "It helps"),
        (utility(0.02, -0.03, 0.06), "open, +0.020 ROC-AUC", "No gain was found, and none is excluded"),
        (utility(-0.05, -0.08, -0.02), "harms, -0.050 ROC-AUC", "It harms"),
        (utility(0.0, -0.01, 0.01, mixing=0.0), "no, +0.000 ROC-AUC", "It does not help: validation chose not to use it"),
        (utility(0.0, 0.0, 0.0), "no, +0.000 ROC-AUC", "It does not help"),
    ],
)
def test_helps(gain: MetricResult, short: str, long: str) -> None:
    found = evaluated(utility=gain)
    assert glance(found).helps == short
    assert verdict(found).helps.startswith(long)


def test_what_was_not_measured_is_empty() -> None:
    assert glance(Evaluation(run="r", split={}, metrics={})) == Glance(looks="", copies="", helps="")
