"""A second interpreter that runs a module of the package: for work that would hold up this one.

It runs no script of the caller's again, as `multiprocessing` would, is not reached by Ctrl-C, and ends with its input.
"""

from __future__ import annotations

import os
import subprocess
import sys


def interpreter(module: str) -> subprocess.Popen[bytes]:
    """A process that runs `module`, with pipes to its standard input and output. Raises `OSError` where none can be had."""
    places = os.pathsep.join(each for each in sys.path if each)
    return subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": places},
        start_new_session=True,
    )  # fmt: skip
