"""What the generation engine gives: speed and tokens beside the published loop, share of a server's capacity, memory, faults.

    python benchmarks/engine.py [--json] [--quick] [--only PART …]

Parts, each against the same loopback server (a process of its own, `loopback.py`) in the same run, medians of three:

- `loop`: 500 ms latency and 10 ms a token. The published loop (`published_loop.py`) one at a time and at our concurrency, and
  ours at 64, on the raw registry records beside the project (the demo corpus without them). Records a minute count from the
  first call to the last answer; the loop's reports all count as accepted.
- `capacity`: latency drawn from 300 to 700 ms, all checks on; calls a second between the 20th and the 80th percentile of the
  calls, over concurrency / 500 ms.
- `faults`: 10 % 429, 5 % 500, 2 % resets, 2 % stalls, 3 % bad JSON and a server restart, beside a clean run.
- `memory`: growth of memory from 10,000 to 100,000 scripted records, a record (Linux).
- `commits`: records a second into a store, without and with their calls.
- `estimate`: tokens of a `--dry-run` of 200 records beside what the run took.
- `embedded`: the embedded engine beside the loop's order of calls (`embedded_engine.py`; without a server, once).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent))
from embedded_engine import embedded
from published_loop import DATA, loop
from synthetrial.config import RunConfig, run_config
from synthetrial.corpus.store import build
from synthetrial.generate.dry_run import dry_run
from synthetrial.generate.run import generate
from synthetrial.llm.opening import open_for
from synthetrial.recipe import load_recipe
from synthetrial.run.records import Counts
from synthetrial.run.stats import stats
from synthetrial.run.store import RunStore

HERE = Path(__file__).resolve().parent
Figures = dict[str, float]
TIMES = 3


@contextlib.contextmanager
def server(*options: object, restart_after: float | None = None) -> Iterator[str]:
    """The base URL of a loopback server in a process of its own, until the block ends; `restart_after` so many seconds it dies
    and comes back a second later on the same port."""

    def started(port: int) -> subprocess.Popen[str]:
        command = [sys.executable, str(HERE / "loopback.py"), "--port", str(port), *map(str, options)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    processes = [started(0)]
    assert processes[0].stdout is not None
    url = processes[0].stdout.readline().strip()

    def restart() -> None:
        processes[-1].kill()
        processes[-1].wait()
        time.sleep(1)
        processes.append(started(int(url.rsplit(":", 1)[1].split("/")[0])))

    timer = threading.Timer(restart_after or 0, restart)
    if restart_after is not None:
        timer.start()
    try:
        yield url
    finally:
        timer.cancel()
        processes[-1].kill()
        processes[-1].wait()


def config(**given: object) -> RunConfig:
    """A run of the default chat recipe that takes nothing from the cache."""
    return run_config({"model": "scripted", "cache": False, **given}, "benchmark")


def made(asked: RunConfig, folder: Path) -> tuple[Counts, float]:
    """A run's counts and the seconds from its first call to its last."""
    counts = generate(asked, folder, open_for)
    with RunStore.read(folder) as store:
        return counts, stats(store)["working_seconds"]


def corpus(folder: Path) -> str | None:
    """A corpus of the raw registry records beside the project; None (the demo corpus) without them."""
    raw = DATA / "raw" / "v2_json"
    if not raw.is_dir():
        return None
    build([raw], folder / "corpus", labels="completion", unexplained="failure")
    return str(folder / "corpus")


def against_the_loop(folder: Path, quick: bool) -> Figures:
    """Records a minute and prompt tokens a record, ours over the published loop's."""
    trials, rows = corpus(folder), []
    with server("--latency", 0.5, 0.5, "--token-seconds", 0.01) as url:
        for turn in range(1 if quick else TIMES):
            asked = config(n=1024, corpus=trials, base_url=url, concurrency=64, seed=turn)
            counts, seconds = made(asked, folder / f"ours-{turn}")
            tokens = counts["completion_tokens"] / counts["accepted"]
            limits = {"reasons_tokens": 160, "report_tokens": round(tokens), "seed": turn}
            one = asyncio.run(loop(url, "scripted", 4, concurrency=1, **limits))
            many = asyncio.run(loop(url, "scripted", 128, concurrency=64, **limits))
            rows.append(
                {
                    "ours": 60 * counts["accepted"] / seconds,
                    "one": 60 * 4 / one.seconds,
                    "many": 60 * 128 / many.seconds,
                    "tokens": counts["prompt_tokens"] / counts["accepted"],
                    "their_tokens": (one.prompt_tokens + many.prompt_tokens) / 132,
                }
            )
    found = {key: statistics.median(each[key] for each in rows) for key in rows[0]}
    return {
        "records_per_minute": found["ours"],
        "loop_records_per_minute": found["one"],
        "loop_64_records_per_minute": found["many"],
        "prompt_tokens_per_record": found["tokens"],
        "loop_prompt_tokens_per_record": found["their_tokens"],
        "loop_speedup": found["ours"] / found["one"],
        "loop_64_speedup": found["ours"] / found["many"],
        "prompt_token_saving": found["their_tokens"] / found["tokens"],
    }


def capacity(folder: Path, quick: bool) -> Figures:
    """Share of the calls a second that a server of such a latency can answer."""
    found: Figures = {}
    with server("--latency", 0.3, 0.7) as url:
        for at_once, n in ((64, 1500), (256, 3000)):
            shares = []
            for turn in range(1 if quick else TIMES):
                asked = config(n=n, base_url=url, concurrency=at_once, seed=turn, recipe=one_sample())
                folder_of = folder / f"capacity-{at_once}-{turn}"
                generate(asked, folder_of, open_for)
                shares.append(_steady(folder_of) / (at_once / 0.5))
            found[f"capacity_{at_once}"] = statistics.median(shares)
    return found


def one_sample() -> dict[str, Any]:
    """The default recipe with a sample a call, so that every call is checked as a record of its own."""
    recipe = load_recipe("grounded").model_dump()
    return recipe | {"plan": recipe["plan"] | {"samples_per_prompt": 1}}


def _steady(folder: Path) -> float:
    """Calls a second in the middle of a run."""
    with RunStore.read(folder) as store:
        ends = [dt.datetime.fromisoformat(created).timestamp() for _, created, _, _ in store.latencies()]
    first, last = len(ends) // 5, len(ends) * 4 // 5
    return (last - first) / (ends[last] - ends[first])


def faults(folder: Path, quick: bool) -> Figures:
    """Seconds of a run through faults and a restart, over those of a clean one."""
    played = ["429=0.1", "500=0.05", "reset=0.02", "stall=0.02", "garbage=0.03"]
    options = [part for each in played for part in ("--fault", each)]
    ratios = []
    for turn in range(1 if quick else TIMES):
        seconds = []
        for name, given, after in (("clean", [], None), ("faults", options, 8.0)):
            with server("--latency", 0.3, 0.7, *given, restart_after=after) as url:
                asked = config(n=2000, base_url=url, concurrency=64, seed=turn, timeout=3, recipe=one_sample())
                target, began = folder / f"{name}-{turn}", time.perf_counter()
                counts = generate(asked, target, open_for)
                seconds.append(time.perf_counter() - began)
            with RunStore.read(target) as store:
                assert counts["accepted"] == len({each.id for each in store.trials()}) == 2000
        ratios.append(seconds[1] / seconds[0])
    return {"faults_wall_ratio": statistics.median(ratios)}


def memory(folder: Path, quick: bool) -> Figures:
    """Bytes that a record adds to the memory of a run, read at its end: a run of 100,000 beside one of 10,000."""
    small, large = (2000, 6000) if quick else (10_000, 100_000)
    sizes = []
    for n in (small, large):
        script = (
            "import sys\n"
            "from pathlib import Path\n"
            "from synthetrial.config import run_config\n"
            "from synthetrial.generate.pipeline import Pipeline\n"
            "from synthetrial.generate.run import generate\n"
            "from synthetrial.llm.opening import open_for\n"
            "async def work(pipeline):\n"
            "    await pipeline.run()\n"
            "    resident = Path('/proc/self/status').read_text().split('VmRSS:')[1].split()[0]\n"
            "    print(int(resident) * 1024)\n"
            f"config = run_config({{'n': {n}, 'model': 'scripted', 'concurrency': 16, 'cache': False}}, 'b')\n"
            "generate(config, Path(sys.argv[1]), open_for, work=work)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, str(folder / f"memory-{n}")], capture_output=True, text=True, check=True
        )
        sizes.append(int(done.stdout))
    return {"bytes_per_record": (sizes[1] - sizes[0]) / (large - small)}


def commits(folder: Path, quick: bool) -> Figures:
    """Records a second that a store takes: verdict and trial of each, two commits; and with its call, a third."""
    source = folder / "source"
    generate(config(n=100, recipe=one_sample()), source, open_for)
    with RunStore.read(source) as store:
        calls = [each for each in store.calls() if each.stage == "write"]
        trials = list(store.trials())
        stored = [store.candidates(each.provenance.cell)[-1] for each in trials]

    def rate(name: str, with_call: bool) -> float:
        with RunStore.open(folder / f"commits-{name}", create=True) as store:
            count = 500 if quick else 3000
            began = time.perf_counter()
            for number in range(count):
                at = number % len(trials)
                key = stored[at].key._replace(cell=number)
                if with_call:
                    store.save_call(msgspec.structs.replace(calls[at], key=str(number)))
                store.save_candidate(msgspec.structs.replace(stored[at], key=key, state="passed"))
                store.accept(msgspec.structs.replace(trials[at], id=f"SYN-{number}"), number, key)
            return count / (time.perf_counter() - began)

    return {
        "commits_per_s": statistics.median(rate(f"{turn}", False) for turn in range(TIMES)),
        "commits_with_calls_per_s": statistics.median(rate(f"calls-{turn}", True) for turn in range(TIMES)),
    }


def estimate(folder: Path, quick: bool) -> Figures:
    """How far the tokens of a dry run are from those of the run, as a share."""
    asked = config(n=200, concurrency=16)
    with server("--latency", 0, 0) as url:
        asked = asked.model_copy(update={"base_url": url})
        told = dry_run(asked)
        counts = generate(asked, folder / "estimated", open_for)
    expected = int(str(told["prompt_tokens"])) + int(str(told["completion_tokens"]))
    taken = counts["prompt_tokens"] + counts["completion_tokens"]
    return {"estimate_error": abs(expected - taken) / taken}


PARTS = {
    "loop": against_the_loop, "capacity": capacity, "faults": faults, "memory": memory, "commits": commits,
    "estimate": estimate, "embedded": embedded,
}  # fmt: skip


def main() -> None:
    """Print the figures, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="once each, fewer records")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    given = parser.parse_args()
    found: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SYNTHETRIAL_ANSWERS"] = str(Path(folder) / "answers.sqlite")
        for name in given.only:
            part = PARTS[name](Path(folder), given.quick)
            found |= part
            if not given.json:
                for key, value in part.items():
                    print(f"{key:<32} {value:>10.3f}", flush=True)
    if given.json:
        print(json.dumps({key: round(value, 4) for key, value in found.items()}))


if __name__ == "__main__":
    main()
