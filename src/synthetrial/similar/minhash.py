"""Near-duplicates by MinHash: signatures of word 3-grams, and groups of them by locality-sensitive hashing (LSH).

A signature is 128 32-bit values (512 bytes a text): the share of equal values of two signatures estimates the Jaccard
similarity of the texts' word 3-gram sets (Broder 1997; the signature is `rensa`'s R-MinHash). Candidates are texts that agree
in all 4 values of at least one of 32 bands (chance .9998 at similarity .7, .58 at .4); each candidate is then held to the
threshold by its whole signature. Everything is the same in every process and on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

VALUES: Final = 128
BANDS: Final = 32
SHINGLE: Final = 3
THRESHOLD: Final = 0.7
_SEED: Final = 1
_CHUNK: Final = 512
_BASE: Final = np.uint64(0x9E3779B97F4A7C15)
_IN_WORD: Final = np.array([chr(byte).isalnum() if byte < 128 else True for byte in range(256)])
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)

Signatures = NDArray[np.uint32]


def signatures(texts: Iterable[str]) -> Signatures:
    """A row of `VALUES` values for each text. A text of fewer than three words is one shingle; one of none, a row of zeros."""
    rows: list[Signatures] = []
    chunk: list[str] = []
    for text in texts:
        chunk.append(text)
        if len(chunk) == _CHUNK:
            rows.append(_signatures(chunk))
            chunk = []
    if chunk:
        rows.append(_signatures(chunk))
    return np.concatenate(rows) if rows else np.zeros((0, VALUES), dtype=np.uint32)


def similarity(one: Signatures, other: Signatures) -> NDArray[np.float64]:
    """Estimated Jaccard similarity of signatures, row by row (either may be one row). A text without words resembles none."""
    equal = np.asarray((one == other).mean(axis=-1), dtype=np.float64)
    return np.where(one.any(axis=-1) & other.any(axis=-1), equal, 0.0)


def near_duplicates(texts: Sequence[str] | Signatures, threshold: float = THRESHOLD) -> list[tuple[int, ...]]:
    """Groups of two or more near-duplicates by position: the connected components of "at least `threshold` similar"."""
    table = texts if isinstance(texts, np.ndarray) else signatures(texts)
    components = Components(len(table))
    if not len(table):
        return []
    distinct, which = np.unique(table, axis=0, return_inverse=True)
    first = np.full(len(distinct), -1)
    for at, group in enumerate(which.reshape(-1)):  # equal signatures need no search
        if first[group] < 0:
            first[group] = at
        elif table[at].any():
            components.join(int(first[group]), at)
    for band in np.split(distinct, BANDS, axis=1):
        for bucket in _buckets(band):
            _join_similar(bucket, distinct, first, components, threshold)
    return components.groups()


class Components:
    """A union-find over positions 0 … n-1."""

    def __init__(self, n: int) -> None:
        self._parent = list(range(n))

    def find(self, at: int) -> int:
        """The position that stands for the component of `at`."""
        while self._parent[at] != at:
            self._parent[at] = self._parent[self._parent[at]]
            at = self._parent[at]
        return at

    def join(self, one: int, other: int) -> None:
        """Makes one component of those of `one` and `other`; the smaller position stands for it."""
        one, other = self.find(one), self.find(other)
        self._parent[max(one, other)] = min(one, other)

    def groups(self, least: int = 2) -> list[tuple[int, ...]]:
        """The components of at least `least` positions, each in order, in order of their first."""
        found: dict[int, list[int]] = {}
        for at in range(len(self._parent)):
            found.setdefault(self.find(at), []).append(at)
        return [tuple(each) for each in found.values() if len(each) >= least]


def _signatures(texts: Sequence[str]) -> Signatures:
    from rensa import RMinHash  # a compiled module, needed by no command's --help

    flat, counts = _words(texts)
    out = np.zeros((len(texts), VALUES), dtype=np.uint32)
    if not len(flat):
        return out
    shingles, offsets = _shingles(flat, counts)
    matrix: Any = RMinHash.digest_matrix_from_flat_token_hashes(shingles, offsets, VALUES, _SEED)
    out[counts > 0] = np.array(matrix.to_rows(), dtype=np.uint32)[counts > 0]
    return out


def _words(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """A hash of each word of all texts, in order, and the number of words of each text.

    A word is a run of ASCII letters and digits and of any other character, in lower case; its hash is the polynomial of its
    UTF-8 bytes modulo 2^64, had from running sums over all bytes at once.
    """
    raw = [each.lower().encode("utf-8", "replace") for each in texts]
    joined = np.frombuffer(b" " + b" ".join(raw) + b" ", dtype=np.uint8)
    steps = np.diff(_IN_WORD[joined].astype(np.int8))
    begins, ends = np.flatnonzero(steps == 1) + 1, np.flatnonzero(steps == -1) + 1
    power = np.cumprod(np.full(len(joined), _BASE, dtype=np.uint64))
    inverse = np.cumprod(np.full(len(joined), pow(int(_BASE), -1, 1 << 64), dtype=np.uint64))
    sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(power * (joined.astype(np.uint64) + np.uint64(1)))])
    hashes = (sums[ends] - sums[begins]) * inverse[begins]
    hashes = (hashes ^ (hashes >> np.uint64(32))) * _MIX[0]
    borders = np.cumsum([0, *(len(each) + 1 for each in raw)])
    return hashes ^ (hashes >> np.uint64(29)), np.diff(np.searchsorted(begins, borders + 1))


def _shingles(flat: NDArray[np.uint64], counts: NDArray[np.int64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Hashes of the n-grams of consecutive words, text by text, and where each text's begin (one offset more than texts)."""
    padded = np.concatenate([flat, np.zeros(SHINGLE - 1, dtype=np.uint64)])
    place = np.arange(len(flat)) - np.repeat(np.cumsum(counts) - counts, counts)  # of each word in its text
    left = np.repeat(counts, counts) - place  # words from here to the end of the text
    hashes = np.zeros(len(flat), dtype=np.uint64)
    for step in range(SHINGLE):
        hashes += np.where(left > step, padded[step : step + len(flat)] * _MIX[step], np.uint64(0))
    hashes ^= hashes >> np.uint64(29)
    keep = (left >= SHINGLE) | (place == 0)  # the first stands for a short text as a whole
    kept = np.maximum(counts - SHINGLE + 1, np.minimum(counts, 1))
    return hashes[keep], np.concatenate([[0], np.cumsum(kept)]).astype(np.uint64)


def _buckets(band: Signatures) -> list[NDArray[np.int64]]:
    """The groups of two or more rows that are equal in this band, in order."""
    keys = np.ascontiguousarray(band).view(np.dtype((np.void, band.shape[1] * band.itemsize))).reshape(-1)
    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    edges = np.flatnonzero(ranked[1:] != ranked[:-1]) + 1
    return [each for each in np.split(order, edges) if len(each) > 1]


def _join_similar(
    bucket: NDArray[np.int64], table: Signatures, first: NDArray[np.int64], components: Components, threshold: float
) -> None:
    """Joins the rows of a bucket that are similar by their whole signatures."""
    for at, row in enumerate(bucket[:-1]):
        mine = components.find(int(first[row]))
        rest = np.array([each for each in bucket[at + 1 :] if components.find(int(first[each])) != mine], dtype=np.int64)
        if len(rest):
            for other in rest[similarity(table[rest], table[row]) >= threshold]:
                components.join(int(first[row]), int(first[other]))
