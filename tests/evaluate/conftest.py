"""Metrics run as `evaluate` runs them: with linear algebra on one thread; the sets that many tests measure are made once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import standins

from synthetrial.evaluate.inputs import Inputs
from synthetrial.verify.threads import one_thread


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with one_thread():
        yield


@pytest.fixture(scope="session")
def real() -> Inputs:
    """Held-out trials in the place of records."""
    return standins.embedded(standins.inputs(standins.held_out()))


@pytest.fixture(scope="session")
def repeated() -> Inputs:
    """One trial over and over in the place of records."""
    return standins.embedded(standins.inputs(standins.repeated()))
