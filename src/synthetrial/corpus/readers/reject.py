"""What could not be read, as a value; and the exception that carries it from a pure reader to the stream."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from typing import BinaryIO, Final, cast

import msgspec


class Reject(msgspec.Struct, frozen=True):
    """One thing that could not be read: the file (and member), the record in it (an id or a place) and why."""

    source: str
    record: str | None
    reason: str


class UnreadableError(Exception):
    """A record, document or table is not a trial. `record` is its id or place, where known. Becomes a `Reject`."""

    def __init__(self, reason: str, record: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.record = record


READ_FAULTS: Final = (
    OSError,  # bad gzip header or checksum, unreadable file
    EOFError,  # truncated gzip or zip member
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)
"""What reading bytes from a damaged file, gzip stream or zip member raises."""


def fault(error: BaseException) -> str:
    """The fault in words."""
    if isinstance(error, EOFError):
        return "truncated: the compressed data ends early; what came before the cut is kept"
    if isinstance(error, zipfile.BadZipFile):
        return f"corrupt zip: {error}"
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror or error}"
    return f"corrupt compressed data: {error}"


def take(stream: BinaryIO, limit: int) -> tuple[bytes, str | None]:
    """Up to `limit` bytes of a stream, and what broke it off before that, if something did.

    Reads in small steps: a larger read of a damaged gzip loses the good bytes before the damage.
    """
    read1 = cast(io.BufferedReader, stream).read1
    chunks: list[bytes] = []
    size = 0
    try:
        while size < limit and (chunk := read1(min(262_144, limit - size))):
            chunks.append(chunk)
            size += len(chunk)
    except READ_FAULTS as error:
        return b"".join(chunks), fault(error)
    return b"".join(chunks), None
