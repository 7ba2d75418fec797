"""Vectors of texts, near for texts that mean alike: one home for retrieval, metrics and classifiers.

TF-IDF of words and pairs cut to few directions needs nothing that is not installed. Whoever prints a figure that rests on
vectors prints the embedder's name beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

DIRECTIONS: Final = 256
TERMS: Final = 20_000
"""The most frequent terms are kept: the decomposition's time grows with them, and rare pairs change no neighbour."""


class Embedder(Protocol):
    """Turns texts into rows of unit length (a text without a known word gives a row of zeros); `name` says how."""

    name: str

    def embed(self, texts: Sequence[str]) -> Vectors:
        """len(texts) × dimensions."""
        ...


class LexicalEmbedder:
    """TF-IDF of words and pairs, cut to at most `DIRECTIONS` directions by a singular value decomposition of `fitted`."""

    def __init__(self, fitted: Sequence[str]) -> None:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._vectoriser = TfidfVectorizer(
            ngram_range=(1, 2), min_df=2 if len(fitted) > 20 else 1, max_features=TERMS, sublinear_tf=True
        )
        rows = self._vectoriser.fit_transform(fitted)
        directions = max(1, min(DIRECTIONS, min(rows.shape) - 1))
        self._cut: Any = TruncatedSVD(directions, n_iter=2, random_state=0).fit(rows)
        self.name = f"TF-IDF of words and pairs, cut to {directions} directions"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """len(texts) × directions, rows of unit length."""
        from sklearn.preprocessing import normalize

        if not texts:
            return np.zeros((0, self._cut.n_components), dtype=np.float32)
        placed: Vectors = normalize(self._cut.transform(self._vectoriser.transform(texts))).astype(np.float32)
        return placed


def open_embedder(fitted: Sequence[str]) -> Embedder:
    """The best embedder that is installed; the lexical one is fitted on `fitted` (real training texts, never test texts)."""
    return LexicalEmbedder(fitted)
