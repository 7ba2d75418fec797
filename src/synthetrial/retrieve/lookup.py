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
    values: npt.NDArray[Any]

    def __getitem__(self, at: int) -> Positions:
        return self.span(at, at + 1)

    def span(self, begin: int, end: int) -> Positions:
        """The lists from `begin` to before `end`, on end."""
        found: Positions = self.values[self.offsets[begin] : self.offsets[end]]
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
    offsets = moving(lengths, place)
    within = np.arange(len(values)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    out = np.empty(len(values), np.int32)
    out[np.repeat(offsets[place], lengths) + within] = values
    return Lists(offsets, out)


def moving(lengths: Offsets, place: Offsets) -> Offsets:
    """Where lists begin (one offset more than lists) when the i-th, of the i-th of these lengths, becomes list `place[i]`."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    offsets[place + 1] = lengths
    return np.cumsum(offsets)


def turned(rows: Lists, lists: int, beside: npt.NDArray[Any]) -> tuple[Lists, npt.NDArray[Any]]:
    """Which rows hold each of the numbers 0 … lists-1, in order, and what lies beside the numbers, ordered alike."""
    from scipy.sparse import csr_array  # needed by no command's --help

    found = csr_array((beside, rows.values, rows.offsets), shape=(len(rows.offsets) - 1, lists)).tocsc()
    return Lists(found.indptr.astype(np.int64), found.indices.astype(np.int32, copy=False)), found.data


def by_class(rows: Lists, keys: int, classes: npt.NDArray[np.int64], width: int) -> Lists:
    """The rows that hold each key by the row's class (0 … width-1), in order, as list `width * key + class`."""
    numbers = rows.values.astype(np.int64) * width + np.repeat(classes, np.diff(rows.offsets))
    return turned(Lists(rows.offsets, numbers), width * keys, np.ones(len(numbers), np.bool_))[0]
