"""The first screen's parts: a sentence in two, and figures on their scale."""

import pytest

from synthetrial.evaluate.metric import MetricResult, metrics
from synthetrial.report.summary import gauge, parted

KNOWN = {each.name: each for each in metrics()}


@pytest.mark.parametrize(
    ("sentence", "short", "rest"),
    [
        ("It helps: added to 50 real trials, it gains 0.1.", "It helps.", "Added to 50 real trials, it gains 0.1."),
        ("Its exemplars can be told (ROC-AUC 0.8). More.", "Its exemplars can be told.", "(ROC-AUC 0.8). More."),
        ("Nothing was found. It is open.", "Nothing was found.", "It is open."),
        ("No end", "No end", ""),
    ],
)
def test_a_sentence_is_parted_after_its_first_clause(sentence, short, rest):
    assert parted(sentence) == (short, rest)


def result(value, low=None, high=None, reference=None):
    return MetricResult(value=value, ci_low=low, ci_high=high, n=10, reference=reference, details={})


def test_a_bounded_metric_lies_on_its_own_scale():
    assert gauge(result(0.75, 0.5, 1.0, 0.5), KNOWN["detection-auc"]) == (75, 50, 100, 50)


def test_an_unbounded_one_begins_at_nothing_and_a_gain_has_nothing_in_the_middle():
    spans = gauge(result(5, 4, 10, 2), KNOWN["copy-span"])
    assert spans.high == pytest.approx(87, abs=0.1)
    assert spans.value == pytest.approx(43.5, abs=0.1)
    gain = gauge(result(0.0, -0.1, 0.1, None), KNOWN["utility"])
    assert gain.value == 50
    assert gain.low + gain.high == pytest.approx(100)
    assert gain.reference is None


def test_a_count_of_none_and_an_unknown_metric_have_a_scale_too():
    assert gauge(result(0.0), KNOWN["identity-scan"]) == (0, None, None, None)
    assert gauge(result(2.0, 1.0, 3.0), None).value > 50
