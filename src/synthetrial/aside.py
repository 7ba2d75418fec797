"""A second interpreter that runs a module of the package: for work that would hold up this one.

It runs no script of the caller's again, as `multiprocessing` would, is not reached by Ctrl-C, and ends with its input.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from asyncio.subprocess import Process
from typing import Any


def interpreter(module: str) -> subprocess.Popen[bytes]:
    """A process that runs `module`, with pipes to its standard input and output. Raises `OSError` where none can be had."""
    return subprocess.Popen(_command(module), **_options())


async def interpreter_beside(module: str) -> Process:
    """The same for an event loop."""
    return await asyncio.create_subprocess_exec(*_command(module), **_options())


def _command(module: str) -> list[str]:
    return [sys.executable, "-m", module]


def _options() -> dict[str, Any]:
    places = os.pathsep.join(each for each in sys.path if each)
    return {
        "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL,
        "env": os.environ | {"PYTHONPATH": places}, "start_new_session": True,
    }  # fmt: skip
