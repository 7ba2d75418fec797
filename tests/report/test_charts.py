"""The kinds of chart: what is put in can be read in the drawing, and no series is told from another by colour alone."""

import itertools

import pytest
from lxml import etree

from synthetrial.report import charts
from synthetrial.report.charts import CHANCE, CONTROL, OTHER, REAL, SYNTHETIC, Interval, Pair, Point
from synthetrial.report.svg import drawn


def texts(spec):
    root = etree.fromstring(drawn(spec, "k", "title", "text"))
    return {"".join(each.itertext()) for each in root.iter("{*}text")}


def test_series_differ_in_colour_shape_and_dash():
    for one, other in itertools.combinations((SYNTHETIC, REAL, CONTROL, CHANCE, OTHER), 2):
        assert one.colour != other.colour
        assert one.shape != other.shape
        assert one.dash != other.dash


def test_a_series_under_another_name_looks_the_same():
    named = REAL.called("held-out trials")
    assert named.name == "held-out trials"
    assert named[1:] == REAL[1:]


@pytest.mark.parametrize(
    ("spec", "held"),
    [
        (charts.intervals([Interval("by words", SYNTHETIC, 0.7, 0.6, 0.8)], "ROC-AUC", at=0.5), {"by words", "ROC-AUC"}),
        (
            charts.intervals(
                [Interval("one", SYNTHETIC, 0.7, 0.6, 0.8), Interval("one", REAL, 0.5, None, None),
                 Interval("two", SYNTHETIC, None, None, None)], "d",
            ),
            {"one", "two", "synthetic records", "real trials"},
        ),
        (charts.pairs([Pair("a", 0.1, 0.2), Pair("b", None, 0.3)], "share", percent=True), {"a", "b", "100%"}),
        (
            charts.curves([Point(REAL, "50", 0.5, 0.4, 0.6), Point(REAL, "342 (all)", 0.6, None, None)], "n", "AUC", at=0.5),
            {"50", "342 (all)", "AUC"},
        ),
        (charts.histograms([0, 1, 2], {SYNTHETIC: [0.5, 0.5], REAL: [1.0, 0.0]}, "words"), {"words", "real trials"}),
        (charts.cloud({SYNTHETIC: [(0, 1)], REAL: [(1, 0)]}), {"synthetic records", "real trials"}),
        (charts.bars([("copy", 12), ("design", 3)]), {"copy", "design", "12", "3"}),
    ],
    ids=["intervals", "two a row", "pairs", "curves", "histograms", "cloud", "bars"],
)  # fmt: skip
def test_what_is_put_in_can_be_read(spec, held):
    assert held <= texts(spec)


def test_a_long_label_is_cut_and_rows_keep_their_order():
    spec = charts.pairs([Pair("z", 0, 1), Pair("x" * 99, 0, 1), Pair("a", 0, 1)], "share")
    rows = spec["encoding"]["y"]["scale"]["domain"]
    assert rows == ["z", "x" * 43 + "…", "a"]


def test_a_legend_can_be_left_out_where_the_chart_beside_it_has_one():
    with_legend, without = (texts(charts.pairs([Pair("a", 0.1, 0.2)], "share", legend=legend)) for legend in (True, False))
    assert "real trials" in with_legend
    assert "real trials" not in without
