"""From a path to its trials: finds the format by content, opens folders, zips and gzips, and bounds what it takes in.

A path is cut into units, each of which can be read by a process of its own: runs of files, runs of members of a zip, a dump.
"""

from __future__ import annotations

import gzip
import io
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from io import FileIO
from pathlib import Path
from typing import BinaryIO, Final, cast

import msgspec

from synthetrial.corpus.readers import aact, archive, documents, postgres
from synthetrial.corpus.readers.aact_buckets import Spilled
from synthetrial.corpus.readers.aact_tables import WANTED
from synthetrial.corpus.readers.archive import Member
from synthetrial.corpus.readers.documents import Result
from synthetrial.corpus.readers.reject import READ_FAULTS, Reject, fault, take
from synthetrial.errors import CorpusError

_HEAD: Final = 1_000_000
_GZIP, _ZIP = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06")
_TABLE = re.compile(r"(?P<name>[a-z_]+)\.txt(?P<gz>\.gz)?")
MOST_MEMBERS: Final = 20_000
"""Files or members of a unit."""
MOST_BYTES: Final = 128_000_000
FEWEST_BYTES: Final = 4_000_000
SHARES: Final = 8
"""Compressed bytes of a unit, at most and at least, and into how many a zip is cut between the two; single files may be
larger."""

FETCHED: Final = "fetch.json"
STUDIES: Final = "studies"
"""What tells a folder that `corpus fetch` filled, and where in it the studies are."""
SHARED: Final = 50_000_000
"""Bytes of AACT tables from which on processes share them."""

Open = Callable[[], BinaryIO]


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a source: `files` (shown name, path) of a folder, or `listed` members of the zip at `path` (`members`, packed:
    half a million of them are kept until they are read, at 60 bytes each and not at 300), or with `dump` the AACT
    tables among them, or with `bucket` rows of such tables that were dealt to the file at `path`; and what was refused before
    anything was read."""

    name: str
    path: Path
    files: tuple[tuple[str, Path], ...] = ()
    listed: bytes = b""
    dump: bool = False
    bucket: bool = False
    rejects: tuple[Reject, ...] = ()

    @property
    def members(self) -> tuple[Member, ...]:
        """The members of a zip that it is to read."""
        return msgspec.msgpack.decode(self.listed, type=tuple[Member, ...]) if self.listed else ()

    @property
    def size(self) -> int:
        """Bytes that are read, as they lie on the disk."""
        files = [path for _, path in self.files] + [self.path] * self.bucket
        return sum(each.stat().st_size for each in files if each.exists()) + sum(each.packed for each in self.members)


def read_source(path: Path, *, allow_synthetic: bool = False, warnings: Counter[str] | None = None) -> Iterator[Result]:
    """The trials of a file, folder or zip in any known format, streamed; a `Reject` for each thing that cannot be read.

    Known formats: API v2 JSON (one study, a list, an API page, JSON lines), the legacy XML, AACT tables (folder or zip),
    TOP/HINT CSV, our own JSON lines; each but the tables also gzipped, in a folder or in a zip. Synthetic records are
    rejected unless `allow_synthetic`. Values outside the enumerations are left out and counted in `warnings`.
    Raises `CorpusError` where there is no such path.
    """
    counted: Counter[str] = Counter() if warnings is None else warnings
    return (found for each in units(path) for found in read_unit(each, allow_synthetic=allow_synthetic, warnings=counted))


def units(path: Path) -> list[Unit]:
    """The units of a file, folder or zip, in the order of its records. Raises `CorpusError` where there is no such path."""
    path = Path(path)
    if not path.exists():
        raise CorpusError(f"{path}: no such file or folder; give a registry file, folder or zip")
    if (path / FETCHED).is_file():
        path = path / STUDIES
    name = _shown(path.resolve().name if path.is_dir() else path.name)
    return list(_folder(path, name) if path.is_dir() else _single(name, path))


def dealt(unit: Unit, scratch: Path, warnings: Counter[str]) -> list[Unit]:
    """The buckets of a large dump, in a new folder below `scratch`, so that processes can share it; any other unit as it is."""
    if not unit.dump:
        return [unit]
    with _opened(unit) as files:
        tables, size = _tables(files)
        if size <= SHARED:
            return [unit]
        found = aact.spill(tables, Path(tempfile.mkdtemp(dir=scratch)), unit.name, warnings, size=size)
    return _buckets(unit.name, found)


def of_database(url: str, scratch: Path, warnings: Counter[str]) -> list[Unit]:
    """The buckets of a live AACT database. Raises `CorpusError`, naming the database without its password."""
    return _buckets(postgres.shown(url), postgres.spill(url, Path(tempfile.mkdtemp(dir=scratch)), warnings))


def _buckets(name: str, found: Spilled) -> list[Unit]:
    buckets = [Unit(name=name, path=each, bucket=True) for each in found.buckets]
    return [Unit(name=name, path=Path(name), rejects=found.rejects), *buckets] if found.rejects else buckets


def read_unit(unit: Unit, *, allow_synthetic: bool = False, warnings: Counter[str]) -> Iterator[Result]:
    """The trials of a unit, and what could not be read of it."""
    for each in _read(unit, warnings):
        if not isinstance(each, Reject) and each.synthetic and not allow_synthetic:
            yield Reject(each.source.file, each.trial_id, "a synthetic record; --allow-synthetic takes it in, flagged")
        else:
            yield each


def _folder(folder: Path, name: str) -> Iterator[Unit]:
    entries = sorted(each for each in folder.iterdir() if not each.name.startswith("."))
    files = [each for each in entries if each.is_file()]
    tables = {each for each in files if _TABLE.fullmatch(each.name)}
    if not any(_TABLE.fullmatch(each.name)["name"] == "studies" for each in tables):  # type: ignore[index]  # they match
        tables = set()
    if tables:
        yield Unit(name=name, path=folder, files=tuple((each.name, each) for each in sorted(tables)), dump=True)
    waiting: list[tuple[str, Path]] = []
    size = 0
    for each in entries:
        inside = f"{name}/{_shown(each.name)}"
        plain = each.is_file() and each not in tables and not _is_zip(each)
        if plain:
            waiting.append((inside, each))
            size += each.stat().st_size
        if waiting and (not plain or len(waiting) >= MOST_MEMBERS or size >= MOST_BYTES):
            yield Unit(name=name, path=folder, files=tuple(waiting))
            waiting, size = [], 0
        if each.is_dir():
            yield from _folder(each, inside)
        elif each.exists() and not each.is_file():
            yield Unit(name=inside, path=each, rejects=(Reject(inside, None, "not a regular file"),))
        elif not plain and each not in tables:
            yield from _single(inside, each)
    if waiting:
        yield Unit(name=name, path=folder, files=tuple(waiting))


def _single(name: str, path: Path) -> Iterator[Unit]:
    """The units of one file."""
    if not _is_zip(path):
        yield Unit(name=name, path=path, files=((name, path),))
        return
    try:
        members, rejects = archive.members(path, name)
    except READ_FAULTS as error:
        yield Unit(name=name, path=path, rejects=(Reject(name, None, fault(error)),))
        return
    if rejects:
        yield Unit(name=name, path=path, rejects=tuple(rejects))
    tables = [each for each in members if _TABLE.fullmatch(_base(each.name))]
    if any(_base(each.name).startswith("studies.") for each in tables):
        yield Unit(name=name, path=path, listed=msgspec.msgpack.encode(tables), dump=True)
        members = [each for each in members if not _TABLE.fullmatch(_base(each.name))]
    for run in _runs(members):
        yield Unit(name=name, path=path, listed=msgspec.msgpack.encode(run))


def _runs(members: Sequence[Member]) -> Iterator[Sequence[Member]]:
    begin, size = 0, 0
    most = max(FEWEST_BYTES, min(MOST_BYTES, sum(each.packed for each in members) // SHARES))
    for at, each in enumerate(members, 1):
        size += each.packed
        if at - begin >= MOST_MEMBERS or size >= most:
            yield members[begin:at]
            begin, size = at, 0
    if begin < len(members):
        yield members[begin:]


def _read(unit: Unit, warnings: Counter[str]) -> Iterator[Result]:
    yield from unit.rejects
    if unit.bucket:
        yield from aact.read_bucket(unit.path, unit.name, warnings)
        return
    try:
        with _opened(unit) as files:
            if unit.dump:
                yield from aact.read(*_tables(files), unit.name, warnings)
                return
            for name, (opener, _) in files.items():
                yield from _file(name, opener, warnings)
    except READ_FAULTS as error:
        yield Reject(unit.name, None, fault(error))


@contextmanager
def _opened(unit: Unit) -> Iterator[dict[str, tuple[Open, int]]]:
    """How to open each file of a unit, by its shown name, and its size."""
    if not unit.listed:
        yield {name: (partial(_open, path), path.stat().st_size if path.is_file() else 0) for name, path in unit.files}
        return
    with archive.opened(unit.path) as open_member:
        yield {f"{unit.name}/{each.name}": (partial(open_member, each), each.size) for each in unit.members}


def _tables(files: Mapping[str, tuple[Open, int]]) -> tuple[dict[str, Open], int]:
    """AACT tables among files, and about how many bytes those that are read hold (gzip packs such text 4 to 1)."""
    tables: dict[str, Open] = {}
    total = 0
    for name, (opener, size) in files.items():
        if found := _TABLE.fullmatch(_base(name)):
            tables[found["name"]] = partial(_gunzip, opener) if found["gz"] else opener
            total += (size * 4 if found["gz"] else size) if found["name"] in WANTED else 0
    return tables, total


def _file(name: str, opener: Open, warnings: Counter[str], gunzipped: bool = False) -> Iterator[Result]:
    """The trials of one file or zip member; zips within it are not opened."""
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
        yield Reject(name, None, "a zip within a zip or gzip; unpack it first")
    elif len(head) < _HEAD:
        yield from documents.read(name, head, io.BytesIO(head), warnings, broken)
    else:
        with opener() as stream:
            yield from documents.read(name, head, stream, warnings, None)


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4).startswith(_ZIP)
    except OSError:
        return False  # told when it is read


def _shown(name: str) -> str:
    """A file's name as text: bytes that are not UTF-8 become question marks."""
    return name.encode("utf-8", "replace").decode()


def _base(name: str) -> str:
    return name.rpartition("/")[2]


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _gunzip(opener: Open) -> BinaryIO:
    inner = opener()
    stream = gzip.GzipFile(fileobj=inner, mode="rb")
    stream.myfileobj = cast(FileIO, inner)  # closed with the outer one
    return cast(BinaryIO, stream)
