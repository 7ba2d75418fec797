"""What an arm's scores are worth on the test trials: ranking, calibration, and decisions at a threshold.

Scores are log-odds of models fitted with balanced labels. For Brier score and calibration error they are brought to the
prevalence of the validation trials (prior correction, Saerens, Latinne & Decaestecker 2002); the threshold is the one of best
F1 on validation, per draw.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.statistics import both_areas, placements, pr_auc, roc_auc
from synthetrial.evaluate.utility.learn import Labels, Trained

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

BINS: Final = 10
DECISIONS: Final = ("accuracy", "precision", "recall", "f1")


class Resamples(NamedTuple):
    """How often the test trials are drawn (`trials`: resamples × trials), and each training draw's share (`draws`: resamples ×
    draws, rows of sum 1)."""

    trials: Floats
    draws: Floats


class Measured(NamedTuple):
    """Means over draws on the whole test side (`at`), and the same under each resample of draws and trials (`resampled`).

    Names: roc_auc, pr_auc, brier, ece, accuracy, precision, recall, f1; the calibration error has no resamples. `placed` are
    the trials' mean placement values, `drawn` the ROC-AUC of each draw (one for all where draws are the same).
    """

    at: dict[str, float]
    resampled: dict[str, Floats]
    placed: Floats
    drawn: Floats


def measure(trained: Trained, labels: Labels, resamples: Resamples) -> Measured:
    """Every figure of an arm."""
    test, valid = np.round(trained.test, 9), np.round(trained.valid, 9)
    drawn = resamples.draws
    if (test == test[0]).all() and (valid == valid[0]).all():
        test, valid, drawn = test[:1], valid[:1], np.ones((len(resamples.trials), 1))
    probabilities = 1 / (1 + np.exp(-(test + _prior(labels))))
    errors = (probabilities - labels.test) ** 2
    ranked = areas(trained.test, labels.test, resamples)
    at = ranked.at | {
        "brier": float(errors.mean()),
        "ece": float(np.mean([calibration_error(each, labels.test) for each in probabilities])),
    }
    totals = resamples.trials.sum(axis=1, keepdims=True)
    resampled = ranked.resampled | {"brier": (resamples.trials @ errors.T / totals * drawn).sum(axis=1)}
    thresholds = np.array([best_threshold(each, labels.valid) for each in valid])
    decided = (test >= thresholds[:, None]).astype(np.float64)
    plain = decisions(decided, labels.test, np.ones((1, len(labels.test))))
    under = decisions(decided, labels.test, resamples.trials)
    at |= {name: float(plain[name].mean()) for name in DECISIONS}
    resampled |= {name: (under[name] * drawn).sum(axis=1) for name in DECISIONS}
    return ranked._replace(at=at, resampled=resampled)


def areas(scores: Floats, labels: Numbers, resamples: Resamples) -> Measured:
    """ROC-AUC and PR-AUC alone, of `scores` (draws × trials)."""
    scores, drawn = np.round(scores, 9), resamples.draws  # ties are ties, whatever order sums were taken in
    if (scores == scores[0]).all():
        scores, drawn = scores[:1], np.ones((len(resamples.trials), 1))
    found = both_areas(scores, labels, resamples.trials)
    each_draw = np.array([roc_auc(each, labels)[0] for each in scores])
    return Measured(
        {
            "roc_auc": float(each_draw.mean()),
            "pr_auc": float(np.mean([pr_auc(each, labels)[0] for each in scores])),
        },
        {name: (area * drawn).sum(axis=1) for name, area in zip(("roc_auc", "pr_auc"), found, strict=True)},
        np.mean([placements(each, labels) for each in scores], axis=0),
        each_draw,
    )


def best_threshold(scores: Floats, labels: Numbers) -> float:
    """The score at or above which calling trials successes gives the best F1 (the lowest of equals); 0 without a success."""
    if not (labels == 1).any():
        return 0.0
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(labels[order] == 1)
    ends = np.flatnonzero(np.diff(scores[order], append=-np.inf))
    f1 = 2 * hits[ends] / (ends + 1 + hits[-1])
    best = np.flatnonzero(f1 >= f1.max() - 1e-12)[-1]
    return float(scores[order][ends[best]])


def decisions(decided: Floats, labels: Numbers, counts: Floats) -> dict[str, Floats]:
    """Accuracy, precision, recall and F1 (resamples × draws) of `decided` (draws × trials, 0 or 1). Precision is 0 where
    nothing is called a success."""
    truth = (labels == 1).astype(np.float64)
    hits, called = counts @ (decided * truth).T, counts @ decided.T
    positive, total = (counts @ truth)[:, None], counts.sum(axis=1, keepdims=True)
    return {
        "accuracy": (total - positive - called + 2 * hits) / total,
        "precision": hits / np.maximum(called, 1),
        "recall": hits / np.maximum(positive, 1),
        "f1": 2 * hits / np.maximum(called + positive, 1),
    }


def calibration_error(probabilities: Floats, labels: Numbers, bins: int = BINS) -> float:
    """Expected calibration error with bins of equal width (Guo et al. 2017, section 2): the mean distance, weighted by trials,
    between a bin's mean probability and its share of successes."""
    place = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    said = np.bincount(place, weights=probabilities, minlength=bins)
    true = np.bincount(place, weights=(labels == 1).astype(np.float64), minlength=bins)
    return float(np.abs(said - true).sum() / len(labels))


def _prior(labels: Labels) -> float:
    """The log-odds of the validation side's prevalence, the training side's without one; one trial of each label is added."""
    known = labels.valid if len(labels.valid) else labels.train
    return float(np.log(((known == 1).sum() + 1) / ((known == 0).sum() + 1)))
