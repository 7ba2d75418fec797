"""Near-duplicates by MinHash: signatures of word 3-grams, and groups of them by locality-sensitive hashing (LSH).

A signature is 128 32-bit values (512 bytes a text): the share of equal values of two signatures estimates the Jaccard
similarity of the texts' word 3-gram sets (Broder 1997; the signature is `rensa`'s R-MinHash). Candidates are texts that agree
in all 4 values of at least one of 32 bands (chance .9998 at similarity .7, .58 at .4); each candidate is then held to the
threshold by its whole signature. Everything is the same in every process and on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

VALUES: Final = 128
BANDS: Final = 32
SHINGLE: Final = 3
THRESHOLD: Final = 0.7
_SEED: Final = 1
_CHUNK: Final = 64
"""Texts that are hashed at once: so few that the arrays over their bytes stay in the processor's cache."""
_PART: Final = 65_536
"""Rows or pairs that are looked at in one step."""
_CROWD: Final = 64
"""More rows than so many that are alike in a band are joined one by one."""
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
    return components(len(table), similar_pairs(table, threshold))


def components(n: int, pairs: NDArray[np.int64], least: int = 2) -> list[tuple[int, ...]]:
    """The connected components of at least `least` of the positions 0 … n-1 that `pairs`, of shape (m, 2), join: each in order,
    in order of their first."""
    if not n:
        return []
    which = component_of(n, pairs)
    order = np.argsort(which, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(which[order])) + 1)
    return sorted(tuple(each.tolist()) for each in parts if len(each) >= least)


def component_of(n: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """The number of the component of each position: the smallest position in it."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(pairs), dtype=np.bool_), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    count, which = connected_components(graph, directed=False)
    first = np.full(count, n, dtype=np.int64)
    np.minimum.at(first, which, np.arange(n))
    found: NDArray[np.int64] = first[which]
    return found


def similar_pairs(table: Signatures, threshold: float = THRESHOLD) -> NDArray[np.int64]:
    """Pairs of positions, shape (m, 2), whose components are those of all near-duplicates among the signatures.

    Candidates are sorted by band, so that equal ones stand side by side; of many that are alike in a band, those that are known
    to hang together are not held against one another again.
    """
    rows = np.flatnonzero(table.any(axis=1))
    whole = _keys(table, rows, VALUES)
    order = np.argsort(whole, kind="stable")
    rows, whole = rows[order], whole[order]
    same = np.flatnonzero(whole[1:] == whole[:-1]) + 1  # copies need no search: only the first of them goes on
    same = same[(table[rows[same]] == table[rows[same - 1]]).all(axis=1)]
    found = [np.stack([rows[same - 1], rows[same]], axis=1)]
    rows = np.sort(np.delete(rows, same))
    for begin in range(0, VALUES, VALUES // BANDS):
        keys = _keys(table, rows, VALUES // BANDS, begin)
        order = np.argsort(keys, kind="stable")
        found += _alike(rows[order], keys[order], table, threshold)
    return np.concatenate(found)


def _keys(table: Signatures, rows: NDArray[np.int64], values: int, begin: int = 0) -> NDArray[np.uint64]:
    """A hash of `values` values from `begin` on of each of the rows, a part of them at a time."""
    mix = np.random.default_rng(_SEED).integers(1, 2**63, values, dtype=np.uint64) | np.uint64(1)
    parts = [
        (table[each, begin : begin + values].astype(np.uint64) * mix).sum(axis=1, dtype=np.uint64)
        for each in np.array_split(rows, 1 + len(rows) // _PART)
    ]
    return np.concatenate(parts)


def _alike(rows: NDArray[np.int64], keys: NDArray[np.uint64], table: Signatures, threshold: float) -> list[NDArray[np.int64]]:
    """The pairs of rows, sorted by their keys, that have a key in common and are similar."""
    found: list[NDArray[np.int64]] = []
    begins = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    sizes = np.diff(np.append(begins, len(keys)))
    for begin, size in zip(begins[sizes > _CROWD], sizes[sizes > _CROWD], strict=True):
        found.append(_in_crowd(rows[begin : begin + size], table, threshold))
    few = np.repeat(sizes <= _CROWD, sizes)
    rows, keys = rows[few], keys[few]
    step = 1
    while len(rows) > step and len(near := np.flatnonzero(keys[step:] == keys[:-step])):
        for part in np.array_split(near, 1 + len(near) // _PART):
            one, other = rows[part], rows[part + step]
            close = similarity(table[one], table[other]) >= threshold
            found.append(np.stack([one[close], other[close]], axis=1))
        step += 1
    return found


def _in_crowd(rows: NDArray[np.int64], table: Signatures, threshold: float) -> NDArray[np.int64]:
    """Pairs that join those of many rows that are similar: each row is held against those that no pair joins to it yet."""
    found: list[tuple[int, int]] = []
    waiting = rows
    while len(waiting):
        reached, waiting = waiting[:1], waiting[1:]
        while len(reached) and len(waiting):  # all that hang together with the first
            close = similarity(table[waiting], table[reached[0]]) >= threshold
            found += [(int(reached[0]), int(each)) for each in waiting[close]]
            reached, waiting = np.concatenate([reached[1:], waiting[close]]), waiting[~close]
    return np.array(found, dtype=np.int64).reshape(-1, 2)


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
    power, inverse = _powers(1 << len(joined).bit_length())
    sums = np.zeros(len(joined) + 1, dtype=np.uint64)
    np.cumsum(power[: len(joined)] * (joined.astype(np.uint64) + np.uint64(1)), out=sums[1:])
    hashes = (sums[ends] - sums[begins]) * inverse[begins]
    hashes = (hashes ^ (hashes >> np.uint64(32))) * _MIX[0]
    borders = np.cumsum([0, *(len(each) + 1 for each in raw)])
    return hashes ^ (hashes >> np.uint64(29)), np.diff(np.searchsorted(begins, borders + 1))


@lru_cache(4)
def _powers(n: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The first `n` powers of the base, and of its inverse."""
    inverse = np.uint64(pow(int(_BASE), -1, 1 << 64))
    return np.cumprod(np.full(n, _BASE), dtype=np.uint64), np.cumprod(np.full(n, inverse), dtype=np.uint64)


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
