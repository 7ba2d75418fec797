"""Vectors of protocols, near for trials that mean alike: one home for retrieval, metrics and classifiers.

MiniLM (`similar.minilm`) where the extra `embed` is installed; else TF-IDF of words and pairs cut to few directions, which
needs nothing more. Whoever prints a figure that rests on vectors prints the embedder's name beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal
from typing import Protocol as Interface

import numpy as np

from synthetrial import text
from synthetrial.similar import tfidf
from synthetrial.similar.tokens import Tokens
from synthetrial.similar.vector_cache import Vectors
from synthetrial.trial import Protocol

Kind = Literal["auto", "lexical", "minilm"]

DIRECTIONS: Final = 256
TERMS: Final = 20_000
"""The most frequent terms are kept: the decomposition's time grows with them, and rare pairs change no neighbour."""


class Embedder(Interface):
    """Turns texts into rows of unit length (a text without a known word gives a row of zeros); `name` says how."""

    name: str

    def read(self, protocol: Protocol) -> str:
        """The text of `protocol` that this embedder looks at."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """len(texts) × dimensions."""
        ...


class LexicalEmbedder:
    """TF-IDF of words and pairs, cut to at most `DIRECTIONS` directions by a singular value decomposition of `fitted`."""

    def __init__(self, fitted: Sequence[str], tokens: Tokens | None = None) -> None:
        from sklearn.decomposition import TruncatedSVD

        self._counter, counts = tfidf.counter(fitted, tokens)
        weights = tfidf.fit_weights(counts, min_df=2 if len(fitted) > 20 else 1)
        self._kept = tfidf.lightest(weights, TERMS)
        self._weights = weights[self._kept]
        rows = tfidf.transform(counts[:, self._kept], self._weights)
        directions = max(1, min(DIRECTIONS, min(rows.shape) - 1))
        self._cut: Any = TruncatedSVD(directions, n_iter=2, random_state=0).fit(rows.astype(np.float32))
        self.name = f"TF-IDF of words and pairs, cut to {directions} directions"

    def read(self, protocol: Protocol) -> str:
        """The whole rendering."""
        return text.render(protocol)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """len(texts) × directions, rows of unit length."""
        from sklearn.preprocessing import normalize

        if not texts:
            return np.zeros((0, self._cut.n_components), dtype=np.float32)
        rows = tfidf.transform(self._counter.transform(texts)[:, self._kept], self._weights)
        placed: Vectors = normalize(self._cut.transform(rows)).astype(np.float32)
        return placed


def open_embedder(fitted: Iterable[Protocol], kind: Kind = "auto", tokens: Tokens | None = None) -> Embedder:
    """The embedder of that kind; "auto" is MiniLM where it is installed, else the lexical one.

    The lexical one is fitted on `fitted` (real training trials, never test trials). Raises `MissingExtraError` where "minilm"
    is asked for and not installed, ValueError where no text of `fitted` holds a word. `tokens` may be shared with others that
    split the same texts.
    """
    if is_fitted(kind):
        return LexicalEmbedder([text.render(each) for each in fitted], tokens)
    from synthetrial.similar.minilm import MiniLMEmbedder

    return MiniLMEmbedder()


def is_fitted(kind: Kind) -> bool:
    """Whether the embedder of that kind has to be fitted on texts (the lexical one), or knows its directions already."""
    from synthetrial.similar.minilm import missing

    return kind == "lexical" or (kind == "auto" and bool(missing()))


def embedded(embedder: Embedder, protocols: Iterable[Protocol]) -> Vectors:
    """The vectors of `protocols` by what `embedder` reads of them: protocols × dimensions."""
    return embedder.embed([embedder.read(each) for each in protocols])
