"""The page on the command line says what the commands say."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "cli.md"


@pytest.fixture(scope="module")
def reference() -> str:
    made: str = runpy.run_path(str(ROOT / "tools" / "cli_reference.py"))["reference"]()
    return made


@pytest.mark.skipif(not PAGE.is_file(), reason="the docs are not beside the tests")
def test_the_page_is_what_the_commands_say(reference: str) -> None:
    assert PAGE.read_text("utf-8") == reference, "the page is stale; make it again: python tools/cli_reference.py"


def test_every_command_is_there_with_its_options(reference: str) -> None:
    assert "## synthetrial corpus build\n" in reference
    assert "| `--labels TEXT` | `completion` |" in reference
    assert "| `--out PATH`, `-o` | needed |" in reference
