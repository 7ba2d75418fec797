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

Floats = npt.NDArray[np.float64]

NGRAMS: Final = (1, 2)
MIN_DF: Final = 2


def counter(texts: Sequence[str]) -> tuple[Any, Any]:
    """A fitted `CountVectorizer` over words and pairs of words, and the counts of `texts` (sparse, len(texts) × terms).

    Raises ValueError where no text holds a word.
    """
    from sklearn.feature_extraction.text import CountVectorizer

    vectoriser = CountVectorizer(ngram_range=NGRAMS, dtype=np.float64)
    counts = vectoriser.fit_transform(texts)
    return vectoriser, counts


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


def transform(counts: Any, weights: Floats) -> Any:
    """Rows of unit length: (1 + ln count) × weight, sparse, terms of weight 0 dropped. A row without a known term stays 0."""
    from sklearn.preprocessing import normalize

    rows = counts.tocsr(copy=True)
    rows.data = (1 + np.log(rows.data)) * weights[rows.indices]
    rows.eliminate_zeros()
    return normalize(rows, copy=False)
