"""Is it like real trials? What tells records from real trials, and where both lie."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.figures import interval, number
from synthetrial.report.charts import CONTROL, REAL, SYNTHETIC, Interval, Pair, cloud, histograms, intervals, pairs
from synthetrial.report.figure import Chart, Figure, Section, Table, figure, nothing
from synthetrial.report.measured import details, ends, why_not
from synthetrial.report.side_by_side import side_by_side

MAPPED: Final = 1000
"""Points of a side on the map at most."""
_DETECTORS: Final = {
    "detection-auc": "by words",
    "length-detection-auc": "by section lengths",
    "detection-embedding-auc": "by embeddings",
}


def likeness(evaluation: Evaluation) -> Section:
    """The section on fidelity."""
    lead = (
        "Where a classifier tells records from real trials, something about them is not as in real trials. Two real "
        "samples differ by chance too, so the same was measured with held-out real trials in the place of the records: "
        "these are the diamonds below."
    )
    figures = [
        _detection(evaluation),
        _terms(evaluation),
        _lengths(evaluation),
        *side_by_side(evaluation),
        _cosines(evaluation),
        _map(evaluation),
    ]
    return Section("likeness", "Is it like real trials?", lead, figures)


def _detection(evaluation: Evaluation) -> Figure:
    key, title = "detection", "Told from real trials"
    rows = []
    for metric, label in _DETECTORS.items():
        if found := evaluation.metrics.get(metric):
            rows.append(Interval(label, SYNTHETIC, found.value, found.ci_low, found.ci_high))
            rows.append(Interval(label, REAL, found.reference, *ends(found.details.get("reference_ci"))))
    if not rows:
        return nothing(key, title, why_not(evaluation, "detection-auc"))
    caption = (
        "ROC-AUC of a classifier that tells records from training trials, with 95 % intervals: 0.5 (dashed) is guessing, "
        "1 is always right. Diamonds are held-out real trials put to the same test. The nearer a circle is to its "
        "diamond, the more a record looks like a real trial to that classifier."
    )
    table = Table(
        ("classifier", "what", "ROC-AUC", "95 % interval"),
        [(r.label, r.series.name, number(r.value), interval(r.low, r.high)) for r in rows if r.value is not None],
    )
    return figure(key, title, caption, [Chart("", intervals(rows, "ROC-AUC", at=0.5))], [table])


def _terms(evaluation: Evaluation) -> Figure:
    key, title = "terms", "The words that give it away"
    found = details(evaluation, "detection-auc")
    shares: dict[str, list[float]] | None = found.get("term_shares")
    if not shares:
        return nothing(key, title, why_not(evaluation, "detection-auc"))
    sides = {"synthetic": found["synthetic_terms"], "real": found["real_terms"]}
    rows = {side: [Pair(term, *shares[term]) for term in terms] for side, terms in sides.items()}
    axis = "share of texts that hold it"
    charts = [Chart(f"speaks for {side}", pairs(each, axis, percent=True)) for side, each in rows.items()]
    caption = (
        "The words and pairs of words that a classifier goes by, the strongest first, and how many records (circle) and "
        "real trials (diamond) hold each. A long line is a habit of the writer, or one that it lacks."
    )
    lines = [(e.label, side, f"{e.synthetic:.0%}", f"{e.real:.0%}") for side, each in rows.items() for e in each]
    return figure(key, title, caption, charts, [Table(("term", "speaks for", "records", "real trials"), lines)])


def _lengths(evaluation: Evaluation) -> Figure:
    key, title = "lengths", "Words a section"
    medians: dict[str, dict[str, float]] | None = details(evaluation, "length-detection-auc").get("median_words")
    if not medians:
        return nothing(key, title, why_not(evaluation, "length-detection-auc"))
    rows = [Pair(section, each["synthetic"], each["real"]) for section, each in medians.items()]
    caption = (
        "The median number of words of each section, in records (circle) and training trials (diamond); 0 where most lack it."
    )
    table = Table(("section", "records", "real trials"), [(r.label, f"{r.synthetic or 0:g}", f"{r.real or 0:g}") for r in rows])
    return figure(key, title, caption, [Chart("", pairs(rows, "median words"))], [table])


def _cosines(evaluation: Evaluation) -> Figure:
    key, title = "cosines", "Alike among themselves, and to one another"
    found = details(evaluation, "cosine")
    kept: dict[str, Any] = found.get("distributions") or {}
    if not kept:
        return nothing(key, title, why_not(evaluation, "cosine"))
    looks = {
        "synthetic_synthetic": SYNTHETIC.called("record with record"),
        "real_real": REAL.called("real trial with real trial"),
        "real_synthetic": CONTROL.called("record with real trial"),
    }
    shares = {series: kept[name]["histogram"] for name, series in looks.items()}
    first, last = _filled(list(shares.values()))
    chart = histograms(found["edges"][first : last + 1], {s: e[first:last] for s, e in shares.items()}, "cosine similarity")
    caption = (
        "How alike two texts are, over all pairs or a sample of them; further right is more alike. The three outlines lie "
        "on one another where records are as varied as real trials; a “record with record” outline further right is a set "
        f"that repeats itself. Vectors: {found.get('embedder')}."
    )
    lines = [
        (series.name, *(number(kept[name][each]) for each in ("p5", "median", "p95")), str(kept[name]["pairs"]))
        for name, series in looks.items()
    ]
    table = Table(("pairs of", "5 %", "median", "95 %", "pairs"), lines)
    return figure(key, title, caption, [Chart("", chart)], [table])


def _filled(rows: list[list[float]]) -> tuple[int, int]:
    """The bins from the first to the last that some row has something in, and one more on either side."""
    used = np.flatnonzero(np.asarray(rows).max(axis=0) > 0.0005)
    return max(0, int(used[0]) - 1), min(len(rows[0]), int(used[-1]) + 2)


def _map(evaluation: Evaluation) -> Figure:
    key, title = "map", "A map of records and real trials"
    found: dict[str, Any] | None = details(evaluation, "cosine").get("map")
    if not found:
        return nothing(key, title, why_not(evaluation, "cosine"))
    places: list[list[float]] = found["tsne"] or found["pca"]
    made, real = places[: found["synthetic"]], places[found["synthetic"] :]
    shown = {series: _some(each) for series, each in ((SYNTHETIC, made), (REAL, real))}
    how = "t-SNE" if found["tsne"] else "two principal components, as there are too few points for t-SNE"
    caption = (
        f"Each point is a text, placed by {how}: texts that lie together are alike; the axes mean nothing, nor do "
        "distances between clumps. Look for places with one kind only: circles alone are records like no real trial, "
        f"diamonds alone are trials that the set leaves out. Shown are {len(shown[SYNTHETIC])} records and "
        f"{len(shown[REAL])} training trials, drawn at random with a fixed seed where there are more. No figure of this "
        "report rests on the map."
    )
    table = Table(
        ("what", "points", "middle across", "middle up", "spread across", "spread up"),
        [
            (series.name, str(len(each)), *(f"{v:.2f}" for v in (*np.mean(each, axis=0), *np.std(each, axis=0))))
            for series, each in shown.items()
        ],
        "Where the two clouds lie: their middles and standard deviations.",
    )
    return figure(key, title, caption, [Chart("", cloud(shown))], [table])


def _some(points: list[list[float]]) -> list[list[float]]:
    keep = np.random.default_rng(0).permutation(len(points))[:MAPPED]
    return [points[each] for each in np.sort(keep)]
