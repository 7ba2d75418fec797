"""On Ray the same records come out, a killed actor costs nothing but its calls in flight, and errors end a run resumably."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from faults_server import serve
from runs import accepted, config, make, served, stored
from synthetrial.errors import ModelError
from synthetrial.generate import run
from synthetrial.generate.ray_work import ray_work
from synthetrial.llm.opening import elsewhere

ray = pytest.importorskip("ray", reason="the ray extra is not installed")
pytestmark = pytest.mark.ray


@pytest.fixture(scope="module", autouse=True)
def cluster():
    """A cluster of two processors on this machine."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
    yield
    ray.shutdown()


def on_ray(asked, folder, **options):
    return run.generate(asked, folder, elsewhere, work=ray_work(asked), **options)


def test_a_cluster_makes_the_records_that_one_process_makes(tmp_path):
    asked = config(n=24, concurrency=8)
    counts = on_ray(asked, tmp_path / "ray")
    assert counts["accepted"] == 24
    make(asked, tmp_path / "local")
    assert accepted(tmp_path / "ray") == accepted(tmp_path / "local")
    engines = {each.provenance.engine for folder in ("ray", "local") for each in run.trials_of(tmp_path / folder)}
    assert len(engines) == 1


def test_a_killed_actor_is_replaced_and_its_answers_are_not_paid_twice(tmp_path):
    with serve(latency=(0.05, 0.15)) as server:
        asked = config(n=40, concurrency=8, base_url=server.base_url)
        killed = []

        def kill_one() -> None:
            """Ends an actor's process once a quarter of the calls are done."""
            while server.count < 20:
                time.sleep(0.02)
            pids = [each for each in os.listdir("/proc") if each.isdigit() and _is_actor(each)]
            os.kill(int(pids[0]), signal.SIGKILL)
            killed.append(server.in_flight)

        killer = threading.Thread(target=kill_one, daemon=True)
        killer.start()
        counts = on_ray(asked, tmp_path / "ray")
        killer.join(timeout=30)
        assert killed, "no actor was found to kill"
        repeated = sum(each - 1 for each in server.bodies.values())
        assert repeated <= asked.concurrency
        make(asked, tmp_path / "local", served(server))
    assert counts["accepted"] == 40
    assert accepted(tmp_path / "ray") == accepted(tmp_path / "local")


def test_a_run_that_was_stopped_goes_on_on_a_cluster_without_repeating_a_call(tmp_path):
    with serve() as server:
        asked = config(n=24, concurrency=4, base_url=server.base_url, max_tokens=20_000)
        with pytest.raises(Exception, match="--max-tokens"):
            make(asked, tmp_path / "run", served(server))
        assert 0 < stored(tmp_path / "run") < 24
        on_ray(asked.model_copy(update={"max_tokens": None}), tmp_path / "run")
        assert max(server.bodies.values()) == 1
    assert stored(tmp_path / "run") == 24


def test_an_endpoint_that_refuses_ends_the_run_in_its_own_line(tmp_path):
    with serve(faults={"401": 1}) as server, pytest.raises(ModelError, match="--api-key-env"):
        on_ray(config(n=8, base_url=server.base_url), tmp_path / "run")
    with serve() as server:
        make(config(n=8), tmp_path / "run", served(server))
    assert stored(tmp_path / "run") == 8


def _is_actor(pid: str) -> bool:
    """Whether a process is a Ray actor that maps cells."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return b"ray::" in (said := file.read()) and b"Map" in said
    except OSError:
        return False
