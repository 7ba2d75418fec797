"""An index of near-duplicates that grows, in flat memory: 512 bytes of signature and 256 of band hashes a text.

Bands (see `minhash.py`) are looked up in arrays sorted by their hash; what was added since the last sort is looked through. A
text whose bands collide by chance is told by its whole signature.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from synthetrial.similar.minhash import BANDS, THRESHOLD, VALUES, Signatures, signatures, similarity

_UNSORTED: Final = 1024
"""Fewest texts that are looked through one by one before they are sorted in; an eighth of the sorted ones if that is more."""
_BLOCK: Final = 4096
"""Signatures are kept in blocks of so many: an array that grows is copied, and leaves holes in memory as large as itself."""
_MIX: Final = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], dtype=np.uint64)
_POSITION: Final = np.uint64(32)

Key = TypeVar("Key", bound=Hashable)


class DuplicateIndex(Generic[Key]):
    """What was added, and whether a new text is a near-duplicate of any of it."""

    def __init__(self, threshold: float = THRESHOLD) -> None:
        self.threshold = threshold
        self._keys: list[Key] = []
        self._blocks: list[Signatures] = []
        self._sorted: list[NDArray[np.uint64]] = [np.zeros(0, dtype=np.uint64)] * BANDS
        """Of each band: hash and position of each sorted text, in one number."""
        self._latest: NDArray[np.uint32] = np.zeros((_UNSORTED, BANDS), dtype=np.uint32)

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, key: Key, text: str) -> None:
        """Adds a text under a key."""
        row, at = _signature(text), len(self._keys)
        if at == len(self._blocks) * _BLOCK:
            self._blocks.append(np.zeros((_BLOCK, VALUES), dtype=np.uint32))
        latest = at - len(self._sorted[0])
        if latest == len(self._latest):
            self._sort_in()
            latest = 0
        self._blocks[at // _BLOCK][at % _BLOCK] = row
        self._latest[latest] = _hashes(row)
        self._keys.append(key)

    def find(self, text: str) -> Key | None:
        """The key of the most similar text that is at least `threshold` similar, the one added first among equals; or None."""
        row = _signature(text)
        if not row.any():
            return None
        at = self._alike(_hashes(row))
        if not len(at):
            return None
        scores = similarity(np.stack([self._blocks[each // _BLOCK][each % _BLOCK] for each in at]), row)
        best = int(np.argmax(scores))
        return self._keys[at[best]] if scores[best] >= self.threshold else None

    def _alike(self, hashes: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Positions of the texts that share a band's hash, in order."""
        found: list[NDArray[np.int64]] = []
        for band, value in zip(self._sorted, hashes.astype(np.uint64) << _POSITION, strict=True):
            first = int(np.searchsorted(band, value))
            last = int(np.searchsorted(band, value + (np.uint64(1) << _POSITION), side="left")) if first < len(band) else first
            if last > first:
                found.append((band[first:last] & np.uint64(0xFFFFFFFF)).astype(np.int64))
        begin = len(self._sorted[0])
        latest = self._latest[: len(self._keys) - begin]
        found.append(np.flatnonzero((latest == hashes).any(axis=1)) + begin)
        return np.unique(np.concatenate(found))

    def _sort_in(self) -> None:
        begin = len(self._sorted[0])
        positions = np.arange(begin, begin + len(self._latest), dtype=np.uint64)
        for number, hashes in enumerate(self._latest.T):
            new = (hashes.astype(np.uint64) << _POSITION) | positions
            self._sorted[number] = np.sort(np.concatenate([self._sorted[number], new]), kind="stable")
        self._latest = np.zeros((max(_UNSORTED, len(self._sorted[0]) // 8), BANDS), dtype=np.uint32)


@lru_cache(maxsize=1)  # a text is looked for, then added
def _signature(text: str) -> Signatures:
    row: Signatures = signatures((text,))[0]
    return row


def _hashes(row: Signatures) -> NDArray[np.uint32]:
    """A hash of each band of a signature; the last one is not taken, so that one more is still a number."""
    mixed: NDArray[np.uint64] = (row.reshape(BANDS, -1).astype(np.uint64) * _MIX).sum(axis=1, dtype=np.uint64)
    hashes: NDArray[np.uint32] = np.minimum(mixed >> _POSITION, np.uint64(0xFFFFFFFE)).astype(np.uint32)
    return hashes
