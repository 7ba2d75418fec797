"""Train an arm over all draws and mixing weights, choose λ on validation, score the test trials."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate import logistic
from synthetrial.evaluate.statistics import pr_auc, roc_auc
from synthetrial.evaluate.utility.arms import Addition
from synthetrial.evaluate.utility.draws import Draws
from synthetrial.evaluate.utility.space import Space

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

LAMBDAS: Final = (0.0, 0.1, 0.25, 0.5, 1.0)
"""Weights of a record beside a real trial; 0 = not used."""


class Labels(NamedTuple):
    """The labels of the three sides."""

    train: Numbers
    valid: Numbers
    test: Numbers


class Trained(NamedTuple):
    """Scores of the test trials (draws × trials), λ as chosen, and the mean validation ROC-AUC per λ."""

    test: Floats
    mixing: float
    curve: dict[str, float]


def train_real(space: Space, labels: Labels, draws: Draws, size: int) -> Trained:
    """Real trials alone; the prior (one score for all) where `size` is 0."""
    if not size:
        return Trained(np.zeros((draws.records.shape[1], len(labels.test))), 0.0, {})
    fitted = logistic.fit(space.train, labels.train, logistic.balanced(labels.train, draws.real[size]))
    return Trained(_scores(fitted, space.test), 0.0, {"0.0": _mean_auc(_scores(fitted, space.valid), labels.valid)})


def train_more_real(space: Space, labels: Labels, draws: Draws, size: int) -> Trained:
    """Real trials and as many others of the pool as there are records, each at full weight."""
    held = draws.real[size] + draws.others[size]
    fitted = logistic.fit(space.train, labels.train, logistic.balanced(labels.train, held))
    return Trained(_scores(fitted, space.test), 1.0, {})


def train_added(space: Space, labels: Labels, draws: Draws, size: int, addition: Addition, base: Trained) -> Trained:
    """Real trials and `addition`, with the λ of `LAMBDAS` whose mean validation ROC-AUC over draws is best (the smaller of
    equals); λ = 0 is `base`. Without real trials (`size` 0) there is nothing to mix and λ is 1, as it is where validation
    cannot tell (one label only).

    Labels weigh the same within real trials and within added ones.
    """
    number = draws.records.shape[1]
    mixings = [each for each in LAMBDAS if each > 0] if size else [1.0]
    added_labels = np.repeat(addition.labels[:, None], number, axis=1)
    if addition.shuffled:
        added_labels = np.take_along_axis(added_labels, draws.shuffles, axis=0)
    real = logistic.balanced(labels.train, draws.real[size])
    added = logistic.balanced(added_labels, draws.records * addition.weights[:, None])
    rows = np.vstack([space.train, addition.rows])
    answers = np.vstack([np.repeat(labels.train[:, None], number, axis=1), added_labels])
    weights = np.hstack([np.vstack([real, each * added]) for each in mixings])
    used = weights.any(axis=1)  # the prior's real rows have no say
    fitted = logistic.fit(rows[used], np.tile(answers, (1, len(mixings)))[used], weights[used])
    valid, test = _scores(fitted, space.valid), _scores(fitted, space.test)
    parts = {each: slice(at * number, (at + 1) * number) for at, each in enumerate(mixings)}
    curve = dict(base.curve) | {str(each): _mean_auc(valid[part], labels.valid) for each, part in parts.items()}
    known = {key: value for key, value in curve.items() if np.isfinite(value)}
    mixing = float(min(known, key=lambda each: (-round(known[each], 9), float(each)))) if known and size else 1.0
    return Trained(test[parts[mixing]] if mixing else base.test, mixing, curve)


class Measured(NamedTuple):
    """ROC-AUC and PR-AUC: means over draws on the whole test side, and under each resample of draws and test trials."""

    roc: float
    pr: float
    roc_resampled: Floats
    pr_resampled: Floats


def measure(trained: Trained, labels: Labels, test_counts: Floats, draw_shares: Floats) -> Measured:
    """Areas under both curves. `test_counts` is resamples × trials, `draw_shares` resamples × draws, rows of sum 1."""
    scores = np.round(trained.test, 9)  # ties are ties, whatever order sums were taken in
    if (scores == scores[0]).all():
        scores = scores[:1]
        draw_shares = np.ones((len(test_counts), 1))
    roc = np.stack([roc_auc(each, labels.test, test_counts) for each in scores], axis=1)
    pr = np.stack([pr_auc(each, labels.test, test_counts) for each in scores], axis=1)
    return Measured(
        roc=float(np.mean([roc_auc(each, labels.test)[0] for each in scores])),
        pr=float(np.mean([pr_auc(each, labels.test)[0] for each in scores])),
        roc_resampled=(roc * draw_shares).sum(axis=1),
        pr_resampled=(pr * draw_shares).sum(axis=1),
    )


def _scores(fitted: logistic.Fitted, rows: Floats) -> Floats:
    return fitted.margins(rows).T


def _mean_auc(scores: Floats, labels: Numbers) -> float:
    return float(np.mean([roc_auc(np.round(each, 9), labels)[0] for each in scores]))
