"""What can only be seen of report.html in a browser: the answers at a glance, charts that fit and follow the page's colours."""

import shutil

import msgspec
import pytest

from synthetrial.evaluate.evaluation import evaluate
from synthetrial.evaluate.from_run import inputs_of
from synthetrial.report.report import write_report
from synthetrial.run.files import write_whole

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def written(run, tmp_path_factory):
    """The report of an evaluated run."""
    folder = shutil.copytree(run, tmp_path_factory.mktemp("charts") / "small-run")
    inputs = msgspec.structs.replace(inputs_of(folder), embeddings="lexical")
    write_whole(folder / "evaluation.json", evaluate(inputs, quick=True).to_json())
    return write_report(folder)


def test_the_answers_are_on_the_first_screen(opened, written):
    page = opened(written)
    answers = page.locator("article .short").all()
    assert len(answers) == 3
    for each in answers:
        box = each.bounding_box()
        assert box["y"] + box["height"] < 800


@pytest.mark.parametrize("width", [1280, 390])
def test_no_text_of_a_chart_is_cut_off(opened, written, width):
    outside = opened(written, viewport={"width": width, "height": 800}).evaluate(
        """() => [...document.querySelectorAll('svg.chart text')].filter(text => {
            const box = text.getBoundingClientRect(), main = document.querySelector('main').getBoundingClientRect();
            return box.left < main.left || box.right > main.right;
        }).map(text => text.textContent)"""
    )
    assert outside == []


def test_charts_take_the_colours_of_a_dark_page(opened, written):
    def look(scheme):
        return opened(written, color_scheme=scheme).evaluate(
            """() => [getComputedStyle(document.body).backgroundColor,
            getComputedStyle(document.querySelector('svg.chart text')).fill]"""
        )

    (paper, ink), (dark_paper, dark_ink) = look("light"), look("dark")
    assert brightness(paper) > brightness(ink)
    assert brightness(dark_paper) < brightness(dark_ink)


def brightness(colour):
    return sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(",")[:3]))


def test_the_table_behind_a_chart_opens_by_keyboard(opened, written):
    page = opened(written)
    table = page.locator(".part details").first
    table.locator("summary").focus()
    page.keyboard.press("Enter")
    assert table.locator("table").first.is_visible()
