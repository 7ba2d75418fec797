"""The site holds every page, asks for nothing outside itself, and says nothing while it is built."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from blocks import ROOT
from built_site import CONFIG, build_site

pytestmark = pytest.mark.skipif(not CONFIG.is_file(), reason="the docs are not beside the tests")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    said = build_site(folder).splitlines()
    assert [each for each in said if not each.startswith("INFO ")] == []
    return folder


def test_every_page_is_in_the_site(site: Path) -> None:
    pages = {each.stem for each in (ROOT / "docs").glob("*.md")} | {"changelog", "contributing", "demo-corpus"}
    assert pages <= {each.stem for each in site.glob("*.html")}


def test_a_page_loads_nothing_from_elsewhere(site: Path) -> None:
    loaded = re.compile(r"""<(?:script|img|iframe|link)\b[^>]*?(?:src|href)=["']?((?:https?:)?//[^"'\s>]+)""")
    assert {each.name: found for each in site.glob("*.html") if (found := loaded.findall(each.read_text("utf-8")))} == {}
    styles = "".join(each.read_text("utf-8") for each in site.rglob("*.css"))
    assert re.findall(r"(?:url\(|@import )[\"']?(?:https?:)?//", styles) == []


def test_the_python_page_has_every_public_name(site: Path) -> None:
    import synthetrial

    page = (site / "api.html").read_text("utf-8")
    missing = [each for each in synthetrial.__all__ if not re.search(rf'id="synthetrial(\.\w+)*\.{each}"', page)]
    assert not missing, "add to docs/api.md: " + ", ".join(missing)
