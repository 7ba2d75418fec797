"""What a corpus folder says of itself: its sources, counts, label rule and the fingerprint of its content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from synthetrial.errors import CorpusError
from synthetrial.trial import Label, Outcome, RegistryTrial

FORMAT_VERSION: Final = 2
MANIFEST, TRIALS = "manifest.json", "trials"


class SourceFile(msgspec.Struct, frozen=True):
    """A file or folder that a corpus was built from, with its size in bytes and a hash of its content."""

    path: str
    size: int
    sha256: str


class Partition(msgspec.Struct, frozen=True):
    """A Parquet file of the corpus, by its path in the folder, and how many trials it holds."""

    file: str
    rows: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a corpus is: how it was built, from what, where its trials lie, and the fingerprint of its content.

    `rejects` is the file that names what could not be read; `unexplained` what the completion rule makes of a stop without a
    reason; `registry` what a download said of itself (`corpus fetch`).
    """

    format_version: int
    synthetrial: str
    sources: tuple[SourceFile, ...]
    read: int
    kept: int
    rejected: int
    labelled: int
    synthetic: int
    label_rule: str
    label_file: SourceFile | None
    foreign_labels: int
    warnings: dict[str, int]
    fingerprint: str
    partitions: tuple[Partition, ...]
    rejects: str
    unexplained: str = "exclude"
    labels_of_source: bool = False
    drug_names: SourceFile | None = None
    registry: dict[str, object] | None = None


class _Version(msgspec.Struct):
    format_version: int


def read_manifest(path: Path) -> Manifest:
    """The manifest of a corpus folder. Raises `CorpusError` where there is none, or one of another version."""
    how = "build one with: synthetrial corpus build SRC… -o DIR"
    file = Path(path) / MANIFEST
    if not file.is_file():
        what = "is no corpus (no manifest.json)" if Path(path).exists() else "does not exist"
        raise CorpusError(f"{path} {what}; {how}")
    try:
        content = file.read_bytes()
        version = msgspec.json.decode(content, type=_Version).format_version
        if version != FORMAT_VERSION:
            raise CorpusError(f"{path} has corpus format {version}, this is for {FORMAT_VERSION}; {how}")
        return msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        raise CorpusError(f"{file} cannot be read ({error}); {how}") from error


def partitions(folder: Path) -> tuple[Path, ...]:
    """The Parquet files of a corpus, in order. Raises `CorpusError` as `read_manifest`."""
    return tuple(Path(folder) / each.file for each in read_manifest(folder).partitions)


def names_file(folder: Path) -> Path | None:
    """The drug names that a corpus brings along (`drug_names.read`), if it does. Raises `CorpusError` as `read_manifest`."""
    own = read_manifest(folder).drug_names
    return None if own is None else (Path(folder) / own.path).absolute()


def source_file(path: Path) -> SourceFile:
    """Size and hash of a file, or of a folder's files by name."""
    if path.is_file():
        with path.open("rb") as file:
            return SourceFile(str(path), path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())
    total, size = hashlib.sha256(), 0
    for each in sorted(each for each in path.rglob("*") if each.is_file()):
        one = source_file(each)
        size += one.size
        total.update(f"{each.relative_to(path).as_posix()} {one.sha256}\n".encode())
    return SourceFile(str(path), size, total.hexdigest())


class _Content(msgspec.Struct, array_like=True):
    protocol: object
    outcome: Outcome
    rest: tuple[object, ...]


def content(trial: RegistryTrial) -> bytes:
    """A digest of what the trial says: all but its id, its label and where it was read from."""
    rest = (trial.start_date, trial.condition_mesh, trial.intervention_mesh, trial.synthetic)
    return hashlib.sha256(msgspec.json.encode(_Content(trial.protocol, trial.outcome, rest))).digest()


def fingerprint(records: Iterable[tuple[str, bytes, Label | None]]) -> str:
    """sha256 over (id, content digest, label), in the order of the ids: the same trials and labels give the same one."""
    total = hashlib.sha256()
    for trial_id, digest, label in sorted(records, key=lambda each: each[0]):
        total.update(msgspec.json.encode((trial_id, digest.hex(), label)))
    return total.hexdigest()
