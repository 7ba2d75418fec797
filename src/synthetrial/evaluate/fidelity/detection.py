"""detection-auc: can a classifier tell the synthetic records from real trials by their words?"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.fidelity.separation import Sides, separate, sides
from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.metric import MetricResult, metric
from synthetrial.similar import tfidf

NAME: Final[str] = "detection-auc"
_SHOWN: Final = 10
Floats = npt.NDArray[np.float64]


class Giveaways(NamedTuple):
    """The terms that speak most for synthetic and for real, and the shares of records and of real trials that hold each."""

    synthetic: list[str]
    real: list[str]
    shares: dict[str, list[float]]


@metric(
    NAME,
    "ROC-AUC of telling synthetic records from real trials by TF-IDF and logistic regression; 0.5 = not to be told apart.",
    low=0, high=1, direction="lower", cost="seconds",
)  # fmt: skip
def detection_auc(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Cross-validated against the training trials, a record and its exemplars always in one fold.

    Reference: as many held-out real trials in the place of the synthetic ones. Intervals resample records, by drug.
    """
    against = sides(inputs, rng)
    value = separate(lambda both, fold: _scores(inputs, both, fold), against, inputs.effort, rng)
    reference = against.reference and separate(
        lambda both, fold: _scores(inputs, both, fold), against.reference, inputs.effort, rng
    )
    found = _giveaways(inputs, against)
    return MetricResult(
        value=value.auc,
        ci_low=value.interval.low,
        ci_high=value.interval.high,
        n=value.n,
        reference=reference.auc if reference else None,
        details={
            "synthetic_terms": found.synthetic,
            "real_terms": found.real,
            "term_shares": found.shares,
            "folds": against.grouped,
            "reference": reference.says() if reference else "no held-out trial",
            "reference_ci": list(reference.interval) if reference else None,
            **small(value.n),
        },
    )


def _scores(inputs: Inputs, both: Sides, fold: int) -> Floats:
    """Log-odds of the rows of `fold`, by a model of the others."""
    from sklearn.linear_model import LogisticRegression

    counts = _rows(inputs, both)
    held = both.folds == fold
    terms = tfidf.fit_weights(counts[~held])
    known = np.flatnonzero(terms)  # coefficients of terms without weight would cost as much and stay 0
    rows = tfidf.transform(counts, terms)[:, known]
    model = LogisticRegression(class_weight="balanced", max_iter=1000).fit(rows[~held], both.labels[~held])
    margins: Floats = model.decision_function(rows[held])
    return margins


def _giveaways(inputs: Inputs, both: Sides) -> Giveaways:
    """What a model of all rows goes by."""
    from sklearn.linear_model import LogisticRegression

    counts = _rows(inputs, both)
    terms = tfidf.fit_weights(counts)
    known = np.flatnonzero(terms)
    rows = tfidf.transform(counts, terms)[:, known]
    model = LogisticRegression(class_weight="balanced", max_iter=1000).fit(rows, both.labels)
    order = np.argsort(model.coef_[0], kind="stable")
    names = inputs.counted.vectoriser.get_feature_names_out()[known]
    most, least = order[::-1][:_SHOWN], order[:_SHOWN]
    present = counts[:, known[[*most, *least]]] > 0
    shares = np.column_stack([np.asarray(present[both.labels == label].mean(axis=0)).ravel() for label in (1, 0)])
    by_term = {str(names[term]): row for term, row in zip((*most, *least), shares.tolist(), strict=True)}
    return Giveaways([str(names[each]) for each in most], [str(names[each]) for each in least], by_term)


def _rows(inputs: Inputs, both: Sides) -> Any:
    row = inputs.row
    return inputs.counted.counts[np.array([row[each] for each in both.ids])]
