"""The critic: how much does a text look like a real trial, and how much like a draft?

Logistic regression on TF-IDF of words and pairs of words, and one on the lengths of the sections, fitted on the training trials
and on drafts of a run. Choosing by p(real | text) / p(written | text) draws records towards the real distribution
(discriminator rejection sampling, Azadi et al., ICLR 2019). What such a choice overdoes is seen in what it chose: the critic is
corrected by models fitted on that, as in boosting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from synthetrial.similar import lengths, tfidf
from synthetrial.verify.threads import one_thread

STEPS: Final = (0.5, 0.3)
"""How much of a correction is made, of words and of lengths. All of it overshoots: what was too short is then too long."""

Floats = npt.NDArray[np.float64]
Rows = Callable[[Sequence[str]], Any]


class _Sight(NamedTuple):
    """A way to look at texts: their rows of features, those of the real ones, and the model of them."""

    rows: Rows
    real: Any
    coefficients: Floats
    intercept: float


class Critic(msgspec.Struct, frozen=True):
    """Log-odds of being real, summed over words and lengths. Made by `Critic.fit`."""

    sights: tuple[_Sight, ...]

    @classmethod
    def fit(cls, real: Sequence[str], drafts: Sequence[str]) -> Critic:
        """Fitted on renderings of real trials and of drafts, balanced."""
        return cls((_words(real, drafts), _lengths(real, drafts)))

    def corrected(self, chosen: Sequence[str]) -> Critic:
        """The critic that has seen what it `chose` as well."""
        return Critic(
            tuple(
                each._replace(coefficients=each.coefficients + step * more, intercept=each.intercept + step * shift)
                for each, step in zip(self.sights, STEPS, strict=True)
                for more, shift in [_fitted(each.real, each.rows(chosen))]
            )
        )

    def margins(self, texts: Sequence[str]) -> Floats:
        """The log-odds of being real of each of `texts`."""
        found = np.zeros(len(texts))
        for each in self.sights:
            found += each.rows(texts) @ each.coefficients + each.intercept
        return found


def _words(real: Sequence[str], drafts: Sequence[str]) -> _Sight:
    """TF-IDF of the words of all of them."""
    vectoriser, counts = tfidf.counter([*real, *drafts])
    terms = tfidf.fit_weights(counts)
    known, made = (tfidf.transform(own, terms) for own in (counts[: len(real)], counts[len(real) :]))
    return _Sight(lambda asked: tfidf.transform(vectoriser.transform(asked), terms), known, *_fitted(known, made))


def _lengths(real: Sequence[str], drafts: Sequence[str]) -> _Sight:
    """Words of each section, in standard deviations of the real ones."""
    known = lengths.section_words(real)
    logs = np.log1p(known)
    mean, spread = logs.mean(axis=0), np.maximum(logs.std(axis=0), 1e-9)

    def rows(asked: Sequence[str]) -> Floats:
        return lengths.features(lengths.section_words(asked), mean, spread)

    real_rows = lengths.features(known, mean, spread)
    return _Sight(rows, real_rows, *_fitted(real_rows, rows(drafts)))


def _fitted(real: Any, made: Any) -> tuple[Floats, float]:
    """Coefficients and intercept of a balanced logistic regression of `real` rows (1) against `made` ones (0)."""
    from scipy.sparse import issparse, vstack
    from sklearn.linear_model import LogisticRegression

    both = vstack([real, made]).tocsr() if issparse(real) else np.vstack([real, made])
    model = LogisticRegression(class_weight="balanced", max_iter=1000)
    with one_thread():
        model.fit(both, np.repeat([1, 0], [real.shape[0], made.shape[0]]))
    return model.coef_[0].astype(np.float64), float(model.intercept_[0])
