"""Reading an evaluation: a metric's details as they are, or why they are not there."""

from __future__ import annotations

from typing import Any

from synthetrial.evaluate.evaluation import Evaluation


def details(evaluation: Evaluation, metric: str) -> dict[str, Any]:
    """The details of a metric, empty where it was not measured."""
    found = evaluation.metrics.get(metric)
    return dict(found.details) if found else {}


def why_not(evaluation: Evaluation, metric: str) -> str:
    """Why a figure that rests on `metric` is not there."""
    if metric in evaluation.metrics:
        return f"{metric} was measured by a version that does not keep what this figure shows; measure again to see it."
    return f"{metric} was not measured: {evaluation.skipped.get(metric, 'this evaluation does not know it')}."


def ends(interval: Any) -> tuple[float | None, float | None]:
    """The ends of an interval as it stands in details: a pair, or nothing."""
    return (None, None) if not interval else (interval[0], interval[1])
