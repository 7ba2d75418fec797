"""Embedders give rows of unit length in which trials that mean alike lie near, and say what they read."""

from __future__ import annotations

import numpy as np
import pytest

from synthetrial.similar.embedding import LexicalEmbedder, embedded, open_embedder
from synthetrial.similar.minilm import MiniLMEmbedder, missing
from synthetrial.trial import Protocol

TRIALS = (
    Protocol(brief_title="Metformin for type 2 diabetes", conditions=("Type 2 Diabetes",)),
    Protocol(brief_title="Insulin glargine in diabetes mellitus", conditions=("Diabetes",)),
    Protocol(brief_title="Knee surgery and exercise", conditions=("Osteoarthritis, Knee",)),
)


def test_the_lexical_embedder_gives_unit_rows_and_zeros_for_unknown_words() -> None:
    embedder = open_embedder(TRIALS, "lexical")
    assert isinstance(embedder, LexicalEmbedder)
    rows = embedded(embedder, [*TRIALS, Protocol(brief_title="zzz")])
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1)[:3] == pytest.approx(1, abs=1e-5)
    assert embedder.embed(["zzz"]).tolist() == [[0.0] * rows.shape[1]]
    assert embedder.embed([]).shape == (0, rows.shape[1])
    assert "TF-IDF" in embedder.name


def test_the_best_installed_embedder_is_taken() -> None:
    assert isinstance(open_embedder(TRIALS), LexicalEmbedder if missing() else MiniLMEmbedder)
