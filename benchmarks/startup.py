"""How long `synthetrial --help` takes, beside a Python that does nothing, and how long each command's help takes.

    python benchmarks/startup.py [--json] [--quick]

Wall-clock seconds of fresh processes: the median and the best of `repeats` runs, taken in turns with the bare interpreter's, so
that a busy machine slows both alike. The files are in the disk cache after a first run that is not counted.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

SCRIPT = str(Path(sys.executable).with_name("synthetrial"))
REPEATS, QUICK_REPEATS = 11, 5
COMMANDS: dict[str, list[str]] = {
    "bare Python": [sys.executable, "-c", "pass"],
    "synthetrial --help": [SCRIPT, "--help"],
    "synthetrial demo --help": [SCRIPT, "demo", "--help"],
    "synthetrial recipes": [SCRIPT, "recipes"],
}


def seconds(command: list[str]) -> float:
    """Wall-clock seconds of one run of `command`. Raises `CalledProcessError` when it fails."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    """Print the table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_REPEATS} runs instead of {REPEATS}")
    options = parser.parse_args()
    for command in COMMANDS.values():
        seconds(command)
    runs: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(QUICK_REPEATS if options.quick else REPEATS):
        for name, command in COMMANDS.items():
            runs[name].append(seconds(command))
    bare = statistics.median(runs["bare Python"])
    if options.json:
        key = {name: name.replace("synthetrial", "").replace("--", "").strip().replace(" ", "_").lower() for name in COMMANDS}
        print(json.dumps({f"{key[name]}_seconds": round(statistics.median(times), 4) for name, times in runs.items()}))
        return
    print(f"{'command':<26} {'median s':>9} {'best s':>9} {'× bare':>8}")
    for name, times in runs.items():
        median = statistics.median(times)
        print(f"{name:<26} {median:>9.3f} {min(times):>9.3f} {median / bare:>8.1f}")


if __name__ == "__main__":
    main()
