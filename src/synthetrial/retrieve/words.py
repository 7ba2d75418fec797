"""Texts by their words, as flat arrays: TF-IDF rows for exact cosines, and for search the lists of who has a salient word.

Weights are what scikit-learn's `TfidfVectorizer(sublinear_tf=True, stop_words="english")` gives: 1 + ln(count) times
ln((1 + n) / (1 + df)) + 1, rows of length 1. A text stands in the lists of its `SALIENT` heaviest words, and of each list only
the `LONGEST` texts in which the word weighs most are kept, so that a search costs the same in a registry of any size.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from synthetrial.retrieve.lookup import Lists, Offsets, Positions, mapped, opened
from synthetrial.similar.tokens import words_of

Weights = npt.NDArray[np.float32]

SALIENT: Final = 48
QUERY: Final = 12
"""Heaviest words of a text that are searched for."""
LONGEST: Final = 4_000
BEST: Final = 64
"""Texts that a search gives back, ranked by exact cosines."""
ALL: Final = 1_000
"""Candidates that are compared one by one rather than searched for."""


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """Rows: text `i` has the terms `terms[offsets[i]:offsets[i + 1]]`, in order, with `weights`; a list a term and label holds
    the texts it is salient in (`listed`, weights alike). `scratch` has a place for each term, 0 between calls: one thread at a
    time."""

    offsets: Offsets
    terms: Positions
    weights: Weights
    listed: Lists
    listed_weights: Weights
    scratch: Weights

    def similarity(self, index: int, others: Sequence[int] | Positions) -> Weights:
        """Cosines of a text with `others`, shape (len(others),)."""
        own = slice(self.offsets[index], self.offsets[index + 1])
        terms, weights = np.asarray(self.terms[own]), np.asarray(self.weights[own])
        if not len(others) or not len(terms):
            return np.zeros(len(others), dtype=np.float32)
        begins = self.offsets[np.asarray(others)]
        ends = self.offsets[np.asarray(others) + 1]
        spans = [slice(begin, end) for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
        flat, values = (np.concatenate([each[span] for span in spans]) for each in (self.terms, self.weights))
        self.scratch[terms] = weights
        products = self.scratch[flat] * values
        self.scratch[terms] = 0
        return np.bincount(np.repeat(np.arange(len(spans)), ends - begins), products, minlength=len(spans)).astype(np.float32)

    def search(self, index: int, label: int, folds: npt.NDArray[np.uint8], fold: int) -> Positions:
        """Texts of that label and fold which share salient words with a text: the `BEST` by its `QUERY` heaviest words, those
        that share most first."""
        own = slice(self.offsets[index], self.offsets[index + 1])
        terms, weights = np.asarray(self.terms[own]), np.asarray(self.weights[own])
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
        """Keep the arrays in files."""
        for name in ("offsets", "terms", "weights", "listed_weights"):
            np.save(folder / f"words.{name}.npy", getattr(self, name))
        self.listed.write(folder, "words.listed")


def open_words(folder: Path) -> Words:
    """What `write` kept, mapped."""
    arrays = {name: mapped(folder / f"words.{name}.npy") for name in ("offsets", "terms", "weights", "listed_weights")}
    listed = opened(folder, "words.listed")
    return Words(**arrays, listed=listed, scratch=np.zeros(len(listed.offsets) // 2, np.float32))


class Counted(msgspec.Struct, frozen=True):
    """Word counts of some texts: `vocabulary` in any order, and of each text its terms (numbers in it) and their counts."""

    vocabulary: list[str]
    offsets: Offsets
    terms: Positions
    counts: npt.NDArray[np.uint16]


def counted(texts: Iterable[str]) -> Counted:
    """The words of two letters or more of each text, English stop words aside."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    numbers: defaultdict[str, int] = defaultdict(itertools.count().__next__)
    lengths: list[int] = []
    terms: list[npt.NDArray[np.int32]] = [np.zeros(0, np.int32)]
    counts: list[npt.NDArray[np.uint16]] = [np.zeros(0, np.uint16)]
    for text in texts:
        found = Counter(words_of(text))
        for word in ENGLISH_STOP_WORDS & found.keys():
            del found[word]
        lengths.append(len(found))
        terms.append(np.array(list(map(numbers.__getitem__, found)), np.int32))
        counts.append(np.minimum(np.array(list(found.values()), np.int64), 65_535).astype(np.uint16))
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return Counted(list(numbers), offsets, np.concatenate(terms), np.concatenate(counts))


def weighed(parts: Sequence[Counted], labels: npt.NDArray[np.uint8], place: npt.NDArray[np.int64]) -> Words:
    """The rows and lists of the texts of all parts; `place[i]` is the position of the i-th, `labels` are by position."""
    vocabulary = sorted({word for part in parts for word in part.vocabulary})
    number = {word: at for at, word in enumerate(vocabulary)}
    numbers = [np.array([number[word] for word in part.vocabulary], np.int32) for part in parts]
    del number
    frequency = np.zeros(len(vocabulary), np.int64)
    for part, own in zip(parts, numbers, strict=True):
        frequency[own] += np.bincount(part.terms, minlength=len(own))
    n = len(labels)
    idf = (np.log((1 + n) / (1 + frequency)) + 1).astype(np.float32)
    offsets = np.zeros(n + 1, np.int64)
    offsets[place + 1] = np.concatenate([np.zeros(0, np.int64), *(np.diff(part.offsets) for part in parts)])
    offsets = np.cumsum(offsets)
    terms, weights = np.empty(offsets[-1], np.int32), np.empty(offsets[-1], np.float32)
    most = int(np.minimum(np.diff(offsets), SALIENT).sum())
    rows, texts, values = np.empty(most, np.int64), np.empty(most, np.int32), np.empty(most, np.float32)
    text = filled = 0
    for part, own in zip(parts, numbers, strict=True):
        for begin, end in zip(part.offsets[:-1].tolist(), part.offsets[1:].tolist(), strict=True):
            held = own[part.terms[begin:end]]
            by_term = np.argsort(held, kind="stable")
            held = held[by_term]
            row = (1 + np.log(part.counts[begin:end][by_term].astype(np.float32))) * idf[held]
            row /= np.sqrt(np.dot(row, row)) or 1
            at = place[text]
            terms[offsets[at] : offsets[at + 1]], weights[offsets[at] : offsets[at + 1]] = held, row
            heaviest = np.argpartition(row, -SALIENT)[-SALIENT:] if len(row) > SALIENT else np.arange(len(row))
            to = slice(filled, filled + len(heaviest))
            rows[to], texts[to], values[to] = held[heaviest].astype(np.int64) * 2 + labels[at], at, row[heaviest]
            text, filled = text + 1, filled + len(heaviest)
    listed, listed_weights = _listed(rows, texts, values, 2 * len(vocabulary))
    scratch = np.zeros(len(vocabulary), np.float32)
    return Words(offsets=offsets, terms=terms, weights=weights, listed=listed, listed_weights=listed_weights, scratch=scratch)


def _listed(rows: npt.NDArray[np.int64], texts: Positions, values: Weights, lists: int) -> tuple[Lists, Weights]:
    """A list for each row: of the `LONGEST` texts with most weight, in order of the texts."""
    order = np.lexsort((-values, rows))
    sizes = np.bincount(rows, minlength=lists)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    order = order[rank < LONGEST]
    order = order[np.lexsort((texts[order], rows[order]))]
    offsets = np.concatenate([[0], np.cumsum(np.minimum(sizes, LONGEST))]).astype(np.int64)
    return Lists(offsets, texts[order]), values[order]
