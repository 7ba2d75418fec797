"""Does it copy? How near records lie to real trials, how long the runs are that they share, and what attacks find."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.figures import interval, number
from synthetrial.evaluate.privacy.copied import LIMIT, LONGEST
from synthetrial.report.charts import CONTROL, REAL, SYNTHETIC, Interval, histograms, intervals
from synthetrial.report.figure import Chart, Figure, Section, Table, figure, nothing
from synthetrial.report.measured import details, ends, why_not

_NEAR = SYNTHETIC.called("record to training trial")
_ALIKE = REAL.called("held-out real trial to training trial")
_FAR = CONTROL.called("record to held-out real trial")


def copying(evaluation: Evaluation) -> Section:
    """The section on copying and privacy."""
    lead = (
        "A record is written from its exemplars and may not repeat them. Trials of one drug resemble one another anyway, "
        "so each figure stands beside the same figure of real trials that nobody copied. This is no proof of privacy: it "
        "says what was looked for and what was found."
    )
    figures = [_lengths(evaluation), _nearest(evaluation), _attacks(evaluation, "membership-inference")]
    if "canary-inference" in evaluation.metrics:
        figures.append(_attacks(evaluation, "canary-inference"))
    return Section("copying", "Does it copy them?", lead, [*figures, _named(evaluation)])


def _lengths(evaluation: Evaluation) -> Figure:
    key, title = "copy-lengths", "The longest run of words that a record shares"
    made, real = (details(evaluation, "copy-span").get(each) or {} for each in ("distribution", "reference_distribution"))
    if "by_words" not in made:
        return nothing(key, title, why_not(evaluation, "copy-span"))
    shares = {SYNTHETIC: made["by_words"]}
    if "by_words" in real:
        shares[REAL.called("held-out real trials")] = real["by_words"]
    caption = (
        "How many records share a run of so many words with one of their exemplars that hardly any other trial has; the "
        f"last step is {LONGEST} words and more, 0 stands for all runs too short to be looked for. Real trials that nobody "
        "copied share some too, with the most similar training trials of the same drug. A record with a run of more than "
        f"{LIMIT} words is refused when it is written."
    )
    rows = [
        (series.name, *(f"{each[name]:g}" for name in ("median", "p90", "max")), f"{each[f'share_over_{LIMIT}']:.1%}")
        for series, each in zip(shares, (made, real), strict=False)
    ]
    table = Table(("what", "median words", "90 % at most", "longest", f"share over {LIMIT} words"), rows)
    chart = histograms(range(LONGEST + 2), shares, "words of the longest shared run")
    return figure(key, title, caption, [Chart("", chart)], [table, *_beyond(evaluation)])


def _beyond(evaluation: Evaluation) -> list[Table]:
    """What is shared with exemplars beyond what is shared with held-out trials as near to them."""
    rows = []
    for metric in ("copy-span", "copy-8gram", "copy-13gram", "copy-span-train", "copy-8gram-train", "copy-13gram-train"):
        minus: Any = details(evaluation, metric).get("minus_held_out")
        if isinstance(minus, dict):
            told = f"{number(minus['difference'], sign=True)} {interval(*ends(minus['ci']), sign=True)}"
            rows.append((metric, number(minus["seen"]), number(minus["held_out"]), told))
    if not rows:
        return []
    about = "The same beyond chance: with trials that the writer saw, and with held-out trials as near to them."
    return [Table(("metric", "seen trials", "held-out trials", "difference"), rows, about)]


def _nearest(evaluation: Evaluation) -> Figure:
    key, title = "nearest", "How far the nearest real trial is"
    found = details(evaluation, "dcr")
    kept: dict[str, Any] | None = found.get("histogram")
    if not kept:
        return nothing(key, title, why_not(evaluation, "dcr"))
    series = {_NEAR: kept["to_train"], _ALIKE: kept["real_to_train"], _FAR: kept["to_held_out"]}
    shares = {each: shown for each, shown in series.items() if shown}
    caption = (
        "The distance (1 − cosine) from a record to its nearest training trial, and to its nearest held-out trial, which "
        "no writer saw; beside them, from a held-out real trial to its nearest training trial. 0 is an exact copy. A set "
        "that copies nothing has its solid outline where the real trials have theirs; an outline far to the left leans on "
        f"what it was shown. Vectors: {found.get('embedder')}."
    )
    rows = [(e.name, *(f"{_up_to(kept['edges'], shares[e], part):g}" for part in (0.05, 0.5, 0.95))) for e in shares]
    table = Table(("from … to its nearest", "5 % are within", "half are within", "95 % are within"), rows)
    return figure(key, title, caption, [Chart("", histograms(kept["edges"], shares, "distance"))], [table])


def _up_to(edges: list[float], shares: list[float], part: float) -> float:
    """The first edge that at least `part` of all lie below."""
    below = accumulate(shares)
    return next((edge for edge, total in zip(edges[1:], below, strict=True) if total >= part - 1e-6), edges[-1])


def _attacks(evaluation: Evaluation, metric: str) -> Figure:
    canaries = metric == "canary-inference"
    title = "Can planted canaries be told from the set?" if canaries else "Can its exemplars be told from the set?"
    found = details(evaluation, metric)
    if not found.get("attacks"):
        return nothing(metric, title, why_not(evaluation, metric))
    beside = {each["attack"]: each for each in found.get("reference_attacks") or ()}
    rows, lines = [], []
    for each in found["attacks"]:
        for series, told in ((SYNTHETIC, each), (REAL, beside.get(each["attack"]))):
            if told:
                rows.append(Interval(each["attack"], series, told["auc"], *ends(told["ci"])))
                share = f"{told['tpr_at_1_percent_fpr']:.1%}"
                lines.append((each["attack"], series.name, number(told["auc"]), interval(*ends(told["ci"])), share))
    whom = "canaries that were planted" if canaries else "trials that were exemplars"
    caption = (
        f"Somebody who has the set alone tries to tell {whom} from ones that were not, in a few ways. ROC-AUC with its 95 "
        "% interval: 0.5 (dashed) is guessing, 1 is always right. Diamonds are the same attack where there is nothing to "
        f"find: {found.get('reference')}."
    )
    table = Table(("attack", "what", "ROC-AUC", "95 % interval", "found at 1 % false alarms"), lines)
    return figure(metric, title, caption, [Chart("", intervals(rows, "ROC-AUC", at=0.5))], [table])


def _named(evaluation: Evaluation) -> Figure:
    key, title = "identity", "Who and what is named"
    found = evaluation.metrics.get("identity-scan")
    if found is None:
        return nothing(key, title, why_not(evaluation, "identity-scan"))
    scan = details(evaluation, "identity-scan")
    made, real = scan.get("kinds") or {}, scan.get("reference_kinds") or {}
    rows = [(kind, str(made.get(kind, 0)), str(real.get(kind, 0))) for kind in sorted({*made, *real})]
    caption = (
        f"Registry numbers, contacts, links, publications, persons and sites found in {found.n} records: {found.value:g}. "
        "It must be 0 for a set to be published. Held-out real trials name some, which shows that the patterns find them."
    )
    tables = [Table(("kind", "in the records", f"in {scan.get('reference', 'real trials')}"), rows)] if rows else []
    return figure(key, title, caption, [], tables)
