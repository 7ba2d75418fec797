"""A run that was evaluated, for the tests of its report: made and measured once."""

import shutil

import msgspec
import pytest

from shown_run import shown_run
from synthetrial.evaluate.evaluation import evaluate
from synthetrial.evaluate.from_run import inputs_of
from synthetrial.evaluate.reading import FILE


@pytest.fixture(scope="session")
def measured(tmp_path_factory):
    """`shown_run`, evaluated. Not to be changed; `evaluated` is a copy."""
    run = shown_run(tmp_path_factory.mktemp("report") / "small-run")
    inputs = msgspec.structs.replace(inputs_of(run), embeddings="lexical")
    (run / FILE).write_bytes(evaluate(inputs, quick=True).to_json())
    return run


@pytest.fixture
def evaluated(measured, tmp_path):
    """A copy of the evaluated run, to be changed."""
    return shutil.copytree(measured, tmp_path / measured.name)
