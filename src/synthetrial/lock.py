"""One writer per run or corpus: an advisory lock on a file in its folder, which the system drops when its process dies."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from synthetrial.errors import SynthetrialError


class WriteLock:
    """The right to write to the `what` ("run", "corpus") in `folder`, held until `release` or the death of the process.

    The file stays: taking it away would let two processes hold a lock each, on the old file and on a new one.
    Raises `busy` if another process holds the lock, `OSError` if the file cannot be made.
    """

    def __init__(self, folder: Path, what: str, busy: type[SynthetrialError]) -> None:
        self._file = os.open(folder / f"{what}.lock", os.O_RDWR | os.O_CREAT, 0o644)
        if not _take(self._file):
            holder = os.pread(self._file, 20, 1).decode("ascii", "replace").strip() if sys.platform != "win32" else ""
            os.close(self._file)
            who = f"another process ({holder})" if holder else "another process"
            raise busy(f"{folder}: {who} is writing to this {what}; wait until it ends, or give another --out")
        # the first byte is what Windows locks, so the number stands behind it; a longer, older one is overwritten by blanks
        os.lseek(self._file, 0, os.SEEK_SET)
        os.write(self._file, f"\n{f'pid {os.getpid()}':<19}".encode("ascii"))

    def release(self) -> None:
        """Let another process write. Closing the file drops the lock."""
        os.close(self._file)


if sys.platform == "win32":

    def _take(file: int) -> bool:
        import msvcrt

        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _take(file: int) -> bool:
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
