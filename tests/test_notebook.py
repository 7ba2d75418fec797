"""The tutorial notebook runs from top to bottom in a kernel of its own, shows what it says, and is kept without outputs."""

import ast
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import synthetrial

PATH = Path(__file__).parents[1] / "docs" / "tutorial.ipynb"
pytestmark = pytest.mark.skipif(not PATH.is_file(), reason="the docs are not beside the tests")


@pytest.fixture
def notebook():
    return nbformat.read(PATH, as_version=4)


def codes(notebook):
    return [each for each in notebook.cells if each.cell_type == "code"]


def test_it_is_kept_without_outputs(notebook):
    nbformat.validate(notebook)
    assert all(not each.outputs and each.execution_count is None for each in codes(notebook))


def test_it_uses_the_public_names_only(notebook):
    used, imported = set(), []
    for cell in codes(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "st":
                used.add(node.attr)
            if isinstance(node, ast.Import | ast.ImportFrom):
                imported.append(ast.unparse(node))
    assert imported == ["import synthetrial as st"]
    assert {"load_corpus", "generate", "evaluate", "export"} <= used <= set(synthetrial.__all__)


def test_it_runs_and_shows_its_values(notebook, tmp_path):
    pytest.importorskip("pandas")
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output for cell in codes(notebook) for output in cell.outputs]
    assert not [each for each in shown if each.output_type == "stream" and each.name == "stderr"]
    html = "".join(each.data["text/html"] for each in shown if "text/html" in each.get("data", {}))
    assert "200" in html
    assert "[SYNTHETIC] run runs/tutorial" in html
    assert "told from real trials" in html
    assert "detection-auc" in html
    assert "<script" not in html
    assert len((tmp_path / "records.jsonl").read_text().splitlines()) == 24
