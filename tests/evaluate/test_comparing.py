"""Runs side by side: figures as they were measured, gains paired where test trials are shared, and never where they are not."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import worlds

from synthetrial.errors import UsageError
from synthetrial.evaluate.comparing import compare
from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.metric import MetricResult, rounded


def evaluated(run: str, kind: str = "good", fingerprint: str = "f", **metrics: MetricResult) -> Evaluation:
    """An evaluation with the utility of a small world, as it is read back from its file."""
    found = worlds.measured(kind)
    details = rounded(found.details)
    assert isinstance(details, dict)
    return Evaluation(
        run=run,
        split={"fingerprint": fingerprint},
        metrics={"utility": msgspec.structs.replace(found, details=details)} | metrics,
    )


def result(value: float, reference: float | None = None) -> MetricResult:
    return MetricResult(value=value, ci_low=value - 1, ci_high=None, n=9, reference=reference, details={})


def gained(run: str, by_drug: list[float], by_draw: list[float], n_real: int = 50, test: str = "t") -> Evaluation:
    """An evaluation of which only the utility is known, by drug."""
    details: dict[str, object] = {
        "paired": {"test": test, "by_drug": by_drug, "by_draw": by_draw}, "headline": {"n_real": n_real}
    }  # fmt: skip
    found = MetricResult(value=float(np.mean(by_drug)), ci_low=None, ci_high=None, n=40, reference=None, details=details)
    return Evaluation(run=run, split={"fingerprint": "f"}, metrics={"utility": found})


def test_metrics_stand_in_rows_and_runs_in_columns() -> None:
    one = evaluated("one", **{"copy-span": result(3, 2.5)})
    two = evaluated("two", "turned", **{"detection-auc": result(0.9)})
    found = compare((one, two))
    assert found.runs == ("one", "two")
    rows = {each.metric: each for each in found.rows}
    assert list(rows) == ["detection-auc", "copy-span", "utility"]
    assert rows["copy-span"].better == "lower"
    first, second = rows["copy-span"].figures
    assert second is None
    assert first is not None
    assert (first.value, first.ci_low, first.ci_high, first.reference, first.n) == (3, 2, None, 2.5, 9)


def test_a_paired_difference_is_that_of_a_paired_sample() -> None:
    one = gained("one", [0.1, 0.2, 0.3, 0.0], [0.15])
    two = gained("two", [0.2, 0.3, 0.4, 0.5], [0.35])
    (found,) = compare((one, two)).differences
    apart = np.array([0.1, 0.1, 0.1, 0.5])
    error = apart.std(ddof=1) / 2
    assert (found.run, found.than, found.n, found.drugs) == ("two", "one", 40, 4)
    assert found.value == pytest.approx(apart.mean())
    assert (found.ci_low, found.ci_high) == pytest.approx((apart.mean() - 1.96 * error, apart.mean() + 1.96 * error), abs=1e-4)


def test_training_draws_widen_the_interval_for_they_are_drawn_apart() -> None:
    drugs = [0.1, 0.2, 0.3, 0.0]
    (still,) = compare((gained("one", drugs, [0.1, 0.1]), gained("two", drugs, [0.2, 0.2]))).differences
    (moved,) = compare((gained("one", drugs, [0.0, 0.2]), gained("two", drugs, [0.2, 0.2]))).differences
    assert (still.ci_low, still.ci_high) == (0, 0)
    assert (moved.ci_low, moved.ci_high) == pytest.approx((-0.196, 0.196), abs=1e-3)


def test_what_two_runs_share_cancels_out() -> None:
    (apart,) = compare((evaluated("one"), evaluated("two", "copied"))).differences
    metrics = [worlds.measured(each) for each in ("good", "copied")]
    widths = [each.ci_high - each.ci_low for each in metrics if each.ci_high is not None and each.ci_low is not None]
    assert apart.value == pytest.approx(metrics[1].value - metrics[0].value)
    assert apart.ci_high - apart.ci_low < sum(widths)


def test_every_pair_of_three_runs_is_compared_and_corrected_for() -> None:
    drugs = np.random.default_rng(0).normal(size=50)
    runs = [gained(name, (drugs + shift).tolist(), [0.0]) for name, shift in (("a", 0), ("b", drugs * 0.5), ("c", 1))]
    found = compare(runs).differences
    assert [(each.than, each.run) for each in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    alone = [compare(pair).differences[0].p_holm for pair in ((runs[0], runs[1]), (runs[0], runs[2]), (runs[1], runs[2]))]
    assert [each.p_holm for each in found] == pytest.approx([min(1, alone[0]), 0, min(1, 2 * alone[2])], abs=1e-9)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (evaluated("two", fingerprint="g"), "one and two share no split"),
        (gained("two", [0.1], [0.1], test="u"), "not the labels of its test trials"),
        (Evaluation(run="two", split={}, metrics={}, skipped={"utility": "one label only"}), "in two (one label only)"),
        (Evaluation(run="two", split={}, metrics={"utility": result(0.1)}), "two is of an earlier version"),
    ],
)
def test_runs_that_cannot_be_paired_only_stand_beside_each_other(other: Evaluation, said: str) -> None:
    found = compare((evaluated("one"), other))
    assert found.differences == ()
    assert said in found.unpaired[0]


def test_gains_over_different_numbers_of_real_trials_are_not_compared() -> None:
    found = compare((gained("one", [0.1], [0.1]), gained("two", [0.1], [0.1], n_real=100)))
    assert "different numbers of real trials" in found.unpaired[0]


def test_runs_that_differ_in_nothing_differ_by_nothing() -> None:
    (found,) = compare((gained("one", [0.1, 0.1], [0.1]), gained("two", [0.1, 0.1], [0.1]))).differences
    assert (found.value, found.ci_low, found.ci_high, found.p_holm) == (0, 0, 0, 1)


def test_two_evaluations_of_two_names_are_needed() -> None:
    with pytest.raises(UsageError, match="two evaluated runs or more"):
        compare((evaluated("one"),))
    with pytest.raises(UsageError, match="same name"):
        compare((evaluated("one"), evaluated("one")))
