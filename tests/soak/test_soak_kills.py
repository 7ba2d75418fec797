"""Kills by the dozen (`make soak`): the same promises as tests/generate/test_kills.py, over more moments and settings."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "generate"))
from test_kills import SPOILED, sweep

pytestmark = pytest.mark.soak


@pytest.mark.parametrize(
    ("seed", "concurrency", "spoiled", "max_attempts"),
    [
        (11, 1, SPOILED, 2),
        (12, 4, {}, 4),
        (13, 16, SPOILED, 2),
        (14, 64, {"leak": 0.5, "bad_json": 0.2}, 1),
        (15, 8, {"leak": 0.3, "copy": 0.1, "missing_drug": 0.1, "identity": 0.1}, 1),
    ],
)
def test_six_kills_each_leave_exactly_n_records(tmp_path, seed, concurrency, spoiled, max_attempts):
    sweep(tmp_path / "run", seed, kills=6, n=120, concurrency=concurrency, spoiled=spoiled, max_attempts=max_attempts)
