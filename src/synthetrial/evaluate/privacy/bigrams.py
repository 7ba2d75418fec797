"""A model of word pairs, and how likely it makes a text: what an attacker can learn from a synthetic set alone.

p(w | v) = ½ c(v w) / c(v) + ½ (½ c(w) / N + ½ / V): pairs, backed off to words, backed off to the vocabulary, by halves.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from synthetrial.similar.spans import words

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


class Words:
    """Texts as word numbers under one vocabulary, 0 standing before the first word of each."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {"": 0}

    def encode(self, texts: Sequence[str]) -> list[Numbers]:
        """A row of numbers for each text."""
        count = self.numbers
        return [np.array([0, *(count.setdefault(each, len(count)) for each in words(text))], dtype=np.int64) for text in texts]


class Bigrams:
    """Counts of the words and pairs of `texts`; `size` is the vocabulary of all texts that will be asked for."""

    def __init__(self, texts: Sequence[Numbers], size: int) -> None:
        self.size = size
        flat = np.concatenate([each[1:] for each in texts]) if texts else np.zeros(0, dtype=np.int64)
        before = np.concatenate([each[:-1] for each in texts]) if texts else np.zeros(0, dtype=np.int64)
        self.total = len(flat)
        self.words = np.bincount(flat, minlength=size).astype(np.float64)
        self.contexts = np.bincount(before, minlength=size).astype(np.float64)
        self.pairs, counts = np.unique(before * size + flat, return_counts=True)
        self.pair_counts = np.append(counts, 0).astype(np.float64)
        self.pairs = np.append(self.pairs, -1)  # so that a search past the end finds no pair

    def log_likelihood(self, text: Numbers, *, without: bool = False) -> float:
        """Mean ln p of the words of `text`; `without` takes the text's own counts out first. 0 for a text without words."""
        before, after = text[:-1], text[1:]
        if not len(after):
            return 0.0
        codes = before * self.size + after
        places = np.searchsorted(self.pairs[:-1], codes)
        pair = np.where(self.pairs[places] == codes, self.pair_counts[places], 0.0)
        word, context, total = self.words[after], self.contexts[before], float(self.total)
        if without:
            pair = pair - _times(codes)
            word = word - _times(after)
            context = context - _times(before)
            total -= len(after)
        share = np.where(context > 0, pair / np.where(context > 0, context, 1.0), 0.0)
        backed = 0.5 * word / max(total, 1.0) + 0.5 / self.size
        return float(np.log(0.5 * share + 0.5 * backed).mean())


def _times(values: Numbers) -> Floats:
    """How often each of `values` occurs among them."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return counts[places].astype(np.float64)
