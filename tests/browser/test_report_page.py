"""report.html in a browser: it opens and prints by itself, light and dark, and axe finds it fit to be read by all."""

import re

import pytest

from synthetrial.evaluate.evaluation import evaluate
from synthetrial.evaluate.from_run import inputs_of
from synthetrial.report.report import write_report
from synthetrial.run.files import write_whole

pytestmark = pytest.mark.browser

WIDTHS = {"wide": {"width": 1280, "height": 800}, "narrow": {"width": 390, "height": 844}}


@pytest.fixture(scope="module", params=["evaluated", "not evaluated"])
def written(request, run):
    """The report of the run, with and without its evaluation."""
    if request.param == "evaluated":
        write_whole(run / "evaluation.json", evaluate(inputs_of(run), quick=True).to_json())
    else:
        (run / "evaluation.json").unlink(missing_ok=True)
    return write_report(run)


def test_it_opens_with_its_verdict_and_asks_for_nothing(opened, written):
    page = opened(written)
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.get_by_text("SYNTHETIC").first.is_visible()
    assert page.get_by_role("main").is_visible()
    assert page.evaluate("[...document.images].every((image) => image.complete && image.naturalWidth > 0)")


@pytest.mark.parametrize("width", WIDTHS)
def test_it_is_no_wider_than_its_screen(opened, written, width):
    page = opened(written, viewport=WIDTHS[width])
    assert page.evaluate("document.documentElement.scrollWidth") == WIDTHS[width]["width"]


def test_it_leads_to_the_records(opened, written):
    link = opened(written).get_by_role("link", name=re.compile("record", re.IGNORECASE)).first
    assert link.get_attribute("href").startswith("browse.html")


def test_it_prints_in_black_on_white_also_where_the_screen_is_dark(opened, written):
    page = opened(written, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    ink, paper = page.evaluate("[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]")
    assert (ink, paper) == ("rgb(0, 0, 0)", "rgb(255, 255, 255)")
    assert page.pdf().startswith(b"%PDF")


def test_it_is_dark_where_the_reader_prefers_it(opened, written):
    page = opened(written)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_no_serious_violation(violations, written, width, scheme):
    def unfolded(page):
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")

    assert violations(written, "", unfolded, viewport=WIDTHS[width], color_scheme=scheme) == []
