"""A folder that is replaced whole: written beside its place and renamed into it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from synthetrial.errors import CorpusError


@contextmanager
def replaced(out: Path, mark: str, what: str = "corpus") -> Iterator[Path]:
    """A fresh folder to write into, which takes the place of `out` when the block ends well and vanishes otherwise.

    `out` may be missing, empty, or a folder that holds the file `mark`; anything else is refused as no `what`. Raises
    `CorpusError` for that and for a disk that cannot be written.
    """
    if out.exists() and not (out.is_dir() and ((out / mark).is_file() or not any(out.iterdir()))):
        raise CorpusError(f"{out} exists and is no {what}: choose another folder")
    beside = out.parent / f".{out.name}.{os.getpid()}.new"
    old = out.parent / f".{out.name}.{os.getpid()}.old"
    try:
        beside.mkdir(parents=True)
        yield beside
        if out.exists():
            out.rename(old)
        beside.rename(out)
    except OSError as error:
        if old.exists() and not out.exists():
            old.rename(out)
        raise CorpusError(
            f"{out} cannot be written: {error.strerror or error}; free the disk or choose another folder"
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
