"""Fine-tuning on one core, as the other tests."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many threads as the other tests have: those that wait for one another on busy cores take minutes."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
