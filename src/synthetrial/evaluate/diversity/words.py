"""The words that a writer wrote into each record or trial, as numbers: what n-gram figures are had of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial.similar.spans import sections
from synthetrial.trial import Protocol

_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)

Numbers = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]


class Words(NamedTuple):
    """Word numbers of all texts on end, -1 after each section; text `i` is `flat[starts[i]:starts[i + 1]]`."""

    flat: Numbers
    starts: Numbers

    def of(self, row: int) -> Numbers:
        """Those of one text."""
        return self.flat[self.starts[row] : self.starts[row + 1]]


def words(protocols: Sequence[Protocol]) -> Words:
    """Without what a plan gives (design, conditions, names of interventions): see `similar.spans.sections`."""
    vocabulary: dict[str, int] = {}
    numbers: list[int] = []
    starts = [0]
    for each in protocols:
        for section in sections(each).values():
            numbers += [vocabulary.setdefault(word, len(vocabulary)) for word in section]
            numbers.append(-1)
        starts.append(len(numbers))
    return Words(np.array(numbers, dtype=np.int64), np.array(starts, dtype=np.int64))


def grams(text: Numbers, n: int) -> Hashes:
    """A hash of each run of `n` words that lies in one section."""
    if len(text) < n:
        return np.zeros(0, dtype=np.uint64)
    windows = np.lib.stride_tricks.sliding_window_view(text, n)
    hashes = np.zeros(len(windows), dtype=np.uint64)
    for at in range(n):
        hashes = (hashes ^ (windows[:, at].astype(np.uint64) + np.uint64(1))) * _MULTIPLIER
        hashes ^= hashes >> np.uint64(29)
    return hashes[(windows >= 0).all(axis=1)]
