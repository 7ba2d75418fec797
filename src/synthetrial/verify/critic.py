"""The critic: which of several drafts looks most like a real trial, and most like one of the label that was asked for?

TF-IDF of words and pairs of words and logistic regression, fitted once on the training trials and on the first drafts of a run.
Choosing by p(real | text) / p(written | text) draws records towards the real distribution (discriminator rejection sampling,
Azadi et al., ICLR 2019); the teacher's odds of the label are a second factor.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from synthetrial.similar import tfidf
from synthetrial.verify.threads import one_thread

Floats = npt.NDArray[np.float64]


class Critic:
    """Log-odds of being real. Made by `Critic.fit`."""

    def __init__(self, vectoriser: Any, terms: Floats, coefficients: Floats, intercept: float) -> None:
        self._vectoriser, self._terms, self._coefficients, self._intercept = vectoriser, terms, coefficients, intercept

    @classmethod
    def fit(cls, real: Sequence[str], drafts: Sequence[str]) -> Critic:
        """Fitted on renderings of real trials and of drafts, balanced."""
        from sklearn.linear_model import LogisticRegression

        vectoriser, counts = tfidf.counter([*real, *drafts])
        terms = tfidf.fit_weights(counts)
        model = LogisticRegression(class_weight="balanced", max_iter=1000)
        with one_thread():
            model.fit(tfidf.transform(counts, terms), np.repeat([1, 0], [len(real), len(drafts)]))
        return cls(vectoriser, terms, model.coef_[0].astype(np.float64), float(model.intercept_[0]))

    def margins(self, texts: Sequence[str]) -> Floats:
        """The log-odds of being real of each of `texts`."""
        rows = tfidf.transform(self._vectoriser.transform(texts), self._terms)
        found: Floats = rows @ self._coefficients + self._intercept
        return found
