"""Does it help to predict outcomes? Gains of every arm, against real trials alone and against controls, and over sizes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.figures import interval, number
from synthetrial.evaluate.table import SHOWN, UTILITIES, ArmTable, arm_tables, plain
from synthetrial.report.charts import CHANCE, CONTROL, OTHER, REAL, SYNTHETIC, Interval, Point, Series, curves, intervals
from synthetrial.report.figure import Chart, Figure, Section, Table, figure, nothing
from synthetrial.report.measured import details, ends, why_not

Arm = dict[str, Any]

GAIN: Final = "change in test ROC-AUC"
INSTEAD: Final = OTHER.called("as many real trials instead")
_NAMES: Final = {
    "utility": "words (TF-IDF)",
    "utility-embedding": "embeddings",
    "utility-encoder": "a fine-tuned encoder",
}
_COLUMNS: Final = ("arm", "real trials", "added", "λ", "ROC-AUC", "change", "PR-AUC", "Brier", "p (Holm)")


def usefulness(evaluation: Evaluation) -> Section:
    """The section on utility, a group of figures for each classifier that was trained."""
    measured = [each for each in UTILITIES if details(evaluation, each).get("arms")]
    tables = arm_tables(evaluation)
    figures = [part for each, table in zip(measured, tables, strict=True) for part in _of(evaluation, each, table)]
    if not measured:
        figures = [nothing("utility", "Gain in predicting outcomes", why_not(evaluation, "utility"))]
    lead = (
        "A classifier is trained to tell success from failure, on real trials alone and with the synthetic set added; "
        "both are judged on real test trials that no writer saw. Records are worth something if they do more than "
        "controls that need no writer: the exemplars themselves once more, their words moved, or their sections mixed."
    )
    return Section("usefulness", "Does it help to predict outcomes?", lead, figures)


def _of(evaluation: Evaluation, metric: str, table: ArmTable) -> Iterable[Figure]:
    found = details(evaluation, metric)
    arms: list[Arm] = found["arms"]
    by = f" by {_NAMES[metric]}"
    yield _gains(metric, arms, by, found, table)
    yield _against(metric, by, found)
    yield _learning(metric, arms, by, found)
    yield _ratios(metric, arms, by, found, why_not(evaluation, metric))


def _gains(metric: str, arms: list[Arm], by: str, found: dict[str, Any], table: ArmTable) -> Figure:
    sizes = sorted({each["n_real"] for each in arms})
    headline = found.get("headline", {}).get("n_real")
    order = sorted(sizes, key=lambda size: size != headline)  # the size of the verdict first
    charts = [Chart(_size(arms, each), intervals(_rows(arms, each), GAIN, at=0, legend=each == order[0])) for each in order]
    tables = [
        Table(table.columns, table.rows, "* = p < .05 after Holm's correction over all arms."),
        *_objections(found),
        Table(_COLUMNS, [_full(each) for each in arms], "Every arm with its other figures."),
    ]
    caption = (
        "Each line is what one thing added to the real trials changes (point) and its 95 % interval; right of the dashed "
        "line helps, left harms, and a line that crosses it is not told from nothing. Circles are the synthetic set, "
        "squares the controls made from the same exemplars without a writer, diamonds real trials, the cross the set "
        f"with its labels shuffled. Classifier: {found.get('classifier')}; {_how(found)}"
    )
    return figure(f"{metric}-gains", f"Gain over real trials alone,{by}", caption, charts, tables)


def _objections(found: dict[str, Any]) -> Iterable[Table]:
    """The gain without the test trials that one may object to, and the arms that could not be made."""
    if without := found.get("without"):
        yield Table(
            ("left out of the test trials", "left", "real trials", "change in ROC-AUC", "95 % interval"),
            [
                (e["left_out"], str(e["n"]), str(e["n_real"]), number(e["delta_roc_auc"], sign=True),
                 interval(*ends(e["ci"]), sign=True))
                for e in without
            ],
            "The synthetic set's gain without test trials that one may object to.",
        )  # fmt: skip
    if missing := found.get("missing_arms"):
        rows = [(named(arm), str(why)) for arm, why in missing.items()]
        yield Table(("arm", "why not"), rows, "Arms that are not there.")


def named(arm: str) -> str:
    """An arm as a reader knows it."""
    base, _, how = plain(arm).partition("+")
    return SHOWN.get(plain(arm)) or SHOWN.get(base, base) + (
        ", distilled" if how == "distillation" else f", {how}" if how else ""
    )


def _rows(arms: Sequence[Arm], size: int) -> list[Interval]:
    here = {plain(each["arm"]): each for each in arms if each["n_real"] == size and "delta_roc_auc" in each}
    names = [*(each for each in SHOWN if each in here), *(each for each in here if each.partition("+")[0] not in SHOWN)]
    return [
        Interval(
            named(each) + (" *" if here[each]["p_holm"] < 0.05 else ""),
            _kind(each), here[each]["delta_roc_auc"], *ends(here[each]["delta_roc_auc_ci"]),
        )
        for each in names
    ]  # fmt: skip


def _kind(arm: str) -> Series:
    base = arm.partition("+")[0]
    if base == "synthetic":
        return SYNTHETIC
    if base.endswith("-exemplar"):
        return CONTROL
    if base == "shuffled-label":
        return CHANCE
    return REAL.called("real trials and the teacher") if base in ("as-many-real", "teacher") else OTHER


def _against(metric: str, by: str, found: dict[str, Any]) -> Figure:
    others: dict[str, Any] = found.get("against_controls") or {}
    title = f"The synthetic set against everything else,{by}"
    if not others:
        return nothing(f"{metric}-against", title, "No other arm was measured at this size.")
    headline = found["headline"]
    rows = [Interval(named(arm), _kind(plain(arm)), each["delta_roc_auc"], *ends(each["ci"])) for arm, each in others.items()]
    caption = (
        f"“{named(headline['arm'])}” added to {headline['n_real']} real trials, minus each other arm at that size, on the "
        "same test trials and draws. Right of the dashed line the synthetic set does better than the arm named at the "
        "left. The squares matter most: a set that does not beat them owes nothing to its writer."
    )
    table = Table(
        ("minus", "change in ROC-AUC", "95 % interval"),
        [(each.label, number(each.value or 0, sign=True), interval(each.low, each.high, sign=True)) for each in rows],
    )
    charts = [Chart(f"n = {headline['n_real']} real trials", intervals(rows, GAIN, at=0))]
    return figure(f"{metric}-against", title, caption, charts, [table])


def _learning(metric: str, arms: list[Arm], by: str, found: dict[str, Any]) -> Figure:
    by_arm: dict[str, dict[int, Arm]] = {}
    for each in arms:
        by_arm.setdefault(plain(each["arm"]).replace("prior", "real"), {})[each["n_real"]] = each
    written = next(each for each in ("synthetic+weight", "synthetic") if each in by_arm)
    control = _best_control(found)
    shown = [("real", REAL), (written, SYNTHETIC), (control, CONTROL.called(named(control))),
             ("as-many-real", INSTEAD)]  # fmt: skip
    sizes = sorted({each["n_real"] for each in arms})
    points = [
        Point(series, _step(arms, size), here[size]["roc_auc"], *ends(here[size]["roc_auc_ci"]))
        for arm, series in shown
        for here in (by_arm.get(arm, {}),)
        for size in sizes
        if size in here
    ]
    names = [series.name for arm, series in shown if arm in by_arm]
    cells = {(each.series.name, each.x): f"{number(each.value)} {interval(each.low, each.high)}" for each in points}
    steps = [_step(arms, size) for size in sizes]
    caption = (
        "Test ROC-AUC with its 95 % interval by how many real trials the holder has; 0.5 (dashed) is guessing. Blue "
        "diamonds: those trials alone. Orange circles: the synthetic set added. Violet squares: the best control without "
        "a writer added. Green triangles: as many further real trials added instead, the most that a set of this size "
        "could do."
    )
    return figure(
        f"{metric}-learning", f"With more real trials,{by}", caption,
        [Chart("", curves(points, "real trials", "test ROC-AUC", at=0.5))],
        [Table(("real trials", *steps), [(name, *(cells.get((name, step), "") for step in steps)) for name in names])],
    )  # fmt: skip


def _best_control(found: dict[str, Any]) -> str:
    """The control that the headline arm beats by least, as the verdict has it."""
    against = {arm: each for arm, each in (found.get("against_controls") or {}).items() if "exemplar" in arm}
    return plain(min(against, key=lambda arm: float(against[arm]["delta_roc_auc"]))) if against else ""


def _ratios(metric: str, arms: list[Arm], by: str, found: dict[str, Any], why: str) -> Figure:
    rows: list[Arm] = found.get("equal_size") or []
    key, title = f"{metric}-ratio", f"Synthetic in place of real trials,{by}"
    if not rows:
        return nothing(key, title, why)
    looks = {"synthetic": SYNTHETIC, "synthetic+weight": OTHER.called("synthetic, weighed")}
    base = {each["n_real"]: each for each in arms if each["arm"] == "real"}
    sizes = sorted({each["n_real"] for each in rows})
    charts: list[Chart] = []
    lines = []
    for size in sizes:
        points = []
        for arm, series in looks.items():
            here = sorted(
                (e for e in rows if (e["arm"], e["n_real"]) == (arm, size)), key=lambda e: float(e["synthetic_share"])
            )
            if here and size in base:
                steps = [(0.0, base[size]), *((float(each["synthetic_share"]), each) for each in here)]
                points += [Point(series, f"{share:.0%}", e["roc_auc"], *ends(e["roc_auc_ci"])) for share, e in steps]
        charts.append(
            Chart(f"{size} trials in all", curves(points, "share that is synthetic", "test ROC-AUC", at=0.5, legend=not charts))
        )
        lines += [(f"{size}", p.series.name, p.x, number(p.value), interval(p.low, p.high)) for p in points]
    caption = (
        "The number of trials stays the same and records take the place of real ones, from none (left) to all (right): a "
        "level line would mean that a record is worth a real trial. 0.5 (dashed) is guessing. Lines are 95 % intervals."
    )
    columns = ("trials in all", "records", "synthetic share", "ROC-AUC", "95 % interval")
    return figure(key, title, caption, charts, [Table(columns, lines)])


def _how(found: dict[str, Any]) -> str:
    sides = found.get("sides", {})
    return (
        f"{sides.get('train')} training, {sides.get('valid')} validation and {sides.get('test')} test trials, "
        f"{found.get('draws')} draws, {found.get('resamples')} resamples."
    )


def _size(arms: Sequence[Arm], size: int) -> str:
    return "no real trial: the set alone" if size == 0 else f"{_step(arms, size)} real trials"


def _step(arms: Sequence[Arm], size: int) -> str:
    whole = any(each["n_real"] == size and each["scenario"] == "augment" for each in arms)
    return f"{size} (all)" if whole else str(size)


def _full(arm: Arm) -> tuple[str, ...]:
    delta = arm.get("delta_roc_auc")
    return (
        named(arm["arm"]),
        str(arm["n_real"]),
        str(arm["n_added"]),
        "" if arm.get("lambda") is None else f"{arm['lambda']:g}",
        f"{number(arm['roc_auc'])} {interval(*ends(arm['roc_auc_ci']))}".rstrip(),
        "" if delta is None else f"{number(delta, sign=True)} {interval(*ends(arm['delta_roc_auc_ci']), sign=True)}".rstrip(),
        number(arm["pr_auc"]),
        number(arm["brier"]),
        "" if arm.get("p_holm") is None else number(arm["p_holm"]),
    )
