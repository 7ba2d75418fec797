"""The documentation as a site, built as `make check` builds it: strict, without a network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from blocks import ROOT

CONFIG = ROOT / "mkdocs.yml"


def build_site(folder: Path) -> str:
    """Build the site into `folder`; what the build says. A warning ends it: an `AssertionError` that holds it."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", str(CONFIG), "--site-dir", str(folder)],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said
