"""What an export takes: peak memory and records a second for each format, from a store of 100,000 records.

    python benchmarks/export.py [--json] [--quick] [--only FORMAT …]

The store is filled with a hundred scripted records, each many times over under an id of its own. A format is written in a
process of its own, three times (medians); its peak memory is the whole process's, interpreter and libraries included, in
megabytes of 10^6 bytes, as Linux counts it. `--quick`: 5,000 records, once each.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from synthetrial.config import run_config
from synthetrial.export.formats import FORMATS
from synthetrial.generate.run import generate
from synthetrial.llm.opening import open_for
from synthetrial.run.store import RunStore

Figures = dict[str, float]
TIMES = 3
SCRIPT = """
import sys, time
from pathlib import Path
from synthetrial.export.formats import export
began = time.perf_counter()
done = export(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
seconds = time.perf_counter() - began
# the kernel's figure for this program alone: that of getrusage begins with the parent's
peak = next(each.split()[1] for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("VmHWM"))
print(done.records, seconds, int(peak) * 1024 / 1e6)
"""


def filled(folder: Path, n: int) -> Path:
    """A run of `n` records."""
    source = folder / "source"
    generate(run_config({"model": "scripted", "n": 100, "cache": False}, "benchmark"), source, open_for)
    with RunStore.read(source) as store:
        trials = list(store.trials())
        passed = {
            each.key: msgspec.structs.replace(each, state="passed")
            for cell in {each.provenance.cell for each in trials}
            for each in store.candidates(cell)
            if each.state == "accepted"
        }
        meta = {key: store.get_meta(key) for key in ("config", "fingerprints", "label_rule", "salt")}
    stored = list(passed.values())
    with RunStore.open(folder / "run", create=True) as store:
        store.connection.execute("PRAGMA synchronous = OFF")  # nothing here is to be kept
        for key, value in {**meta, "wanted": n}.items():
            store.set_meta(key, value)
        for number in range(n):
            candidate = stored[number % len(stored)]
            candidate = msgspec.structs.replace(candidate, key=candidate.key._replace(cell=number))
            store.save_candidate(candidate)
            trial = msgspec.structs.replace(trials[number % len(trials)], id=f"SYN-{number:010}")
            store.accept(trial, number, candidate.key)
    return folder / "run"


def measured(run: Path, name: str, n: int, times: int) -> Figures:
    """Peak memory, records a second and bytes a record of a format."""
    target = run.parent / f"out-{name}"
    peaks, rates = [], []
    for _ in range(times):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(run), name, str(target)], capture_output=True, text=True, check=True
        )
        records, seconds, peak = map(float, done.stdout.split())
        assert records == n
        peaks.append(peak)
        rates.append(n / seconds)
    size = sum(each.stat().st_size for each in ([target] if target.is_file() else target.rglob("*")) if each.is_file())
    key = name.replace("-", "_")
    return {
        f"{key}_peak_mb": statistics.median(peaks),
        f"{key}_per_s": statistics.median(rates),
        f"{key}_bytes_per_record": size / n,
    }


def main() -> None:
    """Print the figures, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="5,000 records, once each")
    parser.add_argument("--only", nargs="+", choices=FORMATS, default=list(FORMATS))
    given = parser.parse_args()
    n, times = (5_000, 1) if given.quick else (100_000, TIMES)
    found: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SYNTHETRIAL_ANSWERS"] = str(Path(folder) / "answers.sqlite")
        run = filled(Path(folder), n)
        if not given.json:
            print(f"{n:,} records\n{'format':<10} {'peak MB':>9} {'records/s':>11} {'bytes/record':>13}")
        for name in given.only:
            figures = measured(run, name, n, times)
            found |= figures
            if not given.json:
                peak, rate, size = figures.values()
                print(f"{name:<10} {peak:>9.0f} {rate:>11,.0f} {size:>13,.0f}", flush=True)
    if given.json:
        print(json.dumps({key: round(value, 1) for key, value in found.items()}))


if __name__ == "__main__":
    main()
