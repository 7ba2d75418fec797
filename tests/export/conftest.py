"""A finished run for the tests of exports: made and measured once, copied for each test."""

import shutil

import pytest
from handed_out import demo_run, measure


@pytest.fixture(scope="package")
def finished(tmp_path_factory):
    folder = demo_run(tmp_path_factory.mktemp("runs") / "demo")
    measure(folder, "identity-scan", "detection-auc", "copy-span")
    return folder


@pytest.fixture
def run(finished, tmp_path):
    """A run of 24 records of the scripted model, measured by three metrics, of which one is the identity scan."""
    return shutil.copytree(finished, tmp_path / "demo")
