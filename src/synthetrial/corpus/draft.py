"""New files of a corpus, which count from one moment on: when the manifest that names them takes the place of the old one.

Files have names that none had before, and what no manifest names is no part of a corpus: a process that dies on the way
leaves the old corpus whole, and its leftovers are swept by the next that writes.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from synthetrial.corpus.manifest import MANIFEST, TRIALS, Manifest, read_manifest
from synthetrial.errors import CorpusError
from synthetrial.lock import WriteLock

LOCK, SPLIT, INDEX = "corpus.lock", "split.json", "index"
REJECTS, DRUG_NAMES, SCRATCH = "rejects", "drug_names", "scratch"


class Draft:
    """Files being written into the corpus folder `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._token, self._count = secrets.token_hex(4), 0

    def partition(self) -> Path:
        """A path for a new Parquet file."""
        self._count += 1
        return self.folder / TRIALS / f"{self._token}-{self._count:05}.parquet"

    def named(self, kind: str, suffix: str) -> Path:
        """A path for a new file of another kind, such as `REJECTS`."""
        return self.folder / f"{kind}-{self._token}{suffix}"

    def commit(self, manifest: Manifest) -> None:
        """Let the corpus be what `manifest` says. A split or an index of other content goes."""
        for each in (*self.folder.glob(f"*-{self._token}*"), *(self.folder / TRIALS).glob(f"{self._token}-*")):
            _settle(each)
        _settle(self.folder / TRIALS)
        part = self.folder / f"{MANIFEST}.part"
        part.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
        _settle(part)
        old = _manifest(self.folder)
        os.replace(part, self.folder / MANIFEST)
        _settle(self.folder)
        if old is None or old.fingerprint != manifest.fingerprint:
            (self.folder / SPLIT).unlink(missing_ok=True)
            shutil.rmtree(self.folder / INDEX, ignore_errors=True)


@contextmanager
def draft(out: Path) -> Iterator[Draft]:
    """A draft in the folder `out`, which may be missing, empty, or a corpus. What was not committed is gone at the end.

    Raises `CorpusError` where `out` is something else, another process writes to it, or the disk cannot be written.
    """
    if out.exists() and not _is_ours(out):
        raise CorpusError(f"{out} exists and is no corpus: choose another folder")
    lock = None
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = WriteLock(out, "corpus", CorpusError)
        _sweep(out)
        (out / TRIALS).mkdir(exist_ok=True)
        yield Draft(out)
    except OSError as error:
        raise CorpusError(
            f"{out} cannot be written: {error.strerror or error}; free the disk or choose another folder"
        ) from error
    finally:
        if lock is not None:
            _sweep(out)
            lock.release()
            if not (out / MANIFEST).exists():
                _vanish(out)


def _is_ours(out: Path) -> bool:
    """Whether a folder is a corpus, or what is left of one that was never finished."""
    return out.is_dir() and (
        (out / MANIFEST).is_file()
        or all(
            each.name in (TRIALS, LOCK, f"{MANIFEST}.part") or each.name.partition("-")[0] in (REJECTS, DRUG_NAMES, SCRATCH)
            for each in out.iterdir()
        )
    )


def _sweep(out: Path) -> None:
    """Remove the files that no manifest names."""
    manifest = _manifest(out)
    if manifest is None and (out / MANIFEST).exists():
        return  # of another version, or damaged: not ours to judge
    named = {each.file for each in manifest.partitions} | {manifest.rejects} if manifest else set()
    if manifest and manifest.drug_names:
        named.add(manifest.drug_names.path)
    with suppress(OSError):
        (out / f"{MANIFEST}.part").unlink(missing_ok=True)
        for each in (*out.glob(f"{REJECTS}-*"), *out.glob(f"{DRUG_NAMES}-*"), *out.glob(f"{TRIALS}/*")):
            if each.relative_to(out).as_posix() not in named:
                each.unlink()
        for each in out.glob(f"{SCRATCH}-*"):
            shutil.rmtree(each, ignore_errors=True)


def _vanish(out: Path) -> None:
    """Remove a folder that never became a corpus."""
    with suppress(OSError):
        (out / TRIALS).rmdir()
        (out / LOCK).unlink()
        out.rmdir()


def _manifest(out: Path) -> Manifest | None:
    try:
        return read_manifest(out)
    except CorpusError:
        return None


def _settle(path: Path) -> None:
    """See that a file or folder is on the disk (a folder where the system has such a thing)."""
    with suppress(PermissionError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
