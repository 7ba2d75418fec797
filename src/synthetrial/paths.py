"""Where Synthetrial keeps what it makes: runs, and in the user cache directory what can be made again."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

RUNS: Final = Path("runs")
"""Where runs are kept, below the working directory."""


def cache_dir() -> Path:
    """`SYNTHETRIAL_CACHE`, else the platform's user cache directory with `synthetrial` in it. Not created here."""
    if override := os.environ.get("SYNTHETRIAL_CACHE"):
        return Path(override)
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "synthetrial"
