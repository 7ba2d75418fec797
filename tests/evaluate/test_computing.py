"""A second process changes nothing but the time; where it fails, its metrics are computed all the same."""

from __future__ import annotations

import os
import pickle
import sys
from concurrent.futures import Future

import pytest
import standins

from synthetrial.evaluate import computing
from synthetrial.evaluate.computing import Computed, compute, compute_in_two, large
from synthetrial.evaluate.metric import metrics

NAMES = ("schema-validity", "grounding-rate", "canary-inference", "leak-probes")
WANTED = [each for each in metrics() if each.name in NAMES]


@pytest.fixture(scope="module")
def alone() -> Computed:
    return compute(standins.inputs(standins.held_out()[:30]), WANTED, 3)


def test_what_fails_and_what_does_not_apply_stops_nothing(alone: Computed) -> None:
    assert list(alone.results) == ["schema-validity", "leak-probes"]
    assert list(alone.skipped) == ["grounding-rate", "canary-inference"]
    assert alone.failed == ("grounding-rate",)


def test_two_processes_give_what_one_gives(alone: Computed) -> None:
    both = compute_in_two(standins.inputs(standins.held_out()[:30]), WANTED, 3)
    assert both == alone
    assert list(both.results) == list(alone.results)


def test_a_second_process_that_fails_is_done_without(alone: Computed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/interpreter")
    assert compute_in_two(standins.inputs(standins.held_out()[:30]), WANTED, 3) == alone


@pytest.mark.parametrize("answer", [b"", b"nonsense", pickle.dumps("another thing")])
def test_an_answer_that_is_none_is_none(answer: bytes) -> None:
    found: Future[bytes] = Future()
    found.set_result(answer)
    assert computing._read(found) is None


def test_the_second_process_is_gone_when_the_first_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    begin = computing.subprocess.Popen

    def watched(*args: object, **keywords: object) -> object:
        started.append(begin(*args, **keywords))
        return started[-1]

    monkeypatch.setattr(computing.subprocess, "Popen", watched)
    with pytest.raises(KeyboardInterrupt), computing._begun(standins.inputs(standins.copies(12)), ["leak-probes"], 0):
        raise KeyboardInterrupt
    assert started[0].poll() is not None


def test_only_large_sets_are_worth_a_second_process(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = standins.inputs(standins.copies(12))
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert not large(inputs)
    monkeypatch.setattr(computing, "LARGE", 100)
    assert large(inputs)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert not large(inputs)
