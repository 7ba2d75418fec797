"""How long queries for exemplars take."""

from __future__ import annotations

import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Final

from synthetrial.retrieve import index, policy
from synthetrial.retrieve.pool import Pool

QUERIES: Final = 500


def queries(folder: Path) -> dict[str, list[float]]:
    """Seconds of exemplar queries of the index in `folder`, by policy, by rung reached, and of the contrasting one; the trials
    found are read."""
    stored = index.opened(folder)
    pool = Pool(stored, stored.folds(5, 0))
    rng = random.Random(0)
    times: dict[str, list[float]] = defaultdict(list)
    for turn in range(QUERIES // 5 + QUERIES):
        seed = pool.entry(rng.randrange(len(pool)))
        for name in policy.POLICIES:
            began = time.perf_counter()
            ids, rung = policy.exemplars(pool, seed, turn % 2, 3, name, Counter(), rng)
            for each in ids:
                pool.trial(each)
            took = time.perf_counter() - began
            if turn >= QUERIES // 5:  # the first ones read the files in
                times[f"policy {name}"].append(took)
                times[f"down to rung {rung}"].append(took)
        began = time.perf_counter()
        policy.contrasting(pool, seed, 1 - turn % 2, rng)
        times["contrasting"].append(time.perf_counter() - began)
        began = time.perf_counter()
        *_, (name, _) = pool.ladder(seed, turn % 2, rng)
        times["whole ladder, nearest text"].append(time.perf_counter() - began)
    return times


def say_queries(times: dict[str, list[float]], say: Callable[[str], None]) -> None:
    """What `queries` found, a line a kind."""
    for name, took in times.items():
        say(f"        {name:<28} n = {len(took):>5}  median {median_ms(took):6.2f} ms  p99 {p99_ms(took):6.2f} ms")


def slowest(times: dict[str, list[float]], of: Callable[[list[float]], float], least: int) -> float:
    """The largest median or percentile of a kind of query that was asked at least so often."""
    return max(of(each) for each in times.values() if len(each) >= least)


def median_of_all(times: dict[str, list[float]]) -> float:
    """The median over queries of every kind, in seconds."""
    return statistics.median(each for found in times.values() for each in found)


def median_ms(took: list[float]) -> float:
    """The median, in milliseconds."""
    return 1e3 * statistics.median(took)


def p99_ms(took: list[float]) -> float:
    """The 99th percentile, in milliseconds."""
    return 1e3 * sorted(took)[int(0.99 * len(took))]
