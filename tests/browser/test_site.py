"""The documentation is read from disk, its search with it: no server, no network."""

from __future__ import annotations

import pytest
from built_site import CONFIG, build_site

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CONFIG.is_file(), reason="the docs are not beside the tests"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    build_site(folder)
    return folder


def test_pages_from_disk_can_be_searched(site, chromium):
    page = chromium.new_page()
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((site / "index.html").as_uri())
    page.get_by_role("textbox", name="Search").click()
    page.keyboard.type("canaries")
    page.locator(".md-search-result__link", has_text="Canaries come in pairs").click()
    page.wait_for_url("**/evaluation.html?h=canaries#canaries")
    assert errors == []
    assert [each for each in asked if not each.startswith((site.as_uri(), "data:", "about:"))] == []
    page.close()
