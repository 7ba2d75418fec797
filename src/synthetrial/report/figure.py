"""What the report is made of: sections of figures, each with pictures, a caption that says how to read it, and a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from synthetrial.report.charts import Spec
from synthetrial.report.svg import can_draw, drawn


class Table(NamedTuple):
    """Cells as they are shown, the first of each row its heading. `about` says what the table holds."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    about: str = ""


class Chart(NamedTuple):
    """A specification to be drawn, and what is in it."""

    title: str
    spec: Spec


class Figure(NamedTuple):
    """One figure. `missing` says why there is nothing to see; pictures are empty where nothing can be drawn."""

    key: str
    title: str
    caption: str = ""
    pictures: Sequence[tuple[str, Markup]] = ()
    tables: Sequence[Table] = ()
    missing: str = ""


class Section(NamedTuple):
    """A part of the report with a heading: `lead` says in a sentence or two what it is about."""

    key: str
    title: str
    lead: str
    figures: Sequence[Figure]


def figure(key: str, title: str, caption: str, charts: Sequence[Chart], tables: Sequence[Table]) -> Figure:
    """A figure with its charts drawn; without the extra `report` it has only its tables."""
    pictures = [
        (chart.title, drawn(chart.spec, f"{key}-{number}", f"{title}: {chart.title}" if chart.title else title, caption))
        for number, chart in enumerate(charts if can_draw() else ())
    ]
    return Figure(key, title, caption, pictures, tables)


def nothing(key: str, title: str, why: str) -> Figure:
    """A figure that cannot be there, and why."""
    return Figure(key, title, missing=why)
