"""Lookups as flat arrays, in memory or mapped from files: which positions have a key, which keys a position has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]


class Lists(msgspec.Struct, frozen=True):
    """Lists of numbers on end: list `i` is `values[offsets[i]:offsets[i + 1]]`."""

    offsets: Offsets
    values: Positions

    def __getitem__(self, at: int) -> Positions:
        found: Positions = self.values[self.offsets[at] : self.offsets[at + 1]]
        return found

    def write(self, folder: Path, name: str) -> None:
        """Keep the lists in two files."""
        np.save(folder / f"{name}.offsets.npy", self.offsets)
        np.save(folder / f"{name}.values.npy", self.values)


def opened(folder: Path, name: str) -> Lists:
    """Lists that `write` kept, mapped."""
    return Lists(*(mapped(folder / f"{name}.{part}.npy") for part in ("offsets", "values")))


def mapped(path: Path) -> npt.NDArray[Any]:
    """An array that lies in a file, as a plain one: slices of numpy's own kind of mapped arrays take ten times as long."""
    return np.asarray(np.load(path, mmap_mode="r"))


def lists(given: Iterable[Sequence[int]]) -> Lists:
    """Lists of these numbers."""
    parts = [np.asarray(each, dtype=np.int32) for each in given]
    offsets = np.concatenate([[0], np.cumsum([len(each) for each in parts])]).astype(np.int64)
    return Lists(offsets, np.concatenate([np.zeros(0, np.int32), *parts]))


def moved(values: Positions, lengths: Offsets, place: Offsets) -> Lists:
    """Lists on end, of these lengths, of which the i-th becomes list `place[i]`."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    offsets[place + 1] = lengths
    offsets = np.cumsum(offsets)
    within = np.arange(len(values)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    out = np.empty(len(values), np.int32)
    out[np.repeat(offsets[place], lengths) + within] = values
    return Lists(offsets, out)


def turned(forward: Lists, keys: int, classes: npt.NDArray[np.uint8]) -> Lists:
    """The positions of each key by class (0 or 1), in order, as list `2 * key + class`; `forward` has the keys of each."""
    owners = np.repeat(np.arange(len(forward.offsets) - 1, dtype=np.int32), np.diff(forward.offsets))
    rows = forward.values.astype(np.int64) * 2 + classes[owners]
    order = np.argsort(rows, kind="stable")
    offsets = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=2 * keys))]).astype(np.int64)
    return Lists(offsets, owners[order])
