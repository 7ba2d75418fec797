"""What a person reads of an evaluation: rows of short strings. Pure functions; the command line prints them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.leaks.audit import Probing
from synthetrial.evaluate.metric import Metric, MetricResult, metrics


class TableRow(NamedTuple):
    """A metric in words: name, value, 95 % interval, the same on real data, records, which way is better, what it means."""

    metric: str
    value: str
    interval: str
    reference: str
    n: str
    better: str
    meaning: str


class ArmRow(NamedTuple):
    """An arm of the utility table."""

    arm: str
    n_real: str
    scenario: str
    mixing: str
    roc_auc: str
    gain_roc: str
    gain_pr: str
    p: str


class ProbeRow(NamedTuple):
    """A leak probe: ROC-AUC for the label on synthetic records and on real trials."""

    probe: str
    synthetic: str
    real: str
    fires: str


_BETTER = {"higher": "higher", "lower": "lower", "none": "near reference"}


def rows(evaluation: Evaluation) -> tuple[TableRow, ...]:
    """A row per metric: those measured, then those that could not be, with why in `meaning`."""
    known = {each.name: each for each in metrics()}
    measured = [_row(name, result, known[name]) for name, result in evaluation.metrics.items()]
    failed = [TableRow(name, "—", "", "", "", "", f"not computed: {evaluation.skipped[name]}") for name in evaluation.failed]
    return (*measured, *failed)


def arm_rows(evaluation: Evaluation) -> tuple[ArmRow, ...]:
    """A row per utility arm and size; empty without the metric."""
    return tuple(
        ArmRow(
            arm=each["arm"],
            n_real=str(each["n_real"]),
            scenario=each["scenario"],
            mixing=f"{each['lambda']:g}" if each["n_added"] else "",
            roc_auc=_with_interval(each["roc_auc"], each["roc_auc_ci"]),
            gain_roc=_with_interval(each.get("delta_roc_auc"), each.get("delta_roc_auc_ci"), sign=True),
            gain_pr=_with_interval(each.get("delta_pr_auc"), each.get("delta_pr_auc_ci"), sign=True),
            p=f"{each['p_holm']:.3f}" if "p_holm" in each else "",
        )
        for each in _details(evaluation, "utility", "arms")
    )


def probe_rows(evaluation: Evaluation) -> tuple[ProbeRow, ...]:
    """A row per leak probe; empty without the metric."""
    fires = set(_details(evaluation, "leak-probes", "fires"))
    return tuple(
        ProbeRow(each["probe"], _reading(each["synthetic"]), _reading(each["real"]), "fires" if each["probe"] in fires else "")
        for each in _details(evaluation, "leak-probes", "probes")
    )


def probe_reading(probing: Probing) -> str:
    """A probe's ROC-AUC on a corpus with its interval, or that there is nothing to read."""
    if probing.constant:
        return "constant"
    return _with_interval(probing.auc, [probing.ci_low, probing.ci_high])


def _row(name: str, result: MetricResult, known: Metric) -> TableRow:
    return TableRow(
        metric=name,
        value=number(result.value),
        interval=_interval([result.ci_low, result.ci_high]),
        reference="—" if result.reference is None else number(result.reference),
        n=str(result.n),
        better=_BETTER[known.direction],
        meaning=known.meaning,
    )


def _details(evaluation: Evaluation, metric: str, key: str) -> Sequence[Any]:
    result = evaluation.metrics.get(metric)
    found = result.details.get(key) if result else None
    return found if isinstance(found, list) else ()


def number(value: float, sign: bool = False) -> str:
    """Three decimals."""
    return f"{value:+.3f}" if sign else f"{value:.3f}"


def _interval(ends: Sequence[float | None] | None, sign: bool = False) -> str:
    if ends is None or ends[0] is None or ends[1] is None:
        return ""
    return f"[{number(ends[0], sign)}, {number(ends[1], sign)}]"


def _with_interval(value: float | None, ends: Sequence[float | None] | None, sign: bool = False) -> str:
    return "" if value is None else f"{number(value, sign)} {_interval(ends, sign)}".rstrip()


def _reading(reading: dict[str, Any] | None) -> str:
    if reading is None:
        return ""
    return "constant" if reading["constant"] else _with_interval(reading["auc"], reading["ci"])
