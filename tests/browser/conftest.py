"""Pages of a run in a real browser: Debian's Chromium (or the one that `SYNTHETRIAL_CHROMIUM` names) through Playwright.

A page that asks for anything but itself, or that writes an error to the console, fails the test that opened it.
"""

import os
import shutil

import pytest

from shown_run import shown_run

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run")


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """A small run. It is made before a browser starts, whose event loop would be in the way."""
    return shown_run(tmp_path_factory.mktemp("shown") / "small-run")


@pytest.fixture(scope="module")
def chromium(run):
    """The browser, for the tests of one file: its event loop would be in the way of others."""
    path = os.environ.get("SYNTHETRIAL_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        missing = "no Chromium found: `apt-get install chromium`, or set SYNTHETRIAL_CHROMIUM to its path"
        pytest.fail(missing) if os.environ.get("SYNTHETRIAL_REQUIRE_BROWSER") else pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium):
    """Opens a file, at a hash if one is given, with options of a Playwright context."""
    contexts, asked, errors, own = [], [], [], set()

    def open_page(path, at="", **options):
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        own.add(path.as_uri())
        page.goto(path.as_uri() + at)
        return page

    yield open_page
    for each in contexts:
        each.close()
    assert errors == []
    assert {each.split("#")[0] for each in asked if not each.startswith("data:")} <= own


@pytest.fixture
def violations(opened):
    """The serious and critical findings of axe-core on a page that `shown` brings into the state to look at."""
    from axe_playwright_python.sync_playwright import Axe

    def find(path, at="", shown=lambda page: None, **options):
        page = opened(path, at, bypass_csp=True, **options)
        shown(page)
        found = Axe().run(page).response["violations"]
        return [
            (each["id"], node["target"], node["any"] and node["any"][0]["message"])
            for each in found
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"]
        ]

    return find
