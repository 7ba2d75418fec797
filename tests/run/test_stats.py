"""What a run took, from its store alone."""

import pytest

from faults_server import serve
from runs import config, make, served
from synthetrial.run.stats import said, stats
from synthetrial.run.store import RunStore


def test_the_figures_of_a_run(tmp_path):
    with serve(latency=(0.002, 0.004)) as server:
        counts = make(config(n=12), tmp_path / "run", served(server))
    with RunStore.read(tmp_path / "run") as store:
        found = stats(store)
    assert found["counts"] == counts
    assert found["per_record"]["prompt_tokens"] == pytest.approx(counts["prompt_tokens"] / 12)
    assert found["per_record"]["cost"] is None
    assert sum(each["calls"] for each in found["calls"].values()) == counts["calls"]
    assert all(0.002 <= each["p50"] <= each["p95"] for each in found["calls"].values())
    assert {"prepare", "plan", "check", "commit"} <= found["seconds"].keys()
    assert found["tokens_per_second"] > 0
    lines = "\n".join(said(found))
    assert "12 accepted" in lines
    assert "cost not known" in lines


def test_a_run_without_a_call_has_no_rates(tmp_path):
    with RunStore.open(tmp_path / "run", create=True) as store:
        found = stats(store)
    assert found["tokens_per_second"] is None
    assert found["per_record"]["calls"] is None
    assert said(found)
