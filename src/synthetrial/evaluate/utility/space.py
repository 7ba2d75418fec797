"""TF-IDF rows in few dense dimensions, so that hundreds of models are a few matrix products.

The vectoriser is fitted once, on the training split (its texts, not its labels); words that only synthetic records have are
not features. Logistic regression with an L2 penalty does not change under rotation, and its coefficients lie in the span of
the rows it was fitted on: coordinates in an orthonormal basis of that span give the same models, exactly. Above `EXACT` rows
the basis is cut to the `CUT` largest directions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.inputs import Inputs
from synthetrial.verify import tfidf

EXACT: Final = 2000
CUT: Final = 512

Floats = npt.NDArray[np.float64]


class Space(NamedTuple):
    """Coordinates (rows × dimensions) of the sides, the records and the extra texts; `described` says how they were made."""

    train: Floats
    valid: Floats
    test: Floats
    synthetic: Floats
    extra: Floats
    described: str


def space(inputs: Inputs, extra: Sequence[str]) -> Space:
    """The coordinates of every trial and record of `inputs` and of the `extra` texts."""
    counted = inputs.counted
    terms = tfidf.fit_weights(counted.counts[counted.train])
    rows = tfidf.transform(counted.counts, terms)
    more = tfidf.transform(counted.vectoriser.transform(extra), terms) if len(extra) else rows[:0]
    sides = [rows[counted.train], rows[counted.valid], rows[counted.test], rows[counted.synthetic], more]
    placed, how = _placed(sides, fitted=(0, 3, 4))
    words = int(np.count_nonzero(terms))
    described = f"TF-IDF of words and pairs, {words} terms, fitted once on the training split without labels; {how}"
    train, valid, test, synthetic, others = placed
    return Space(train, valid, test, synthetic, others, described)


def _placed(sides: Sequence[Any], fitted: Sequence[int]) -> tuple[list[Floats], str]:
    """The `sides` in a basis of the rows of those that models are fitted on."""
    basis_rows = [sides[each] for each in fitted]
    total = sum(each.shape[0] for each in basis_rows)
    if total > EXACT:
        from sklearn.decomposition import TruncatedSVD

        reduced = TruncatedSVD(CUT, random_state=0).fit(sides[0])
        return [reduced.transform(each) if each.shape[0] else np.zeros((0, CUT)) for each in sides], f"cut to {CUT} dimensions"
    gram = np.block([[(a @ b.T).toarray() for b in basis_rows] for a in basis_rows])
    values, vectors = np.linalg.eigh(gram)
    kept = values > 1e-10 * max(float(values[-1]), 1e-300)
    back = vectors[:, kept] / np.sqrt(values[kept])
    placed = [np.hstack([(each @ b.T).toarray() for b in basis_rows]) @ back for each in sides]
    return placed, "no dimension lost"
