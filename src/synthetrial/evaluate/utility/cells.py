"""The finished cells of a fine-tuning study, a JSON line each: what an interrupted study goes on from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from synthetrial.errors import StoreError
from synthetrial.evaluate.utility.finetune import Examples, Tuned
from synthetrial.evaluate.utility.settings import FineTuning


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A cell: `key` tells everything it depends on; the rest is what came out and what it was, for people."""

    key: str
    encoder: str
    arm: str
    n_real: int
    seed: int
    epoch: int
    losses: tuple[float, ...]
    valid: tuple[float, ...]
    test: tuple[float, ...]

    def tuned(self) -> Tuned:
        """The cell as fine-tuning gives it."""
        return Tuned(np.array(self.valid), np.array(self.test), self.epoch, self.losses)


class Cells:
    """The cells in a file (none without a path). A line that was cut by a kill is left out, and its cell trained again."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, Cell] = {}
        if path is None or not path.is_file():
            return
        for line in path.read_bytes().splitlines():
            try:
                cell = msgspec.json.decode(line, type=Cell)
            except msgspec.DecodeError:
                continue
            self._known[cell.key] = cell

    def get(self, key: str) -> Tuned | None:
        """A finished cell, or None."""
        found = self._known.get(key)
        return found.tuned() if found else None

    def keep(self, cell: Cell) -> None:
        """Write a finished cell. Raises `StoreError` where the file cannot be written."""
        self._known[cell.key] = cell
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                if file.tell() and not _ends_a_line(self._path):
                    file.write(b"\n")
                file.write(msgspec.json.encode(cell) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StoreError(f"cannot write {self._path}: {error.strerror or error}; free some space and go on") from error


def key(encoder: str, settings: FineTuning, seed: int, train: Examples, valid: Examples, test: Sequence[Sequence[int]]) -> str:
    """A digest of all that a cell's result hangs on: encoder, hyperparameters, seed, and every token, label and weight."""
    sha = hashlib.sha256()
    fixed = {each: getattr(settings, each) for each in settings.__struct_fields__ if each != "seeds"}
    sha.update(msgspec.json.encode([encoder, fixed, seed]))
    for examples in (train, valid):
        sha.update(msgspec.json.encode([examples.tokens, examples.labels.tolist(), np.round(examples.weights, 9).tolist()]))
    sha.update(msgspec.json.encode(test))
    return sha.hexdigest()[:32]


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
