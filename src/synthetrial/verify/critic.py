"""The critic: how much does a text look like a real trial, and how much like a draft?

TF-IDF of words and pairs of words and logistic regression, fitted on the training trials and on drafts of a run. Choosing by
p(real | text) / p(written | text) draws records towards the real distribution (discriminator rejection sampling, Azadi et al.,
ICLR 2019); a second model, fitted on what the first chose, sees what it left (as in boosting).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial.similar import tfidf
from synthetrial.verify.threads import one_thread

Floats = npt.NDArray[np.float64]


class _Model(NamedTuple):
    vectoriser: tfidf.Counter
    terms: Floats
    coefficients: Floats
    intercept: float


class Critic:
    """Log-odds of being real, summed over its models. Made by `Critic.fit`."""

    def __init__(self, models: Sequence[_Model]) -> None:
        self._models = tuple(models)

    @classmethod
    def fit(cls, real: Sequence[str], drafts: Sequence[str]) -> Critic:
        """Fitted on renderings of real trials and of drafts, balanced."""
        from sklearn.linear_model import LogisticRegression

        vectoriser, counts = tfidf.counter([*real, *drafts])
        terms = tfidf.fit_weights(counts)
        model = LogisticRegression(class_weight="balanced", max_iter=1000)
        with one_thread():
            model.fit(tfidf.transform(counts, terms), np.repeat([1, 0], [len(real), len(drafts)]))
        return cls([_Model(vectoriser, terms, model.coef_[0].astype(np.float64), float(model.intercept_[0]))])

    def also(self, other: Critic) -> Critic:
        """The critic that has the models of both."""
        return Critic([*self._models, *other._models])

    def margins(self, texts: Sequence[str]) -> Floats:
        """The log-odds of being real of each of `texts`."""
        found = np.zeros(len(texts))
        for each in self._models:
            rows = tfidf.transform(each.vectoriser.transform(texts), each.terms)
            found += rows @ each.coefficients + each.intercept
        return found
