"""The page on evaluation explains every metric that there is, and none that is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from synthetrial.evaluate.metric import metrics

PAGE = Path(__file__).parents[2] / "docs" / "evaluation.md"


@pytest.mark.skipif(not PAGE.is_file(), reason="the docs are not beside the tests")
def test_the_page_explains_every_metric_and_no_other() -> None:
    rows = [each for each in PAGE.read_text().splitlines() if each.startswith("| `")]
    explained = [name for row in rows for name in re.findall(r"`([a-z0-9-]+)`", row.split("|")[1])]
    assert sorted(explained) == sorted(each.name for each in metrics())
