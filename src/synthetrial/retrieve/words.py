"""Texts by their words, as flat arrays: TF-IDF rows for exact cosines, and for search the lists of who has a salient word.

Weights are what scikit-learn's `TfidfVectorizer(sublinear_tf=True, stop_words="english")` gives: 1 + ln(count) times
ln((1 + n) / (1 + df)) + 1, rows of length 1. A text stands in the lists of its `SALIENT` heaviest words, and of each list only
the `LONGEST` texts in which the word weighs most are kept, so that a search costs the same in a registry of any size.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from synthetrial.retrieve import lookup
from synthetrial.retrieve.counts import Counted
from synthetrial.retrieve.lookup import Lists, Offsets, Positions, mapped, opened

Weights = npt.NDArray[np.float32]

SALIENT: Final = 48
QUERY: Final = 12
"""Heaviest words of a text that are searched for."""
LONGEST: Final = 4_000
BEST: Final = 64
"""Texts that a search gives back, ranked by exact cosines."""
ALL: Final = 1_000
"""Candidates that are compared one by one rather than searched for."""

_ROW: Final = np.dtype([("term", np.int32), ("weight", np.float32)])
"""Side by side, so that a text lies in one place of the file; numpy joins integers faster than these."""


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """Text `i` has the terms and weights `rows[spans[i, 0]:spans[i, 1]]`, in order of the terms, each an integer that is a
    `_ROW`; a list a term and label holds the texts it is salient in (`listed`, weights alike). `scratch` has a place for each
    term, 0 between calls: one thread at a time."""

    spans: Offsets
    rows: npt.NDArray[np.int64]
    listed: Lists
    listed_weights: Weights
    scratch: Weights

    def similarity(self, index: int, others: Sequence[int] | Positions) -> Weights:
        """Cosines of a text with `others`, shape (len(others),)."""
        out = np.zeros(len(others), dtype=np.float32)
        spans = self.spans[np.asarray(others, np.int64)]
        sizes = spans[:, 1] - spans[:, 0]
        if not sizes.any():
            return out
        own = self.row(index)
        held = np.concatenate([self.rows[begin:end] for begin, end in spans.tolist()]).view(_ROW)
        self.scratch[own["term"]] = own["weight"]
        products = self.scratch.take(held["term"])
        products *= held["weight"]
        self.scratch[own["term"]] = 0
        filled = sizes > 0  # (a row of nothing would sum to the product that comes next)
        out[filled] = np.add.reduceat(products, (np.cumsum(sizes) - sizes)[filled], dtype=np.float64)
        return out

    def row(self, index: int) -> npt.NDArray[np.void]:
        """The terms of a text, in order, and their weights, as fields."""
        return self.rows[slice(*self.spans[index])].view(_ROW)

    def search(self, index: int, label: int, folds: npt.NDArray[np.uint8], fold: int) -> Positions:
        """Texts of that label and fold which share salient words with a text: the `BEST` by its `QUERY` heaviest words, those
        that share most first."""
        own = self.row(index)
        terms, weights = own["term"], own["weight"]
        found, scores = [np.zeros(0, np.int32)], [np.zeros(0, np.float32)]
        for at in np.argsort(-weights, kind="stable")[:QUERY]:
            part = slice(self.listed.offsets[2 * terms[at] + label], self.listed.offsets[2 * terms[at] + label + 1])
            found.append(self.listed.values[part])
            scores.append(self.listed_weights[part] * weights[at])
        met, shares = np.concatenate(found), np.concatenate(scores)
        inside = folds[met] == fold
        met, shares = met[inside], shares[inside]
        order = np.argsort(met, kind="stable")
        met, shares = met[order], shares[order]
        begins = np.flatnonzero(np.append(True, met[1:] != met[:-1])) if len(met) else np.zeros(0, np.int64)
        total = np.add.reduceat(shares, begins) if len(begins) else shares
        best: Positions = met[begins[np.argsort(-total, kind="stable")[:BEST]]]
        return best

    def write(self, folder: Path) -> None:
        """Keep the arrays in files; the rows are there (`weighed`)."""
        for name in ("spans", "listed_weights"):
            np.save(folder / f"words.{name}.npy", getattr(self, name))
        self.listed.write(folder, "words.listed")


def open_words(folder: Path) -> Words:
    """What `write` kept, mapped."""
    arrays = {name: mapped(folder / f"words.{name}.npy") for name in ("spans", "rows", "listed_weights")}
    listed = opened(folder, "words.listed")
    return Words(**arrays, listed=listed, scratch=np.zeros(len(listed.offsets) // 2, np.float32))


def weighed(
    parts: Callable[[], Iterable[Counted]], labels: npt.NDArray[np.uint8], place: npt.NDArray[np.int64], folder: Path | None
) -> Words:
    """The rows and lists of the texts of all parts, which are asked for three times, one after another; `place[i]` is the
    position of the i-th text, `labels` are by position. With a `folder` the rows, which are the bulk, are files there from the
    beginning."""
    vocabulary = sorted({word for part in parts() for word in part.vocabulary})
    number = {word: at for at, word in enumerate(vocabulary)}
    frequency = np.zeros(len(vocabulary), np.int64)
    sizes = [np.zeros(0, np.int64)]
    for part in parts():
        frequency[_numbers(part, number)] += np.bincount(part.terms, minlength=len(part.vocabulary))
        sizes.append(np.diff(part.offsets))
    lengths = np.concatenate(sizes)
    idf = (np.log((1 + len(labels)) / (1 + frequency)) + 1).astype(np.float32)
    ends = np.cumsum(lengths)
    spans = np.empty((len(labels), 2), np.int64)
    spans[place] = np.stack([ends - lengths, ends], axis=1)
    rows = _room(folder, int(lengths.sum()))
    salient = lookup.moving(np.minimum(lengths, SALIENT), place)
    listed, listed_weights = np.empty(salient[-1], np.int32), np.empty(salient[-1], np.float32)
    text = term = 0
    for part in parts():
        mine, at = slice(term, term + len(part.terms)), place[text : text + len(part.offsets) - 1]
        rows.view(_ROW)["term"][mine] = held = _numbers(part, number)[part.terms]
        rows.view(_ROW)["weight"][mine] = row = _normed(part, idf[held])
        heaviest, many = _heaviest(row, part.offsets)
        to = np.repeat(salient[at] + many - np.cumsum(many), many) + np.arange(len(heaviest))
        listed[to] = 2 * held[heaviest] + np.repeat(labels[at], many)
        listed_weights[to] = row[heaviest]
        text, term = text + len(at), term + len(row)
    lists = bounded(*lookup.turned(Lists(salient, listed), 2 * len(vocabulary), listed_weights))
    scratch = np.zeros(len(vocabulary), np.float32)
    return Words(spans=spans, rows=rows, listed=lists[0], listed_weights=lists[1], scratch=scratch)


def _numbers(part: Counted, number: dict[str, int]) -> Positions:
    """The number of each word of a part's vocabulary."""
    return np.array([number[word] for word in part.vocabulary], np.int32)


def _room(folder: Path | None, length: int) -> npt.NDArray[np.int64]:
    """Rows to be filled: in memory, or in a file."""
    if folder is None:
        return np.empty(length, np.int64)
    return np.asarray(np.lib.format.open_memmap(folder / "words.rows.npy", "w+", np.int64, (length,)))


def _normed(part: Counted, idf: Weights) -> Weights:
    """The weights of the terms of all texts, on end; `idf` is that of each."""
    row: Weights = (1 + np.log(np.arange(1, part.counts.max(initial=0) + 1, dtype=np.float32)))[part.counts - 1] * idf
    filled = np.flatnonzero(np.diff(part.offsets))
    norms = np.sqrt(np.add.reduceat(row * row, part.offsets[filled])) if len(filled) else row
    row /= np.repeat(norms, np.diff(part.offsets)[filled])
    return row


def _heaviest(row: Weights, offsets: Offsets) -> tuple[Offsets, Offsets]:
    """Where in `row` the `SALIENT` heaviest terms of each text are, and how many each text has."""
    spans = itertools.pairwise(offsets.tolist())
    found = [
        begin + np.argpartition(row[begin:end], -SALIENT)[-SALIENT:] if end - begin > SALIENT else np.arange(begin, end)
        for begin, end in spans
    ]
    return np.concatenate([np.zeros(0, np.int64), *found]), np.minimum(np.diff(offsets), SALIENT)


def bounded(lists: Lists, weights: Weights) -> tuple[Lists, Weights]:
    """Of each list the `LONGEST` texts with most weight, in order of the texts."""
    sizes = np.diff(lists.offsets)
    keep = np.ones(len(weights), np.bool_)
    for at in np.flatnonzero(sizes > LONGEST):
        begin, end = lists.offsets[at], lists.offsets[at + 1]
        keep[begin + np.argsort(-weights[begin:end], kind="stable")[LONGEST:]] = False
    offsets = np.concatenate([[0], np.cumsum(np.minimum(sizes, LONGEST))])
    return Lists(offsets, lists.values[keep]), weights[keep]
