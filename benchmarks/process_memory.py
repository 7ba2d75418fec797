"""Seconds and memory of a command, with all processes that it starts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Watched(NamedTuple):
    """What a command took: wall seconds, most bytes resident at a time (0 without /proc), standard output."""

    seconds: float
    peak: int
    output: str


def watched(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Watched:
    """Run `command` and look at its memory five times a second. Ends the benchmark where it fails."""
    began, most = time.perf_counter(), 0
    run = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    while run.poll() is None:
        most = max(most, resident(run.pid))
        time.sleep(0.2)
    seconds = time.perf_counter() - began
    assert run.stdout is not None
    if run.returncode:
        sys.exit(f"{' '.join(command)} ended with exit code {run.returncode}")
    return Watched(seconds, most, run.stdout.read())


def resident(process: int) -> int:
    """Bytes of memory that a process and those it started hold now, pages shared with files counted in each; 0 where /proc
    does not say."""
    try:
        held = int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        started = [each.read_text().split() for each in Path(f"/proc/{process}/task").glob("*/children")]
    except (OSError, ValueError, IndexError):
        return 0
    return held + sum(resident(int(each)) for one in started for each in one)
