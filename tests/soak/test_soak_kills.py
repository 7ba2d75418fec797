"""Kills by the dozen (`make soak`): the same promises as tests/generate/test_kills.py, over more moments and settings."""

import os
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


def test_fifty_kills_at_concurrency_64_leave_exactly_n_records(tmp_path):
    sweep(tmp_path / "run", 16, kills=50, n=1500, concurrency=64, spoiled={"leak": 0.1, "bad_json": 0.05})


@pytest.mark.ray
def test_fifty_kills_of_a_driver_on_a_cluster_leave_exactly_n_records(tmp_path, monkeypatch):
    ray = pytest.importorskip("ray", reason="the ray extra is not installed")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    context = ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
    try:
        monkeypatch.setenv("RAY_ADDRESS", context.address_info["address"])
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        sweep(tmp_path / "run", 17, kills=50, n=2500, concurrency=64, where=("ray",), latency=(0.05, 0.15))
    finally:
        ray.shutdown()
