"""Rows of few dense dimensions, so that thousands of models are a few matrix products.

Logistic regression with an L2 penalty does not change under rotation, and its coefficients lie in the span of the rows it was
fitted on: coordinates in an orthonormal basis of that span give the same models, exactly. Above `EXACT` rows the basis is cut
to the `CUT` largest directions of the training trials (randomised subspace iteration, Halko, Martinsson & Tropp 2011, on
their Gram matrix).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial import text
from synthetrial.evaluate.inputs import Inputs
from synthetrial.similar import tfidf
from synthetrial.similar.cosines import cosines
from synthetrial.trial import Protocol

EXACT: Final = 800
CUT: Final = 256
_MORE: Final = 20
_ROUNDS: Final = 5

Floats = npt.NDArray[np.float64]


class Space(NamedTuple):
    """Coordinates (rows × dimensions) of the sides, the records and the extra protocols; `described` says how they were
    made, `classifier` what is fitted on them."""

    train: Floats
    valid: Floats
    test: Floats
    synthetic: Floats
    extra: Floats
    described: str
    classifier: str


Place = Callable[[Inputs, Sequence[Protocol]], Space]
"""Makes the space of the sides and records of inputs, and of further protocols."""


def words(inputs: Inputs, extra: Sequence[Protocol]) -> Space:
    """TF-IDF of words and pairs of words. The vectoriser is fitted once, on the training split (its texts, not its labels);
    words that only synthetic records have are not features."""
    counted = inputs.counted
    terms = tfidf.fit_weights(counted.counts[counted.train])
    known = np.flatnonzero(terms)
    rows = _rows(counted.counts, terms, known)
    more = rows[:0]
    if extra:
        more = _rows(counted.vectoriser.transform([text.render(each) for each in extra]), terms, known)
    sides = [rows[counted.train], rows[counted.valid], rows[counted.test], rows[counted.synthetic], more]
    placed, how = _placed(sides, fitted=(0, 3, 4))
    train, valid, test, synthetic, others = placed
    return Space(
        train, valid, test, synthetic, others,
        f"TF-IDF of words and pairs, {len(known)} terms, fitted once on the training split without labels; {how}",
        "TF-IDF + logistic regression (L2, C = 1, labels balanced)",
    )  # fmt: skip


def _rows(counts: Any, terms: Floats, known: npt.NDArray[np.int64]) -> Any:
    return tfidf.transform(counts, terms)[:, known]


def _placed(sides: Sequence[Any], fitted: Sequence[int]) -> tuple[list[Floats], str]:
    """The `sides` in a basis of the rows of those that models are fitted on."""
    basis_rows = [sides[each] for each in fitted]
    if sum(each.shape[0] for each in basis_rows) > EXACT:
        axes = sides[0].T @ _directions(np.vstack([near for _, near in cosines(sides[0], sides[0])]))
        return [each @ axes for each in sides], f"cut to {axes.shape[1]} dimensions"
    gram = np.block([[(a @ b.T).toarray() for b in basis_rows] for a in basis_rows])
    values, vectors = np.linalg.eigh(gram)
    kept = values > 1e-10 * max(float(values[-1]), 1e-300)
    back = vectors[:, kept] / np.sqrt(values[kept])
    return [np.hstack([(each @ b.T).toarray() for b in basis_rows]) @ back for each in sides], "no dimension lost"


def _directions(gram: Floats) -> Floats:
    """The `CUT` first eigenvectors of `gram` over the roots of their eigenvalues (rows × `CUT`)."""
    sketch = np.random.default_rng(0).normal(size=(len(gram), min(CUT + _MORE, len(gram))))
    for _ in range(_ROUNDS):
        sketch = np.linalg.qr(gram @ sketch)[0]
    values, vectors = np.linalg.eigh(sketch.T @ gram @ sketch)
    values, vectors = values[::-1][:CUT], vectors[:, ::-1][:, :CUT]
    kept = values > 1e-10 * max(float(values[0]), 1e-300)
    directions: Floats = sketch @ vectors[:, kept] / np.sqrt(values[kept])
    return directions
