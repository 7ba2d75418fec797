"""Sets that the copying metrics are held against, made once."""

from __future__ import annotations

import pytest
import standins

from synthetrial.evaluate.inputs import Inputs


@pytest.fixture(scope="session")
def copied() -> Inputs:
    """The training set itself, each trial its own exemplar."""
    return standins.inputs(standins.copies())


@pytest.fixture(scope="session")
def shuffled() -> Inputs:
    """The training set with the words of its long texts in random order."""
    return standins.inputs(standins.shuffled())
