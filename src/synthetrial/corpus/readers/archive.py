"""Zips of registry records: what is in them, and the bytes of a member, bounded. Nothing is ever unpacked to disk.

The list of members is read once, whoever reads them: with 570,000 of them it takes seconds and 400 MB. A deflated member is
read by its place in the file, at once where it is small; `zipfile` opens all others.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, cast

import msgspec
from isal import isal_zlib  # zlib's format in half the time
from isal.igzip_lib import IsalError

from synthetrial.corpus.readers.inflating import Inflating, skip_header
from synthetrial.corpus.readers.reject import Reject

MAX_MEMBER: Final = 100_000_000_000
"""Bytes of a zip member; the whole registry as JSON lines has about 12 GB."""
MAX_RATIO: Final = 200
"""How many times larger than its compressed size a zip member above 10 MB may be; registry records reach about 20."""
AT_ONCE: Final = 4_000_000
"""Bytes of the largest member that is inflated at once: records are smaller, and tables are looked into before that."""
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_ODD_PATH: Final = re.compile(r"^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)")
_HIDDEN: Final = re.compile(r"(?:^|/)(?:\.|__MACOSX)")


class Member(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A file in a zip: its name, where its local header begins, its sizes in bytes, its checksum and method."""

    name: str
    offset: int
    packed: int
    size: int
    crc: int
    method: int


def members(path: Path, name: str) -> tuple[list[Member], list[Reject]]:
    """The files of the zip at `path`, shown as `name`, and what is refused of it. Raises what reading a damaged zip raises."""
    found: list[Member] = []
    rejects: list[Reject] = []
    with zipfile.ZipFile(path) as archive:
        listed = sorted(archive.infolist(), key=lambda each: each.header_offset, reverse=True)
        archive.filelist.clear()
        archive.NameToInfo.clear()
        end = 0
        while listed:  # one by one: half a million entries as `zipfile` holds them are 400 MB
            info = listed.pop()
            if info.header_offset < end:
                return [], [Reject(name, None, "its members overlap one another: a zip bomb")]
            end = info.header_offset + info.compress_size
            if reason := _refused(info):
                rejects.append(Reject(f"{name}/{info.filename}", None, reason))
            elif not info.is_dir() and not _HIDDEN.search(info.filename):
                found.append(
                    Member(info.filename, info.header_offset, info.compress_size, info.file_size, info.CRC, info.compress_type)
                )
    return found, rejects


@contextmanager
def opened(path: Path) -> Iterator[Callable[[Member], BinaryIO]]:
    """How to open members of the zip at `path`. What an opened one raises is what reading a damaged zip raises."""
    archive: list[zipfile.ZipFile] = []

    def open_member(member: Member) -> BinaryIO:
        if member.method == zipfile.ZIP_DEFLATED and member.size <= AT_ONCE:
            return io.BytesIO(_inflated(file, member))
        if member.method == zipfile.ZIP_DEFLATED:
            return io.BufferedReader(Inflating(path, member), 262_144)
        if not archive:
            archive.append(zipfile.ZipFile(path))
        # a zip member's own readline is slow
        return cast(BinaryIO, io.BufferedReader(cast(io.FileIO, archive[0].open(member.name)), 65_536))

    with path.open("rb", buffering=262_144) as file:
        try:
            yield open_member
        finally:
            for each in archive:
                each.close()


def _inflated(file: BinaryIO, member: Member) -> bytes:
    """The bytes of a deflated member, never more than its header says."""
    if file.tell() != member.offset:
        file.seek(member.offset)
    skip_header(file, member)
    stream = isal_zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data: bytes = stream.decompress(file.read(member.packed), member.size + 1)
    except IsalError as error:  # type: ignore[misc]  # untyped
        raise zlib.error(str(error)) from error
    if len(data) > member.size:
        raise zipfile.BadZipFile(f"more bytes in {member.name!r} than it claims ({member.size:,}): a zip bomb")
    if not stream.eof and len(data) < member.size:
        raise EOFError
    if isal_zlib.crc32(data) != member.crc:
        raise zipfile.BadZipFile(f"Bad CRC-32 for file {member.name!r}")
    return data


def _refused(info: zipfile.ZipInfo) -> str | None:
    """Why a member is not opened; a bad path says that the zip is not honest."""
    if _ODD_PATH.search(info.filename):
        return "its path leads outside the zip"
    if info.flag_bits & 1:
        return "it is encrypted"
    if info.compress_type not in _METHODS:
        return f"it is compressed by a method ({info.compress_type}) that cannot be read; pack it again"
    if info.file_size > 10_000_000 and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        return f"it claims {info.file_size:,} bytes from {info.compress_size:,} compressed: a zip bomb"
    if info.file_size > MAX_MEMBER:
        return f"it claims {info.file_size:,} bytes; the most is {MAX_MEMBER:,}"
    return None
