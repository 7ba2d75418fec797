"""Fields side by side: how far each is off, shares of categories, quartiles of numbers, and what goes with what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.figures import interval, number
from synthetrial.report.charts import REAL, SYNTHETIC, Interval, Pair, intervals, pairs
from synthetrial.report.figure import Chart, Figure, Table, figure, nothing
from synthetrial.report.measured import details, ends, why_not

_AGES: Final = ("minimum age", "maximum age")
_WORDS: Final = "words: "


def side_by_side(evaluation: Evaluation) -> Iterable[Figure]:
    """The figures on marginals and associations."""
    fields: dict[str, Any] | None = details(evaluation, "marginals").get("fields")
    if fields:
        yield _distances(fields)
        yield _categories(fields)
        yield _numbers(fields)
    else:
        yield nothing("marginals", "Fields side by side", why_not(evaluation, "marginals"))
    yield _associations(evaluation)


def _distances(fields: dict[str, Any]) -> Figure:
    rows = []
    for name, each in sorted(fields.items(), key=lambda item: -float(item[1]["distance"])):
        rows.append(Interval(name, SYNTHETIC, each["distance"], *ends(each["ci"])))
        rows.append(Interval(name, REAL, each["reference"], None, None))
    caption = (
        "The distance between the spread of a field in records and in training trials (circle, with its 95 % interval), "
        "the largest first: 0 is the same spread, 1 is nothing in common. The diamond is that distance for held-out real "
        "trials, which is chance alone. Circles well right of their diamonds are fields that the set gets wrong."
    )
    lines = [
        (made.label, number(made.value or 0), interval(made.low, made.high), "" if real.value is None else number(real.value))
        for made, real in zip(rows[::2], rows[1::2], strict=True)
    ]
    table = Table(("field", "records", "95 % interval", "real trials"), lines)
    chart = Chart("", intervals(rows, "distance"))
    return figure("marginal-distances", "How far each field is off", caption, [chart], [table])


def _categories(fields: dict[str, Any]) -> Figure:
    charts: list[Chart] = []
    lines = []
    for name, each in fields.items():
        if isinstance(each["synthetic"], dict):
            rows = [Pair(value, share, each["real"].get(value, 0.0)) for value, share in each["synthetic"].items()]
            charts.append(Chart(name, pairs(rows, "share", percent=True, legend=not charts)))
            lines += [(name, row.label, f"{row.synthetic:.1%}", f"{row.real:.1%}") for row in rows]
    caption = (
        "The share of records (circle) and of training trials (diamond) with each value, up to eight values a field. A "
        "long line between the two is a value that the set has too often or too rarely."
    )
    table = Table(("field", "value", "records", "real trials"), lines)
    return figure("categories", "Design attributes side by side", caption, charts, [table])


def _numbers(fields: dict[str, Any]) -> Figure:
    charts: list[Chart] = []
    lines = []
    for title, names in _kinds([name for name, each in fields.items() if isinstance(each["synthetic"], list)]).items():
        rows = [
            Interval(name.removeprefix(_WORDS), series, quartiles[1], quartiles[0], quartiles[2])
            for name in names
            for series, quartiles in ((SYNTHETIC, fields[name]["synthetic"]), (REAL, fields[name]["real"]))
        ]
        charts.append(Chart(title, intervals(rows, "median and quartiles", legend=not charts)))
        lines += [(title, e.label, e.series.name, _limit(e.low), _limit(e.value), _limit(e.high)) for e in rows]
    caption = (
        "Median (point) and quartiles (line) of records and of training trials: half of all lie on the line. A maximum "
        "age that is not given counts as no limit and is not drawn."
    )
    table = Table(("kind", "field", "what", "lower quartile", "median", "upper quartile"), lines)
    return figure("numbers", "Lengths, counts and ages side by side", caption, charts, [table])


def _kinds(names: list[str]) -> dict[str, list[str]]:
    """The numbers by what they count, so that a chart has one unit."""
    words = [name for name in names if name.startswith(_WORDS)]
    ages = [name for name in names if name in _AGES]
    found = {"words a section": words, "how many": [e for e in names if e not in (*words, *ages)], "ages in years": ages}
    return {title: each for title, each in found.items() if each}


def _limit(value: float | None) -> str:
    return "no limit" if value is None else f"{value:g}"


def _associations(evaluation: Evaluation) -> Figure:
    key, title = "associations", "Which attributes go together"
    largest: list[dict[str, Any]] | None = details(evaluation, "associations").get("largest")
    if not largest:
        return nothing(key, title, why_not(evaluation, "associations"))
    rows = [Pair(" × ".join(each["fields"]), each["synthetic"], each["real"]) for each in largest]
    caption = (
        "How strongly two attributes hang together (Cramér's V: 0 not at all, 1 one tells the other) in records and in "
        "training trials: the pairs in which the two differ most, the largest difference first."
    )
    table = Table(("pair", "records", "real trials"), [(r.label, number(r.synthetic or 0), number(r.real or 0)) for r in rows])
    return figure(key, title, caption, [Chart("", pairs(rows, "Cramér's V"))], [table])
