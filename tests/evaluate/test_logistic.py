"""The batched models are scikit-learn's, one by one."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from synthetrial.evaluate import logistic


@pytest.mark.parametrize(("rows", "columns", "c"), [(30, 4, 1.0), (40, 60, 1.0), (200, 10, 10.0)])
def test_each_column_is_scikit_learns_model(rows: int, columns: int, c: float) -> None:
    rng = np.random.default_rng(rows)
    x = rng.normal(0.3, 1, size=(rows, columns))
    labels = (x[:, 0] + rng.normal(size=rows) > 0).astype(np.int64)
    weights = rng.integers(0, 4, size=(rows, 5)).astype(np.float64)
    fitted = logistic.fit(x, labels, weights, c)
    for each in range(5):
        model = LogisticRegression(C=c, tol=1e-9, max_iter=5000).fit(x, labels, sample_weight=weights[:, each])
        np.testing.assert_allclose(fitted.margins(x)[:, each], model.decision_function(x), atol=1e-3)


def test_labels_may_differ_by_column() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20, 3))
    labels = (x[:, :1] > 0).astype(np.int64)
    both = logistic.fit(x, np.hstack([labels, 1 - labels]), np.ones((20, 2)))
    np.testing.assert_allclose(both.coefficients[:, 0], -both.coefficients[:, 1], atol=1e-6)


def test_no_weight_learns_nothing() -> None:
    fitted = logistic.fit(np.eye(3), np.array([0, 1, 1]), np.zeros((3, 1)))
    assert (fitted.coefficients == 0).all()


def test_balanced_weights_are_scikit_learns_and_keep_the_total() -> None:
    labels = np.array([0, 0, 0, 1])
    weights = np.ones((4, 1))
    np.testing.assert_allclose(logistic.balanced(labels, weights)[:, 0], [4 / 6, 4 / 6, 4 / 6, 2])
    np.testing.assert_allclose(logistic.balanced(np.array([1, 1]), np.ones((2, 1))), np.ones((2, 1)))


def test_cross_validation_judges_no_row_by_a_model_that_saw_it() -> None:
    """With a column per row, a model knows nothing of a row it has not seen."""
    labels = np.array([0, 1] * 5)
    folds = np.arange(10)[:, None] // 2
    scores = logistic.cross_validated(np.eye(10), labels, folds)
    assert abs(scores).max() < 0.5
    assert abs(logistic.fit(np.eye(10) * 3, labels, np.ones((10, 1))).margins(np.eye(10) * 3)).min() > 0.5
