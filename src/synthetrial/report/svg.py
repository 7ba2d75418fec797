"""Charts as SVG inside the page: drawn by Vega-Lite, then brought down to shapes and text that follow the page's colours."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Any, Final

from lxml import etree
from markupsafe import Markup

from synthetrial.report.charts import MEASURED

INSTALL: Final = 'pip install "synthetrial[report]"'
WIDTH: Final = 440
"""Units of a chart from edge to edge, labels included: drawn at about this many pixels, its text is as large as the page's."""

SET: Final = 12
"""Size of the text of a chart, in its own units."""
_SPACE: Final = "{http://www.w3.org/2000/svg}"
_TAGS: Final = frozenset(("svg", "g", "path", "line", "rect", "circle", "text", "tspan", "defs", "clipPath"))
_ATTRIBUTES: Final = frozenset(
    ("clip-path", "cx", "cy", "d", "dx", "dy", "fill", "fill-opacity", "font-size", "font-weight", "height", "id", "opacity",
     "r", "stroke", "stroke-dasharray", "stroke-linejoin", "stroke-opacity", "stroke-width", "text-anchor", "transform",
     "viewBox", "width", "x", "x2", "y", "y2")
)  # fmt: skip
_LONG = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
_UNWRITABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")

_AXIS: Final = {
    "labelColor": "var(--quiet)", "titleColor": "var(--quiet)", "titleFontWeight": "normal", "titlePadding": 8,
    "domainColor": "var(--line)", "tickColor": "var(--line)", "gridColor": "var(--grid)",
    "labelFontSize": MEASURED, "titleFontSize": MEASURED,
}  # fmt: skip
_CONFIG: Final = {
    "aria": False,
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": _AXIS,
    "axisY": {"labelColor": "var(--ink)", "labelLimit": 270},
    "legend": {
        "labelColor": "var(--ink)", "labelFontSize": MEASURED, "labelLimit": 260, "orient": "top", "title": None,
        "symbolSize": 70, "symbolStrokeWidth": 0, "symbolOpacity": 1, "layout": {"anchor": "end"},
    },
}  # fmt: skip


def can_draw() -> bool:
    """Whether the extra `report` is installed."""
    return find_spec("vl_convert") is not None


def drawn(spec: dict[str, Any], key: str, title: str, description: str) -> Markup:
    """The Vega-Lite `spec` as an inline SVG with a title and a description for those who do not see it.

    `key` makes its ids unique on the page. Colours of the spec are CSS values (`var(--real)`). Needs the extra `report`.
    """
    import vl_convert

    fitted = {"width": WIDTH, "autosize": {"type": "fit-x", "contains": "padding"}, "config": _CONFIG, **spec}
    return cleaned(vl_convert.vegalite_to_svg(_writable(fitted), allowed_base_urls=[]), key, title, description)


def cleaned(svg: str, key: str, title: str, description: str) -> Markup:
    """`svg` with only the shapes, texts and attributes that a drawing needs, ids of its own, and numbers of two decimals."""
    root = etree.fromstring(svg.encode())
    for each in list(root.iter()):
        if not isinstance(each.tag, str) or each.tag.removeprefix(_SPACE) not in _TAGS or _unseen(each):
            parent = each.getparent()
            if parent is not None:
                parent.remove(each)
    names = {str(each.get("id")): f"{key}-{number}" for number, each in enumerate(root.iter()) if each.get("id")}
    for each in root.iter():
        for name, value in each.attrib.items():
            if name not in _ATTRIBUTES:
                del each.attrib[name]
            elif name == "id":
                each.set(name, names[str(value)])
            else:
                each.set(name, _REFERENCE.sub(lambda found: f"url(#{names.get(found[1], key)})", _LONG.sub(_short, str(value))))
        if each.get("font-size") == f"{MEASURED}px":
            each.set("font-size", f"{SET}px")
    for name in ("width", "height"):
        del root.attrib[name]
    root.set("class", "chart")
    root.set("role", "img")
    root.set("aria-labelledby", f"{key}-title {key}-text")
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        said = etree.Element(f"{_SPACE}{tag}", id=f"{key}-{('title', 'text')[place]}")
        said.text = _UNWRITABLE.sub("\ufffd", text)
        root.insert(place, said)
    etree.cleanup_namespaces(root)
    return Markup(etree.tostring(root, encoding="unicode"))


def _writable(value: Any) -> Any:
    """`value` without characters that XML has no place for: one of them in a name would end the process that draws."""
    if isinstance(value, str):
        return _UNWRITABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: _writable(each) for key, each in value.items()}
    return [_writable(each) for each in value] if isinstance(value, list | tuple) else value


def _unseen(element: etree._Element) -> bool:
    """Vega writes what it does not show: labels that would overlap, and the empty back and front of every group."""
    hidden = element.get("opacity") == "0" or element.get("display") == "none"
    return hidden or element.get("class") in ("background", "foreground")


def _short(number: re.Match[str]) -> str:
    return f"{round(float(number[0]), 2) + 0.0:g}" if abs(float(number[0])) < 1e5 else number[0]
