"""Checks in processes of their own: the verdicts are those of this process, whatever becomes of the others."""

import asyncio

import pytest

import runs
from synthetrial.check import judge
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

    async def interpreter(module, begin=judging.interpreter_beside):
        started.append(await begin(module))
        return started[-1]

    monkeypatch.setattr(judging, "interpreter_beside", interpreter)
    monkeypatch.setattr(judging.os, "cpu_count", lambda: 3)
    return started


def judged(candidates, skip, between=lambda: None):
    """The verdicts on all candidates, asked for at once; after the first four, `between` is called."""

    async def run():
        async with judging.judging(runs.bench().view, skip) as judge:
            first = [await judge(each) for each in candidates[:4]]
            between()
            return [*first, *await asyncio.gather(*map(judge, candidates[4:]))]

    return asyncio.run(run())


def judged_here(candidates, skip):
    return [judge(each, runs.bench().view, skip) for each in candidates]


def test_the_verdicts_are_those_of_this_process(candidates, processes):
    found = judged(
        candidates, ("copy",), lambda: [each.returncode for each in processes] == [None, None] or pytest.fail("dead")
    )
    assert len(processes) == 2
    assert all(each.returncode is not None for each in processes)  # they end with the block
    assert found == judged_here(candidates, ("copy",))
    assert {each.accepted for each in found} == {True, False}
    assert any("parse" in each.codes for each in found)


def test_what_a_dead_process_was_asked_is_judged_here(candidates, processes):
    assert judged(candidates, (), lambda: [each.kill() for each in processes]) == judged_here(candidates, ())


def test_a_process_that_makes_no_sense_is_ended(candidates, processes, monkeypatch):
    monkeypatch.setattr(judging, "_framed", lambda content: b"\x04\x00\x00\x00what")
    assert judged(candidates, ()) == judged_here(candidates, ())


def test_where_no_process_can_be_had_checks_run_here(candidates, monkeypatch):
    async def refused(module):
        raise OSError("no more processes")

    monkeypatch.setattr(judging, "interpreter_beside", refused)
    assert judged(candidates, ()) == judged_here(candidates, ())


def test_who_gives_up_waiting_leaves_the_others_their_verdicts(candidates, processes):
    async def run():
        async with judging.judging(runs.bench().view, ()) as judge:
            asked = [asyncio.ensure_future(judge(each)) for each in candidates]
            await asyncio.sleep(0)
            asked[2].cancel()
            return await asyncio.gather(*asked, return_exceptions=True)

    found = asyncio.run(run())
    assert isinstance(found.pop(2), asyncio.CancelledError)
    assert found == judged_here([*candidates[:2], *candidates[3:]], ())


def test_a_run_of_many_calls_at_once_makes_the_same_records(processes, tmp_path):
    spoiled = {"leak": 0.2, "bad_json": 0.1}
    runs.make(runs.config(40, concurrency=32), tmp_path / "32", ScriptedModel(faults=spoiled, parallel=32))
    assert processes
    runs.make(runs.config(40, concurrency=2), tmp_path / "2", ScriptedModel(faults=spoiled, parallel=2))
    assert runs.accepted(tmp_path / "32") == runs.accepted(tmp_path / "2")
    assert all(each.returncode is not None for each in processes)
