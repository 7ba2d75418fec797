"""What a person reads of an evaluation: rows of short strings. Pure functions; the command line prints them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.figures import interval, number
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


class ArmTable(NamedTuple):
    """The main arms of a utility metric: a column per n_real, ROC-AUC of real trials alone in the first row, below it the gain
    of each arm over that, and the gap recovered in the last. `classifier` says with what."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    classifier: str


class ProbeRow(NamedTuple):
    """A leak probe: ROC-AUC for the label on synthetic records and on real trials."""

    probe: str
    synthetic: str
    real: str
    fires: str


BETTER = {"higher": "higher", "lower": "lower", "none": "near reference"}


def rows(evaluation: Evaluation) -> tuple[TableRow, ...]:
    """A row per metric: those measured, then those that could not be, with why in `meaning`."""
    known = {each.name: each for each in metrics()}
    measured = [_row(name, result, known[name]) for name, result in evaluation.metrics.items()]
    failed = [TableRow(name, "—", "", "", "", "", f"not computed: {evaluation.skipped[name]}") for name in evaluation.failed]
    return (*measured, *failed)


SHOWN: Final = {
    "synthetic": "synthetic", "synthetic+weight": "synthetic, weighed", "synthetic+filter": "synthetic, filtered",
    "synthetic+distillation": "synthetic, distilled", "duplicated-exemplar": "exemplars again",
    "duplicated-exemplar+weight": "exemplars again, weighed", "paraphrased-exemplar": "words moved",
    "paraphrased-exemplar+weight": "words moved, weighed", "recombined-exemplar": "sections mixed",
    "recombined-exemplar+weight": "sections mixed, weighed", "shuffled-label": "synthetic, labels shuffled",
    "as-many-real": "as many real instead", "as-many-real+distillation": "as many real, distilled",
    "teacher": "the teacher by itself",
}  # fmt: skip
"""The arms that are shown, and how they are called; all others are in evaluation.json."""
UTILITIES: Final = ("utility", "utility-embedding", "utility-encoder")


def arm_tables(evaluation: Evaluation) -> tuple[ArmTable, ...]:
    """A table per utility metric that was measured."""
    return tuple(_arm_table(evaluation, each) for each in UTILITIES if _details(evaluation, each, "arms"))


def _arm_table(evaluation: Evaluation, metric: str) -> ArmTable:
    arms = {(plain(each["arm"]), each["n_real"]): each for each in _details(evaluation, metric, "arms")}
    gaps = {(plain(each["arm"]), each["n_real"]): each for each in _details(evaluation, metric, "gap_recovered")}
    sizes = sorted({size for _, size in arms})
    known = [arm for arm in SHOWN if any((arm, size) in arms for size in sizes)]
    others = list(dict.fromkeys(arm for arm, _ in arms if arm not in ("real", "prior") and arm.partition("+")[0] not in SHOWN))
    base = [arms.get(("real", size)) or arms.get(("prior", size)) for size in sizes]
    rows = [("real trials alone (ROC-AUC)", *("" if e is None else _cell(e["roc_auc"], e["roc_auc_ci"]) for e in base))]
    for arm in (*known, *others):
        found = [arms.get((arm, size)) for size in sizes]
        rows.append((SHOWN.get(arm, arm), *("" if each is None else _gain(each) for each in found)))
    best = next((arm for arm in ("synthetic+weight", "synthetic") if any((arm, size) in gaps for size in sizes)), None)
    if best:
        shares = [gaps.get((best, size)) for size in sizes]
        rows.append(
            (f"gap recovered{', weighed' if '+' in best else ''}", *("" if each is None else _share(each) for each in shares))
        )
    whole = {each["n_real"] for each in arms.values() if each["scenario"] == "augment"}
    columns = ("gain over real alone", *(f"n = {size}{' (all)' if size in whole else ''}" for size in sizes))
    return ArmTable(columns, tuple(rows), str(evaluation.metrics[metric].details.get("classifier", metric)))


def plain(arm: str) -> str:
    """The same name whether real trials are there or not."""
    return arm.removeprefix("hybrid/") if arm.startswith("hybrid/") else arm.replace("hybrid", "synthetic")


def _gain(arm: dict[str, Any]) -> str:
    return _cell(arm["delta_roc_auc"], arm["delta_roc_auc_ci"], sign=True, star=arm["p_holm"] < 0.05)


def _share(gap: dict[str, Any]) -> str:
    if gap["value"] is None:
        return "not to be told"
    low, high = gap["ci"]
    return f"{gap['value']:.0%}" + ("" if low is None or high is None else f" [{low:.0%},\u00a0{high:.0%}]")


def _cell(value: float, ends: Sequence[float | None], sign: bool = False, star: bool = False) -> str:
    """A value and its interval in two parts that a narrow column may put on two lines."""
    return f"{number(value, sign=sign)}{'*' if star else ''} {interval(ends[0], ends[1], sign=sign)}".replace(
        ", ", ",\u00a0"
    ).rstrip()


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
    return _reach(probing.auc, probing.ci_low, probing.ci_high)


def _row(name: str, result: MetricResult, known: Metric) -> TableRow:
    return TableRow(
        metric=name,
        value=number(result.value),
        interval=interval(result.ci_low, result.ci_high),
        reference="—" if result.reference is None else number(result.reference),
        n=str(result.n),
        better=BETTER[known.direction],
        meaning=known.meaning,
    )


def _details(evaluation: Evaluation, metric: str, key: str) -> Sequence[Any]:
    result = evaluation.metrics.get(metric)
    found = result.details.get(key) if result else None
    return found if isinstance(found, list) else ()


def _reach(value: float | None, low: float | None, high: float | None) -> str:
    return "" if value is None else f"{number(value)} {interval(low, high)}".rstrip()


def _reading(reading: dict[str, Any] | None) -> str:
    if reading is None:
        return ""
    return "constant" if reading["constant"] else _reach(reading["auc"], *(reading["ci"] or (None, None)))
