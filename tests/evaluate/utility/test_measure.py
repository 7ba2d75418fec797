"""Figures of an arm are scikit-learn's, and the threshold is that of the best F1."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from synthetrial.evaluate.statistics import bootstrap_counts
from synthetrial.evaluate.utility.learn import Labels, Trained
from synthetrial.evaluate.utility.measure import Resamples, best_threshold, calibration_error, decisions, measure

RNG = np.random.default_rng(5)
SCORED = st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 1)), min_size=2, max_size=40)


@given(SCORED)
def test_the_threshold_of_best_f1_is_found(rows: list[tuple[int, int]]) -> None:
    scores, labels = np.array([a for a, _ in rows], dtype=float), np.array([b for _, b in rows])
    if not labels.any():
        assert best_threshold(scores, labels) == 0
        return
    reached = sk.f1_score(labels, scores >= best_threshold(scores, labels))
    assert reached == pytest.approx(max(sk.f1_score(labels, scores >= each) for each in scores))


@given(SCORED)
def test_decisions_are_scikit_learns(rows: list[tuple[int, int]]) -> None:
    decided, labels = np.array([a > 0 for a, _ in rows]), np.array([b for _, b in rows])
    counts = np.arange(len(rows))[None, :] % 3 + 1.0
    drawn = np.repeat(np.arange(len(rows)), counts[0].astype(int))
    mine = decisions(decided[None, :].astype(float), labels, counts)
    assert mine["accuracy"][0, 0] == pytest.approx(sk.accuracy_score(labels[drawn], decided[drawn]))
    for name, function in (("precision", sk.precision_score), ("recall", sk.recall_score), ("f1", sk.f1_score)):
        assert mine[name][0, 0] == pytest.approx(function(labels[drawn], decided[drawn], zero_division=0))


def test_the_calibration_error_by_hand() -> None:
    p, labels = np.array([0.05, 0.05, 0.95, 0.95]), np.array([0, 0, 1, 0])
    assert calibration_error(p, labels) == pytest.approx(0.5 * 0.05 + 0.5 * 0.45)
    assert calibration_error(np.array([1.0]), np.array([1])) == 0


def test_probabilities_are_brought_to_the_prevalence_of_validation() -> None:
    labels = Labels(np.array([0, 1]), np.array([1] * 89 + [0] * 9), np.array([1] * 90 + [0] * 10))
    flat = Trained(np.zeros((2, 98)), np.zeros((2, 100)))
    found = measure(flat, labels, Resamples(np.ones((3, 100)), np.full((3, 2), 0.5)))
    assert found.at["ece"] == pytest.approx(0, abs=1e-9)
    assert found.at["brier"] == pytest.approx(0.9 * 0.1)
    assert found.at["roc_auc"] == 0.5
    assert found.at["f1"] == pytest.approx(sk.f1_score(labels.test, np.ones(100)))


def test_figures_and_their_resamples_are_scikit_learns_mean_over_draws() -> None:
    test, valid = RNG.integers(0, 2, 80), RNG.integers(0, 2, 40)
    scores = RNG.normal(size=(3, 80)) + test
    counts = bootstrap_counts(80, 5, RNG)
    shares = RNG.multinomial(3, [1 / 3] * 3, size=5) / 3
    found = measure(Trained(RNG.normal(size=(3, 40)), scores), Labels(test, valid, test), Resamples(counts, shares))
    assert found.at["roc_auc"] == pytest.approx(np.mean([sk.roc_auc_score(test, each) for each in scores]))
    assert found.at["pr_auc"] == pytest.approx(np.mean([sk.average_precision_score(test, each) for each in scores]))
    for name, function in (("roc_auc", sk.roc_auc_score), ("pr_auc", sk.average_precision_score)):
        for resample in range(5):
            theirs = [function(test, each, sample_weight=counts[resample]) for each in scores]
            assert found.resampled[name][resample] == pytest.approx(float(np.dot(theirs, shares[resample])), abs=1e-5)
    prior = np.log((valid.sum() + 1) / ((1 - valid).sum() + 1))
    p = 1 / (1 + np.exp(-(scores + prior)))
    assert found.at["brier"] == pytest.approx(np.mean([sk.brier_score_loss(test, each) for each in p]))
