"""The kinds of chart of the report, as Vega-Lite specifications: plain dicts, drawn by `svg.drawn`.

Every series has a colour, a shape and a dash of its own, so that none is told by colour alone; colours are the page's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

Spec = dict[str, Any]


class Series(NamedTuple):
    """A series and how it is drawn."""

    name: str
    colour: str
    shape: str
    dash: tuple[int, ...]

    def called(self, name: str) -> Series:
        """The same look under another name."""
        return self._replace(name=name)


SYNTHETIC: Final = Series("synthetic records", "var(--synthetic)", "circle", (1, 0))
REAL: Final = Series("real trials", "var(--real)", "diamond", (6, 3))
CONTROL: Final = Series("controls without a writer", "var(--control)", "square", (2, 2))
CHANCE: Final = Series("labels shuffled", "var(--quiet)", "cross", (8, 2, 2, 2))
OTHER: Final = Series("another set", "var(--exemplar)", "triangle-up", (4, 1))
LABEL: Final = 44
"""Characters of a label at most."""
MEASURED: Final = 14
"""Size of text as it is laid out. It is set smaller (`svg.SET`): the font of whoever opens the page may be a wider one."""
_SHORT: Final = 26
"""Characters of a name up to which two stand side by side in a legend."""
_POINT: Final = {"type": "point", "filled": True, "opacity": 1}


class Interval(NamedTuple):
    """A row of a forest plot: what it is, of which series, its value and the ends of its interval (None: no interval)."""

    label: str
    series: Series
    value: float | None
    low: float | None
    high: float | None


class Pair(NamedTuple):
    """A row with two values side by side."""

    label: str
    synthetic: float | None
    real: float | None


class Point(NamedTuple):
    """A point of a curve, with its interval."""

    series: Series
    x: str
    value: float
    low: float | None
    high: float | None


def intervals(rows: Sequence[Interval], axis: str, *, at: float | None = None, legend: bool = True) -> Spec:
    """A forest plot: values as points on lines that are their intervals; a dashed line `at` the value of no effect."""
    known = [each for each in rows if each.value is not None]
    series = _once(each.series for each in known)
    beside = len({each.label for each in rows}) < len(rows)
    values = [
        {"row": _label(each.label), "series": each.series.name, "value": each.value, "low": each.low, "high": each.high}
        for each in known
    ]
    x = {"type": "quantitative", "title": axis, "scale": {"zero": False, "nice": True}, "axis": {"tickCount": 5}}
    encoding = {"y": _down(rows), "color": _colours(series, legend)}
    if beside:
        encoding["y"]["scale"]["paddingInner"] = 0.35
        encoding["yOffset"] = _apart(series)
    line = {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}}}
    point = {"mark": {**_POINT, "size": 70}, "encoding": {"x": {**x, "field": "value"}, "shape": _shapes(series, legend)}}
    return {
        "data": {"values": values},
        "height": {"step": 9, "for": "offset"} if beside else {"step": 21},
        "encoding": encoding,
        "layer": [*_still("x", x, at), line, point],
    }


def pairs(rows: Sequence[Pair], axis: str, *, percent: bool = False, legend: bool = True) -> Spec:
    """Two values a row, joined by a line: of records and of real trials, which are smaller so that neither hides the other."""
    series = (SYNTHETIC, REAL)
    values = [
        {"row": _label(each.label), "series": name, "value": value, "low": each.synthetic, "high": each.real}
        for each in rows
        for name, value in ((SYNTHETIC.name, each.synthetic), (REAL.name, each.real))
        if value is not None
    ]
    x: Spec = {"type": "quantitative", "title": axis, "axis": {"tickCount": 5}}
    if percent:
        x = {"type": "quantitative", "title": axis, "axis": {"tickCount": 5, "format": ".0%"}, "scale": {"domain": [0, 1]}}
    looks = {
        "color": _colours(series, legend),
        "shape": _shapes(series, legend),
        "size": _scaled(series, [110, 50], legend=False),
    }
    line = {"mark": {"type": "rule", "color": "var(--line)", "strokeWidth": 2},
            "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}}}  # fmt: skip
    point = {"mark": _POINT, "encoding": {"x": {**x, "field": "value"}, **looks}}
    return {"data": {"values": values}, "height": {"step": 19}, "encoding": {"y": _down(rows)}, "layer": [line, point]}


def curves(points: Sequence[Point], across: str, axis: str, *, at: float | None = None, legend: bool = True) -> Spec:
    """A line a series over steps of `across`, in the order in which they come, with intervals; a dashed line `at` guessing."""
    series = _once(each.series for each in points)
    x = {
        "field": "x", "type": "ordinal", "sort": list(dict.fromkeys(each.x for each in points)), "title": across,
        "axis": {"labelAngle": 0, "grid": False}, "scale": {"paddingInner": 0.6, "paddingOuter": 0.3},
    }  # fmt: skip
    y = {
        "type": "quantitative",
        "title": axis,
        "scale": {"zero": False},
        "axis": {"labelColor": "var(--quiet)", "tickCount": 6},
    }
    value = {**y, "field": "value"}
    interval = {"mark": {"type": "rule", "strokeWidth": 1.5, "opacity": 0.8},
                "encoding": {"y": {**y, "field": "low"}, "y2": {"field": "high"}}}  # fmt: skip
    line = {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {"y": value, "strokeDash": _dashes(series, legend=False)}}
    point = {"mark": {**_POINT, "size": 70}, "encoding": {"y": value, "shape": _shapes(series, legend)}}
    return {
        "data": {"values": [{**each._asdict(), "series": each.series.name} for each in points]},
        "height": 230,
        "encoding": {"x": x, "xOffset": _apart(series), "color": _colours(series, legend)},
        "layer": [*_still("y", y, at), interval, line, point],
    }


def histograms(edges: Sequence[float], shares: Mapping[Series, Sequence[float]], axis: str) -> Spec:
    """The shares of each series between `edges`, as steps over one another."""
    series = tuple(shares)
    values = [
        {"series": each.name, "x": edge, "share": share}
        for each in series
        for edge, share in zip(edges, (*shares[each], 0.0), strict=True)
    ]
    colours, dashes = _colours(series, legend=True), _dashes(series, legend=True)
    for each in (colours, dashes):
        each["legend"] |= {"symbolType": "stroke", "symbolStrokeWidth": 2}
    step = {"interpolate": "step-after"}
    return {
        "data": {"values": values},
        "height": 190,
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "title": axis, "scale": {"nice": False, "zero": False},
                  "axis": {"grid": False, "tickCount": 6}},
            "y": {"field": "share", "type": "quantitative", "title": "share", "stack": None,
                  "axis": {"format": ".0%", "tickCount": 5, "labelColor": "var(--quiet)"}},
            "color": colours,
        },
        "layer": [
            {"mark": {"type": "area", "opacity": 0.12, **step}},
            {"mark": {"type": "line", "strokeWidth": 2, **step}, "encoding": {"strokeDash": dashes}},
        ],
    }  # fmt: skip


def cloud(points: Mapping[Series, Sequence[Sequence[float]]]) -> Spec:
    """Points in the plane, without axes: only nearness means something."""
    series = tuple(points)
    hidden = {"type": "quantitative", "axis": None, "scale": {"zero": False, "nice": False, "padding": 12}}
    return {
        "data": {"values": [{"series": each.name, "x": x, "y": y} for each, rows in points.items() for x, y in rows]},
        "height": 380,
        "mark": {**_POINT, "size": 26, "opacity": 0.62},
        "encoding": {
            "x": {**hidden, "field": "x"},
            "y": {**hidden, "field": "y"},
            "color": _colours(series, legend=True),
            "shape": _shapes(series, legend=True),
        },
        "view": {"stroke": "var(--line)"},
    }


def bars(rows: Sequence[tuple[str, float]], colour: str = "var(--synthetic)") -> Spec:
    """A bar a row, its number beside it."""
    labels = list(dict.fromkeys(_label(name) for name, _ in rows))
    room = {"domain": [0, 1.15 * max(value for _, value in rows)]}  # for the number beside the longest bar
    number = {"field": "value", "type": "quantitative"}
    said = {"type": "text", "align": "left", "dx": 4, "color": "var(--ink)", "fontSize": MEASURED}
    return {
        "data": {"values": [{"row": _label(name), "value": value} for name, value in rows]},
        "height": {"step": 22},
        "encoding": {"y": _axis_of(labels), "x": {**number, "axis": None, "scale": room}},
        "layer": [
            {"mark": {"type": "bar", "color": colour, "height": 13}},
            {"mark": said, "encoding": {"text": number}},
        ],
    }


def _once(series: Iterable[Series]) -> tuple[Series, ...]:
    return tuple(dict.fromkeys(series))


def _down(rows: Sequence[Interval] | Sequence[Pair]) -> Spec:
    return _axis_of(list(dict.fromkeys(_label(each.label) for each in rows)))


def _axis_of(labels: list[str]) -> Spec:
    """The rows of a chart, in their order."""
    axis = {"grid": False, "ticks": False, "domain": False, "labelPadding": 6}
    return {"field": "row", "type": "nominal", "sort": None, "title": None, "scale": {"domain": labels}, "axis": axis}


def _still(channel: str, scaled: Spec, at: float | None) -> list[Spec]:
    """A dashed line across the chart."""
    if at is None:
        return []
    free = {"x": None, "y": None, "xOffset": None, "yOffset": None, "color": None}
    mark = {"type": "rule", "strokeDash": [4, 3], "color": "var(--quiet)"}
    return [{"data": {"values": [{"at": at}]}, "mark": mark, "encoding": {**free, channel: {**scaled, "field": "at"}}}]


def _label(text: str) -> str:
    return text if len(text) <= LABEL else f"{text[: LABEL - 1]}…"


def _apart(series: Sequence[Series]) -> Spec:
    return {"field": "series", "scale": {"domain": [each.name for each in series]}}


def _colours(series: Sequence[Series], legend: bool) -> Spec:
    return _scaled(series, [each.colour for each in series], legend)


def _shapes(series: Sequence[Series], legend: bool) -> Spec:
    return _scaled(series, [each.shape for each in series], legend)


def _dashes(series: Sequence[Series], legend: bool) -> Spec:
    return _scaled(series, [list(each.dash) for each in series], legend)


def _scaled(series: Sequence[Series], values: list[Any], legend: bool) -> Spec:
    names = [each.name for each in series]
    columns = 1 if any(len(each) > _SHORT for each in names) else 2
    return {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": names, "range": values},
        "legend": {"columns": columns} if legend else None,
    }
