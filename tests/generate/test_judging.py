"""Checks in processes of their own: the verdicts are those of this process, whatever becomes of the others."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

import runs
from synthetrial.check.candidate import Candidate
from synthetrial.generate import judging
from synthetrial.llm.scripted import ScriptedModel
from synthetrial.run.store import RunStore


@pytest.fixture(scope="module")
def candidates(tmp_path_factory):
    """Candidates of a run whose model spoils half of what it writes, unreadable ones among them."""
    folder = tmp_path_factory.mktemp("run")
    runs.make(runs.config(30, concurrency=4), folder, ScriptedModel(faults={"leak": 0.3, "bad_json": 0.2, "identity": 0.1}))
    with RunStore.read(folder) as store:
        return [
            Candidate(
                cell=cell, exemplars=runs.bench().exemplars(cell), text=each.text, protocol=each.protocol,
                error=None if each.protocol else "the answer is not a Draft",
            )
            for cell in store.planned()
            for each in store.candidates(cell.index, 0)
        ]  # fmt: skip


@pytest.fixture
def processes(monkeypatch):
    """The processes that are started, two at least, whatever cores there are."""
    started = []

    def interpreter(module, begin=judging.interpreter):
        started.append(begin(module))
        return started[-1]

    monkeypatch.setattr(judging, "interpreter", interpreter)
    monkeypatch.setattr(judging.os, "cpu_count", lambda: 3)
    return started


def test_the_verdicts_are_those_of_this_process(candidates, processes):
    view = runs.bench().view
    with judging.judging(view, ("copy",)) as judge, ThreadPoolExecutor(4) as pool:
        found = list(pool.map(judge, candidates))
        assert len(processes) == 2
        assert all(each.poll() is None for each in processes)
    assert all(each.poll() is not None for each in processes)  # they end with the block
    assert found == [judging.here(view, ("copy",))(each) for each in candidates]
    assert {each.accepted for each in found} == {True, False}
    assert any("parse" in each.codes for each in found)


def test_what_a_dead_process_was_asked_is_judged_here(candidates, processes):
    view = runs.bench().view
    with judging.judging(view, ()) as judge:
        before = [judge(each) for each in candidates[:4]]
        for each in processes:
            each.kill()
        found = before + [judge(each) for each in candidates[4:]]
    assert found == [judging.here(view, ())(each) for each in candidates]


def test_where_no_process_can_be_had_checks_run_here(candidates, monkeypatch):
    def refused(module):
        raise OSError("no more processes")

    monkeypatch.setattr(judging, "interpreter", refused)
    with judging.judging(runs.bench().view, ()) as judge:
        assert judge(candidates[0]) == judging.here(runs.bench().view, ())(candidates[0])


def test_a_run_of_many_calls_at_once_makes_the_same_records(processes, tmp_path):
    spoiled = {"leak": 0.2, "bad_json": 0.1}
    runs.make(runs.config(40, concurrency=32), tmp_path / "32", ScriptedModel(faults=spoiled, parallel=32))
    assert processes
    runs.make(runs.config(40, concurrency=2), tmp_path / "2", ScriptedModel(faults=spoiled, parallel=2))
    assert runs.accepted(tmp_path / "32") == runs.accepted(tmp_path / "2")
    assert all(isinstance(each, subprocess.Popen) and each.returncode is not None for each in processes)
