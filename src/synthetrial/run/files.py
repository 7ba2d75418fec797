"""Files of a run folder beside the store: written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from synthetrial.errors import StoreError


def write_whole(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write `content` (bytes, or chunks of it) to `path` through a temporary file beside it.

    Raises `StoreError` where the folder cannot be written or the disk is full; an older file then stays as it was.
    """
    part: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            for chunk in (content,) if isinstance(content, bytes) else content:
                file.write(chunk)
        os.chmod(part, 0o644)
        os.replace(part, path)
        part = None
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}; free some space or choose another folder") from error
    finally:
        if part is not None:  # a chunk may fail as well
            Path(part).unlink(missing_ok=True)
