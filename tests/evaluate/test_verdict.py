"""The verdict claims what intervals allow, in the right direction, and says what was not measured."""

from __future__ import annotations

from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.metric import MetricResult
from synthetrial.evaluate.verdict import verdict


def result(
    value: float, low: float, high: float, reference: float | None = None, n: int = 500, **details: object
) -> MetricResult:
    return MetricResult(value=value, ci_low=low, ci_high=high, n=n, reference=reference, details=dict(details))


def evaluated(**metrics: MetricResult) -> Evaluation:
    return Evaluation(run="r", split={}, metrics={name.replace("_", "-"): each for name, each in metrics.items()})


def utility(
    value: float, low: float, high: float, mixing: float = 0.5, control: tuple[float, float, float] = (0.01, -0.01, 0.03)
) -> MetricResult:
    controls = {
        "hybrid/recombined-exemplar+weight": {"delta_roc_auc": control[0], "ci": list(control[1:])},
        "hybrid/duplicated-exemplar": {"delta_roc_auc": 0.5, "ci": [0.4, 0.6]},
        "as-many-real": {"delta_roc_auc": -0.9, "ci": [-1.0, -0.8]},
    }
    gap = [{"arm": "hybrid+weight", "n_real": 50, "says": "40% [20%, 60%] of the whole pool's +0.100"}]
    return result(
        value, low, high, 0.05, headline={"arm": "hybrid+weight", "n_real": 50, "lambda": mixing}, against_controls=controls,
        gap_recovered=gap,
    )  # fmt: skip


def test_records_that_can_be_told_do_not_look_real() -> None:
    said = verdict(
        evaluated(detection_auc=result(0.9, 0.85, 0.95, 0.5), length_detection_auc=result(0.55, 0.48, 0.6, 0.5))
    ).looks
    assert said.startswith("It does not look real yet")
    assert "0.900 [0.850, 0.950] (real against real: 0.500)" in said
    assert "0.550 [0.480, 0.600]" in said


def test_a_narrow_interval_around_a_half_looks_real_and_a_wide_one_is_open() -> None:
    assert verdict(evaluated(detection_auc=result(0.51, 0.47, 0.55, 0.5))).looks.startswith(
        "It looks real to these classifiers"
    )
    assert verdict(evaluated(detection_auc=result(0.6, 0.45, 0.8, 0.5))).looks.startswith("Whether it looks real is open")


def test_copying_is_held_against_real_pairs_and_not_against_nothing() -> None:
    more = verdict(evaluated(copy_span=result(9, 8, 10, 3), identity_scan=result(0, 0, 3.7, 2))).copies
    assert more.startswith("It copies somewhat")
    assert "9.0 [8.0, 10.0] (real trials of the same drug: 3.0)" in more
    assert "No registry number" in more
    same = verdict(evaluated(copy_span=result(3, 2.5, 3.5, 3), membership_inference=result(0.7, 0.6, 0.8, 0.5))).copies
    assert same.startswith("It does not copy more than")
    assert "can be told from the output (ROC-AUC 0.700" in same
    assert "must not be published" in verdict(evaluated(identity_scan=result(2, 0.2, 7, 1))).copies


def test_a_gain_is_a_gain_only_with_its_interval_above_0() -> None:
    helps = verdict(evaluated(utility=utility(0.08, 0.03, 0.12, control=(0.03, 0.01, 0.05)))).helps
    assert helps.startswith(
        "It helps: added to 50 real trials, it changes test ROC-AUC by +0.080 [+0.030, +0.120]; as many real"
    )
    assert "more than the best control without a writer (recombined-exemplar, weight: +0.030 [+0.010, +0.050])" in helps
    assert "Gap recovered: 40% [20%, 60%]" in helps
    assert verdict(evaluated(utility=utility(0.02, -0.03, 0.06))).helps.startswith("No gain was found, and none is excluded")
    assert "not measurably other than the best control" in verdict(evaluated(utility=utility(0.02, -0.03, 0.06))).helps
    assert verdict(evaluated(utility=utility(-0.05, -0.08, -0.02))).helps.startswith("It harms")
    assert "validation chose not to use it" in verdict(evaluated(utility=utility(0.0, 0.0, 0.0, mixing=0.0))).helps


def test_small_sets_and_missing_metrics_are_said() -> None:
    small = result(0.6, 0.4, 0.8, 0.5, n=24, small="n = 24: an order of magnitude")
    assert "(n = 24: an order of magnitude" in verdict(evaluated(detection_auc=small)).looks
    nothing = verdict(Evaluation(run="r", split={}, metrics={}, skipped={"utility": "one label only"}))
    assert nothing.looks == "Does it look real? Not measured: detection-auc is not there."
    assert nothing.helps == "Does it help to predict outcomes? Not measured: one label only."
    bare = MetricResult(value=0.1, ci_low=None, ci_high=None, n=9, reference=None, details={})
    assert all(
        verdict(evaluated(detection_auc=bare, copy_span=bare, membership_inference=bare, identity_scan=bare, utility=bare))
    )


def test_the_gain_is_said_again_without_trials_that_one_may_object_to() -> None:
    found = utility(0.04, 0.01, 0.07)
    part = {"left_out": "stops for enrolment", "n": 90, "arm": "hybrid+weight"}
    found.details["without"] = [
        {**part, "n_real": 50, "delta_roc_auc": 0.03, "ci": [0.0, 0.06]},
        {**part, "n_real": 100, "delta_roc_auc": 9.0, "ci": [9, 9]},
    ]
    said = verdict(evaluated(utility=found)).helps
    assert said.count("Without") == 1
    assert "Without stops for enrolment among the test trials (90 left): +0.030 [+0.000, +0.060]." in said
