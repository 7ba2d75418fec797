"""What a run took: calls and their latencies by stage, tokens and cost per accepted record, time by stage."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Final, TypedDict

import numpy as np

from synthetrial.run.records import Counts
from synthetrial.run.store import RunStore

PAUSE: Final = 60.0
"""Seconds without an answer that are no work: the run lay still."""


class CallStats(TypedDict):
    """Calls of a stage that were made: how many, and the median and 95th percentile of their seconds."""

    calls: int
    p50: float
    p95: float


class Stats(TypedDict):
    """`counts` as `RunStore.counts`; tokens and cost per accepted record (None before the first); `tokens_per_second` written
    while the run was at work, `records_per_minute` accepted in that time; `seconds` by stage over all sittings."""

    counts: Counts
    per_record: dict[str, float | None]
    calls: dict[str, CallStats]
    working_seconds: float
    tokens_per_second: float | None
    records_per_minute: float | None
    seconds: dict[str, float]


def stats(store: RunStore) -> Stats:
    """The figures of a run."""
    counts = store.counts()
    by_stage: dict[str, list[float]] = defaultdict(list)
    last, working = None, 0.0
    for stage, created, seconds, _ in store.latencies():
        by_stage[stage].append(seconds)
        now = dt.datetime.fromisoformat(created)
        working += seconds if last is None else min((now - last).total_seconds(), PAUSE)
        last = now
    stages: dict[str, float] = defaultdict(float)
    for each in store.stages():
        stages[each.stage] += each.seconds
    accepted = counts["accepted"]

    def share(total: float | None) -> float | None:
        return total / accepted if accepted and total is not None else None

    return Stats(
        counts=counts,
        per_record={
            "calls": share(counts["calls"] - counts["cache_hits"]),
            "prompt_tokens": share(counts["prompt_tokens"]),
            "prompt_tokens_computed": share(counts["prompt_tokens"] - counts["cached_tokens"]),
            "completion_tokens": share(counts["completion_tokens"]),
            "cost": share(counts["cost"]),
        },
        calls={
            stage: CallStats(calls=len(each), p50=float(np.percentile(each, 50)), p95=float(np.percentile(each, 95)))
            for stage, each in by_stage.items()
        },
        working_seconds=working,
        tokens_per_second=counts["completion_tokens"] / working if working else None,
        records_per_minute=60 * accepted / working if working else None,
        seconds=dict(stages),
    )


def said(found: Stats) -> list[str]:
    """The figures in lines."""
    counts, per = found["counts"], found["per_record"]
    lines = [
        f"{counts['accepted']} accepted of {counts['candidates']} candidates; rejected by "
        + (", ".join(f"{code} {n}" for code, n in counts["rejected_by"].items()) or "none"),
        f"{counts['calls']} answers, {counts['cache_hits']} of them from the cache; {counts['prompt_tokens']} prompt tokens "
        f"({counts['cached_tokens']} cached by the server), {counts['completion_tokens']} completion tokens, "
        + ("cost not known" if counts["cost"] is None else f"${counts['cost']:.4f}"),
    ]
    if per["prompt_tokens"] is not None and per["completion_tokens"] is not None:
        money = "" if per["cost"] is None else f", ${per['cost']:.5f}"
        lines.append(
            f"per accepted record: {per['calls']:.1f} calls, {per['prompt_tokens']:.0f} prompt tokens "
            f"({per['prompt_tokens_computed']:.0f} of them computed), {per['completion_tokens']:.0f} completion tokens{money}"
        )
    if found["tokens_per_second"] is not None:
        lines.append(
            f"{found['working_seconds']:.0f} s at work: {found['tokens_per_second']:.0f} completion tokens/s, "
            f"{found['records_per_minute']:.1f} accepted records a minute"
        )
    for stage, each in found["calls"].items():
        lines.append(f"{stage:<8} {each['calls']:>7} calls, median {each['p50']:.2f} s, 95 % within {each['p95']:.2f} s")
    lines += [f"{stage:<8} {seconds:.1f} s" for stage, seconds in found["seconds"].items()]
    return lines
