"""Word counts once, TF-IDF of any subset of rows from them.

Fitting a vectoriser again for every fold or training draw costs more than every model fitted on it. Texts are counted once;
`fit_weights` then gives the inverse document frequencies of some of the rows, with a weight of 0 for terms that these rows
lack, which is exactly what a vectoriser fitted on those rows alone would see.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from synthetrial.similar.tokens import Tokens

Floats = npt.NDArray[np.float64]

MIN_DF: Final = 2


class Counter:
    """Words and pairs of words of the texts it was made with: columns in the order of their names.

    What scikit-learn's `CountVectorizer(ngram_range=(1, 2))` gives, in half its time: pairs are numbers, not strings. Counters
    that see the same texts may share `tokens`.
    """

    def __init__(self, texts: Sequence[str], tokens: Tokens | None = None) -> None:
        self._tokens = tokens or Tokens()
        flat, lengths = self._tokens.learn(texts)
        words = self._tokens.words()
        used = np.flatnonzero(np.bincount(flat, minlength=len(words)))
        self._words = sorted(words[each] for each in used)
        place = {word: number for number, word in enumerate(self._words)}
        self._rank = np.full(len(words) + 1, -1, dtype=np.int64)  # by the token's number; the last is for unknown words
        self._rank[used] = [place[words[each]] for each in used]
        codes, rows = self._coded(self._rank[flat], lengths)
        self._codes, columns = _distinct(codes)
        del codes  # a number for each word and pair of all texts: what a large corpus needs most memory for
        self.counts = self._table(rows, columns, len(texts))

    def transform(self, texts: Sequence[str]) -> Any:
        """Counts of the known words and pairs in `texts`: sparse, len(texts) × terms."""
        flat, lengths = self._tokens.known(texts)
        codes, rows = self._coded(self._rank[np.where(flat < len(self._rank), flat, -1)], lengths)
        distinct, places = _distinct(codes)
        columns = np.minimum(np.searchsorted(self._codes, distinct), len(self._codes) - 1)
        known = self._codes[columns] == distinct
        there = known[places]
        return self._table(rows[there], columns[places[there]], len(texts))

    def of(self, text: str) -> tuple[npt.NDArray[np.int64], Floats]:
        """The columns of the known words and pairs in one text, in order, and how often each is there; without the tables that
        `transform` makes, which take ten times as long for a single text."""
        flat, lengths = self._tokens.known([text])
        codes, _ = self._coded(self._rank[np.where(flat < len(self._rank), flat, -1)], lengths)
        distinct, counts = np.unique(codes, return_counts=True)
        columns = np.minimum(np.searchsorted(self._codes, distinct), len(self._codes) - 1)
        known = self._codes[columns] == distinct
        return columns[known], counts[known].astype(np.float64)

    def get_feature_names_out(self) -> npt.NDArray[np.object_]:
        """The term of each column."""
        first, second = np.divmod(self._codes, len(self._words) + 1)
        words = np.array([*self._words, ""], dtype=object)
        names: npt.NDArray[np.object_] = words[first] + np.where(second > 0, " ", "") + words[second - 1]
        return names

    def _coded(self, flat: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]) -> tuple[Any, Any]:
        """A number for each word and each pair in texts on end (-1: a word that is not known), and the text it is in.

        first × (words + 1) + (0, or 1 + second): in the order of the names, as a blank comes before every letter.
        """
        size = len(self._words) + 1
        rows = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        pairs = flat[:-1] * size + 1 + flat[1:]
        inside = (rows[:-1] == rows[1:]) & (flat[:-1] >= 0) & (flat[1:] >= 0)
        there = flat >= 0
        return np.concatenate([flat[there] * size, pairs[inside]]), np.concatenate([rows[there], rows[:-1][inside]])

    def _table(self, rows: Any, columns: Any, texts: int) -> Any:
        from scipy.sparse import coo_matrix

        return coo_matrix((np.ones(len(rows), dtype=np.float64), (rows, columns)), shape=(texts, len(self._codes))).tocsr()


def counter(texts: Sequence[str], tokens: Tokens | None = None) -> tuple[Counter, Any]:
    """The counter over words and pairs of words of `texts`, and their counts (sparse, len(texts) × terms). Counters that see
    the same texts may share `tokens`.

    Raises ValueError where no text holds a word.
    """
    made = Counter(texts, tokens)
    if not made.counts.shape[1]:
        raise ValueError("no text holds a word of two letters or more")
    return made, made.counts


def _distinct(codes: npt.NDArray[np.int64]) -> tuple[Any, Any]:
    """The distinct `codes` in order, and the place of each among them: as `np.unique` does, but sorting one number for both."""
    bits = len(codes).bit_length()
    if not len(codes) or int(codes.max()).bit_length() + bits > 63:
        return np.unique(codes, return_inverse=True)
    packed = codes << bits
    packed |= np.arange(len(codes))
    packed.sort()
    ranked = packed >> bits
    first = np.append(True, ranked[1:] != ranked[:-1])
    values = ranked[first]
    del ranked
    packed &= (1 << bits) - 1
    places = np.empty(len(codes), dtype=np.int32)
    places[packed] = np.cumsum(first, dtype=np.int32) - 1
    return values, places


def fit_weights(counts: Any, min_df: int = MIN_DF) -> Floats:
    """Smoothed inverse document frequencies of the terms of `counts`: ln((1 + n) / (1 + df)) + 1, and 0 where df < `min_df`.

    Where no term reaches `min_df` (a handful of texts), terms of a single text count too.
    """
    frequency = np.bincount(counts.indices[counts.data > 0], minlength=counts.shape[1])
    if not (frequency >= min_df).any():
        min_df = 1
    weights: Floats = np.log((1 + counts.shape[0]) / (1 + frequency)) + 1
    weights[frequency < min_df] = 0.0
    return weights


def lightest(weights: Floats, most: int) -> npt.NDArray[np.int64]:
    """The columns of the `most` terms that the most texts have, in order: those of least weight, without those of none."""
    known = np.flatnonzero(weights)
    kept: npt.NDArray[np.int64] = np.sort(known[np.argsort(weights[known], kind="stable")[:most]])
    return kept


def transform(counts: Any, weights: Floats) -> Any:
    """Rows of unit length: (1 + ln count) × weight, sparse, terms of weight 0 dropped. A row without a known term stays 0."""
    from sklearn.preprocessing import normalize

    rows = counts.tocsr(copy=True)
    rows.data = (1 + np.log(rows.data)) * weights[rows.indices]
    rows.eliminate_zeros()
    return normalize(rows, copy=False)
