"""Sets that the metrics on vectors are held against, made once."""

from __future__ import annotations

import pytest
import standins

from synthetrial.evaluate.inputs import Inputs


@pytest.fixture(scope="session")
def whole() -> Inputs:
    """The training set itself, and no held-out trial: both sides are the same rows."""
    return standins.embedded(standins.inputs(standins.copies(), valid=(), test=()))


@pytest.fixture(scope="session")
def off_topic() -> Inputs:
    return standins.embedded(standins.inputs(standins.off_topic()))
