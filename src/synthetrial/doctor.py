"""What this machine can run, and for each miss the one command that mends it."""

from __future__ import annotations

import os
import platform
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

from synthetrial.llm.embedded import INSTALL, available
from synthetrial.paths import cache_dir

LEAST_FREE_GB = 2.0
EXTRAS = (
    ("embed", "onnxruntime"), ("neural", "torch"), ("ray", "ray"), ("aact", "psycopg"), ("hf", "huggingface_hub"),
    ("otel", "opentelemetry"),
)  # fmt: skip
"""The optional parts, each with a module that it brings."""


class Finding(TypedDict):
    """A thing that was looked at: what, whether it is fine, what was found, and the command that mends it."""

    what: str
    ok: bool
    found: str
    mend: str


def examine() -> list[Finding]:
    """Python, cores, disk, the embedded engine, extras. Opens no model and no connection."""
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    missing = available()
    findings: list[Finding] = [
        {"what": "Python", "ok": True, "found": platform.python_version(), "mend": ""},
        {"what": "cores", "ok": True, "found": str(os.cpu_count()), "mend": ""},
        {"what": "free disk", "ok": free >= LEAST_FREE_GB, "found": f"{free:.1f} GB", "mend": f"free {LEAST_FREE_GB:.0f} GB"},
        {"what": "cache", "ok": True, "found": str(cache_dir()), "mend": ""},
        {"what": "embedded model", "ok": missing is None, "found": missing or "engine and weights installed", "mend": INSTALL},
    ]
    for extra, module in EXTRAS:
        there = find_spec(module) is not None
        findings.append(
            {
                "what": f"extra {extra}",
                "ok": there,
                "found": "installed" if there else "not installed",
                "mend": f'pip install "synthetrial[{extra}]"',
            }
        )
    return findings
