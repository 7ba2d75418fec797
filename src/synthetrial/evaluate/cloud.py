"""Dense vectors in which training trials, held-out trials and records are placed alike.

Directions that were fitted on training trials keep all of these and part of every other text: held-out trials and records then
look alike, and less varied than training trials, whatever they are. Where vectors have to be fitted (no MiniLM), figures of
fidelity and diversity rest on directions of all texts. A language model's vectors are taken as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from synthetrial.similar import tfidf
from synthetrial.similar.embedding import DIRECTIONS, TERMS, is_fitted
from synthetrial.similar.vector_cache import Vectors

if TYPE_CHECKING:
    from synthetrial.evaluate.inputs import Inputs


class Cloud(NamedTuple):
    """Rows of unit length of every trial and record (or of zeros), numbered as `Inputs.row`, and what made them."""

    name: str
    rows: Vectors


def cloud(inputs: Inputs) -> Cloud:
    """The vectors of `inputs` where nothing is fitted for them, else TF-IDF rows cut to the widest directions of all of them.

    Terms that only records have count for nothing; of the others the most frequent are kept. Raises ValueError where no text
    holds a word.
    """
    if not is_fitted(inputs.embeddings):
        return Cloud(inputs.embedder.name, inputs.vectors)
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    counts = inputs.counted.counts
    weights = tfidf.fit_weights(counts[: inputs.synthetic_rows.start])
    kept = tfidf.lightest(weights, TERMS)
    rows = tfidf.transform(counts[:, kept], weights[kept])
    directions = max(1, min(DIRECTIONS, min(rows.shape) - 1))
    placed = normalize(TruncatedSVD(directions, n_iter=2, random_state=0).fit_transform(rows.astype(np.float32)))
    return Cloud(f"TF-IDF of words and pairs, cut to {directions} directions of all texts", placed)
