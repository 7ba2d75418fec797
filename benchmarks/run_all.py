"""Run every benchmark and write what they print to docs/benchmarks.md, with machine, date and commit (`make bench`).

    python benchmarks/run_all.py [--quick] [--only NAME …] [--out FILE]

A benchmark is a script in this folder that takes `--json` and `--quick`; the others (converters, the study) are left out. One
that fails, for want of the registry records beside the project for instance, is listed with the last line of its complaint, and
the exit code is 1.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def benchmarks() -> list[Path]:
    """The benchmark scripts of this folder."""
    others = sorted(each for each in HERE.glob("*.py") if each != Path(__file__).resolve())
    return [each for each in others if '"--json"' in each.read_text("utf-8") and '"--quick"' in each.read_text("utf-8")]


def machine() -> str:
    """Processor, cores and Python of this machine."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        named = [
            line.split(":", 1)[1].strip() for line in info.read_text("utf-8").splitlines() if line.startswith("model name")
        ]
        model = named[0] if named else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def commit() -> str:
    """The commit the tree stands on, with a mark if it was changed since."""
    run = subprocess.run(
        ["git", "-C", str(HERE), "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return run.stdout.strip() or "unknown"


def main() -> None:
    """Run them one after another and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="pass --quick on to each")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these benchmarks, by the names of their files")
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs" / "benchmarks.md")
    options = parser.parse_args()
    parts = [
        "# Benchmarks\n",
        "Written by `make bench`. A section is what `python benchmarks/NAME.py` printed; its docstring says how it measures.\n",
        f"{dt.datetime.now(tz=dt.UTC).date()} · commit {commit()} · {machine()}{' · --quick' if options.quick else ''}\n",
    ]
    failed = 0
    for script in benchmarks():
        if options.only and script.stem not in options.only:
            continue
        print(f"{script.name} …", flush=True)
        done = subprocess.run(
            [sys.executable, str(script), *(["--quick"] if options.quick else [])], capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            print(done.stdout, flush=True)
            parts.append(f"## {script.stem}\n\n```\n{done.stdout.rstrip()}\n```\n")
        else:
            failed += 1
            complaint = (done.stderr.strip().splitlines() or ["no message"])[-1]
            print(f"{script.name} failed: {complaint}", file=sys.stderr)
            parts.append(f"## {script.stem}\n\nNot measured: {complaint}\n")
    options.out.write_text("\n".join(parts), "utf-8")
    print(f"wrote {options.out}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
