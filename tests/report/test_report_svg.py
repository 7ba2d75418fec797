"""A chart in the page is shapes and text only: nothing runs, nothing is fetched, ids are its own, colours the page's."""

import re

import pytest
from lxml import etree

from synthetrial.report.charts import Pair, pairs
from synthetrial.report.svg import cleaned, drawn

HOSTILE = "</text><script>x()</script> & \"'"


def drawing(label, key="a"):
    return etree.fromstring(drawn(pairs([Pair(label, 0.2, 0.4)], "share"), key, label, "about"))


def texts(root):
    return ["".join(each.itertext()) for each in root.iter("{*}text")]


@pytest.mark.parametrize("label", ["plain", HOSTILE, "دراسة", "🧪👩🏽‍🔬", "]]>", "a & b < c"])
def test_a_label_is_shown_as_it_is(label):
    root = drawing(label)
    assert label in texts(root)
    assert not set(root.iter("{*}script", "{*}image", "{*}a", "{*}style", "{*}foreignObject"))


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1b", "\ud800", "\ufffe"])
def test_characters_that_no_document_can_hold_do_not_end_the_process(character):
    root = drawing(f"a{character}b")
    assert "a\ufffdb" in texts(root)
    assert root[0].text == "a\ufffdb"


def test_what_runs_or_is_fetched_is_taken_out():
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" viewBox="0 0 9 9" onload="x()"><script>x()</script>'
        '<style>@import "y"</style><image href="http://x.test"/><g onclick="x()" class="c"><a href="javascript:x()">'
        '<text>in a link</text></a><path d="M1.23456,2" fill="var(--real)" style="fill:red"/></g></svg>'
    )
    out = str(cleaned(svg, "k", "title", "text"))
    assert "x()" not in out
    assert "http://x.test" not in out
    assert "@import" not in out
    assert "in a link" not in out
    assert '<path d="M1.23,2" fill="var(--real)"/>' in out


def test_ids_are_of_the_chart_and_references_follow():
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><defs><clipPath id="clip7"><rect width="9" height="9"/>'
        '</clipPath></defs><g clip-path="url(#clip7)"><text>x</text></g></svg>'
    )
    one, other = (str(cleaned(svg, key, "t", "d")) for key in ("one", "other"))
    for out, key in ((one, "one"), (other, "other")):
        ids = re.findall(r'id="([^"]+)"', out)
        assert all(each.startswith(f"{key}-") for each in ids)
        (found,) = re.findall(r"url\(#([^)]+)\)", out)
        assert found in ids


def test_the_same_chart_is_drawn_the_same_way_again():
    first, again = (drawn(pairs([Pair("a", 0.2, 0.4)], "share"), "k", "t", "d") for _ in range(2))
    assert first == again


def test_colours_are_those_of_the_page_and_text_has_its_font():
    out = str(drawn(pairs([Pair("a", 0.2, 0.4)], "share"), "k", "t", "d"))
    assert set(re.findall(r'(?:fill|stroke)="([^"]+)"', out)) <= {
        "none", "var(--ink)", "var(--quiet)", "var(--line)", "var(--grid)", "var(--synthetic)", "var(--real)"
    }  # fmt: skip
    assert "font-family" not in out
    assert set(re.findall(r'font-size="([^"]+)"', out)) == {"12px"}
