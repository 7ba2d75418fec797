"""From a path to its trials: finds the format by content, opens folders, zips and gzips, and bounds what it takes in."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from io import FileIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, cast

from synthetrial.corpus.readers import aact, documents
from synthetrial.corpus.readers.documents import Result
from synthetrial.corpus.readers.reject import READ_FAULTS, Reject, fault, take
from synthetrial.errors import CorpusError

_HEAD: Final = 1_000_000
_GZIP, _ZIP = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06")
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
MAX_MEMBER: Final = 100_000_000_000
"""Bytes of a zip member; the whole registry as JSON lines has about 12 GB."""
MAX_RATIO: Final = 200
"""How many times larger than its compressed size a zip member above 10 MB may be; registry records reach about 20."""
_TABLE = re.compile(r"(?P<name>[a-z_]+)\.txt(?P<gz>\.gz)?")

Open = Callable[[], BinaryIO]


def read_source(path: Path, *, allow_synthetic: bool = False, warnings: Counter[str] | None = None) -> Iterator[Result]:
    """The trials of a file, folder or zip in any known format, streamed; a `Reject` for each thing that cannot be read.

    Known formats: API v2 JSON (one study, a list, an API page, JSON lines), the legacy XML, AACT tables (folder or zip),
    TOP/HINT CSV, our own JSON lines; each but the tables also gzipped, in a folder or in a zip. Synthetic records are
    rejected unless `allow_synthetic`. Values outside the enumerations are left out and counted in `warnings`.
    Raises `CorpusError` where there is no such path.
    """
    path = Path(path)
    if not path.exists():
        raise CorpusError(f"{path}: no such file or folder; give a registry file, folder or zip")
    return _admitted(_read(path, Counter() if warnings is None else warnings), allow_synthetic)


def _admitted(results: Iterator[Result], allow_synthetic: bool) -> Iterator[Result]:
    for each in results:
        if not isinstance(each, Reject) and each.synthetic and not allow_synthetic:
            yield Reject(each.source.file, each.trial_id, "a synthetic record; --allow-synthetic takes it in, flagged")
        else:
            yield each


def _read(path: Path, warnings: Counter[str]) -> Iterator[Result]:
    if path.is_dir():
        yield from _folder(path, _shown(path.resolve().name), warnings)
    else:
        yield from _file(_shown(path.name), partial(_open, path), warnings, path)


def _folder(folder: Path, name: str, warnings: Counter[str]) -> Iterator[Result]:
    entries = sorted(each for each in folder.iterdir() if not each.name.startswith("."))
    tables, size = _tables({each.name: (partial(_open, each), each.stat().st_size) for each in entries if each.is_file()})
    if "studies" in tables:
        yield from aact.read(tables, size, name, warnings)
    for each in entries:
        inside = f"{name}/{_shown(each.name)}"
        if each.is_dir():
            yield from _folder(each, inside, warnings)
        elif each.exists() and not each.is_file():
            yield Reject(inside, None, "not a regular file")
        elif not ("studies" in tables and _TABLE.fullmatch(each.name)):
            yield from _file(inside, partial(_open, each), warnings, each)


def _tables(files: Mapping[str, tuple[Open, int]]) -> tuple[dict[str, Open], int]:
    """AACT tables among files of a folder or zip, and about how many bytes they hold (gzip packs such text 4 to 1)."""
    tables: dict[str, Open] = {}
    total = 0
    for name, (opener, size) in files.items():
        if found := _TABLE.fullmatch(name):
            tables[found["name"]] = partial(_gunzip, opener) if found["gz"] else opener
            total += size * 4 if found["gz"] else size
    return tables, total


def _file(
    name: str, opener: Open, warnings: Counter[str], path: Path | None = None, gunzipped: bool = False
) -> Iterator[Result]:
    """The trials of one file or zip member. `path` is None within a zip or gzip, where no further zip is opened."""
    try:
        with opener() as stream:
            head, broken = take(stream, _HEAD)
    except READ_FAULTS as error:
        yield Reject(name, None, fault(error))
        return
    if head.startswith(_GZIP):
        if gunzipped:
            yield Reject(name, None, "a gzip within a gzip; unpack it first")
        else:
            yield from _file(name, partial(_gunzip, opener), warnings, gunzipped=True)
    elif head.startswith(_ZIP):
        if path is None:
            yield Reject(name, None, "a zip within a zip or gzip; unpack it first")
        else:
            yield from _zip(path, name, warnings)
    elif len(head) < _HEAD:
        yield from documents.read(name, head, io.BytesIO(head), warnings, broken)
    else:
        with opener() as stream:
            yield from documents.read(name, head, stream, warnings, None)


def _shown(name: str) -> str:
    """A file's name as text: bytes that are not UTF-8 become question marks."""
    return name.encode("utf-8", "replace").decode()


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _gunzip(opener: Open) -> BinaryIO:
    inner = opener()
    stream = gzip.GzipFile(fileobj=inner, mode="rb")
    stream.myfileobj = cast(FileIO, inner)  # closed with the outer one
    return cast(BinaryIO, stream)


def _zip(path: Path, name: str, warnings: Counter[str]) -> Iterator[Result]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = []
            for info in archive.infolist():
                if reason := _refused(info):
                    yield Reject(f"{name}/{info.filename}", None, reason)
                elif not info.is_dir() and not any(part.startswith((".", "__MACOSX")) for part in info.filename.split("/")):
                    members.append(info)
            tables, size = _tables({_base(each): (partial(_member, archive, each), each.file_size) for each in members})
            if "studies" in tables:
                yield from aact.read(tables, size, name, warnings)
            for each in members:
                if not ("studies" in tables and _TABLE.fullmatch(_base(each))):
                    yield from _file(f"{name}/{each.filename}", partial(_member, archive, each), warnings)
    except READ_FAULTS as error:
        yield Reject(name, None, fault(error))


def _base(info: zipfile.ZipInfo) -> str:
    return info.filename.rpartition("/")[2]


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    # a zip member's own readline is slow
    return cast(BinaryIO, io.BufferedReader(cast(FileIO, archive.open(info)), 65_536))


def _refused(info: zipfile.ZipInfo) -> str | None:
    """Why a zip member is not opened. Nothing is ever unpacked to disk; a bad path still says that the zip is not honest."""
    parts = PurePosixPath(info.filename.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or re.match(r"[A-Za-z]:", info.filename):
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
