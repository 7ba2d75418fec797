"""The page on the report goes through it section by section, figure by figure."""

from __future__ import annotations

import html
import re

import msgspec
import pytest
from blocks import ROOT

from runs import config, make

PAGE = ROOT / "docs" / "report.md"
SPLIT = {"words (TF-IDF)", "embeddings", "a fine-tuned encoder"}
"""What a figure of utility is by: explained once for all."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    from synthetrial.evaluate.evaluation import evaluate
    from synthetrial.evaluate.from_run import inputs_of
    from synthetrial.report.report import write_report

    folder = tmp_path_factory.mktemp("report") / "run"
    make(config(12), folder)
    inputs = msgspec.structs.replace(inputs_of(folder), embeddings="lexical")
    (folder / "evaluation.json").write_bytes(evaluate(inputs, quick=True).to_json())
    return write_report(folder).read_text("utf-8")


def titles(report: str, level: int) -> list[str]:
    found = re.findall(rf"<h{level}\b[^>]*>(.*?)</h{level}>", report, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", each)).strip() for each in found]


@pytest.mark.skipif(not PAGE.is_file(), reason="the docs are not beside the tests")
def test_every_section_of_the_report_has_one_on_the_page_in_that_order(report: str) -> None:
    explained = re.findall(r"^## (.+)$", PAGE.read_text("utf-8"), re.MULTILINE)
    sections = titles(report, 2)
    assert [each for each in explained if each in sections] == sections


@pytest.mark.skipif(not PAGE.is_file(), reason="the docs are not beside the tests")
def test_every_figure_of_the_report_is_named_on_the_page(report: str) -> None:
    page = PAGE.read_text("utf-8")
    figures = {each.rpartition(", by ")[0] if each.rpartition(", by ")[2] in SPLIT else each for each in titles(report, 3)}
    assert sorted(each for each in figures if each not in page) == []
