"""A second process changes nothing but the time; where it fails, its metrics are computed all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from typing import Any

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


@pytest.mark.parametrize("broken", ["exit", "nonsense"])
def test_a_second_process_that_breaks_off_is_done_without(
    alone: Computed, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    code = {"exit": "pass", "nonsense": "print('nonsense', flush=True); import sys; sys.stdin.read()"}[broken]
    begin = subprocess.Popen

    def other(command: list[str], **keywords: Any) -> subprocess.Popen[bytes]:
        return begin([command[0], "-c", code], **keywords)

    monkeypatch.setattr(computing.subprocess, "Popen", other)
    assert compute_in_two(standins.inputs(standins.held_out()[:30]), WANTED, 3) == alone


def test_the_second_process_begins_with_the_long_ones_and_takes_its_share() -> None:
    waiting = deque(sorted(WANTED, key=lambda each: each.name == "leak-probes"))
    with computing._second_process(standins.inputs(standins.held_out()[:30]), 3, waiting) as helped:
        done = helped.result(timeout=60)
    assert next(name for each in done for name in (*each.results, *each.skipped)) == "leak-probes"
    assert len(done) == len(WANTED)
    assert not waiting


def test_the_second_process_is_gone_when_the_first_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    begin = subprocess.Popen

    def watched(*args: Any, **keywords: Any) -> subprocess.Popen[bytes]:
        started.append(begin(*args, **keywords))
        return started[-1]

    monkeypatch.setattr(computing.subprocess, "Popen", watched)
    with (
        pytest.raises(KeyboardInterrupt),
        computing._second_process(standins.inputs(standins.copies(12)), 0, deque(WANTED)),
    ):
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
