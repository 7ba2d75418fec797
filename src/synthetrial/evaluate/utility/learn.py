"""Train arms over all draws and mixing weights, choose λ on validation, score the validation and test trials."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate import logistic
from synthetrial.evaluate.statistics import roc_auc
from synthetrial.evaluate.utility.arms import Addition, Group
from synthetrial.evaluate.utility.draws import Draws
from synthetrial.evaluate.utility.space import Space

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

LAMBDAS: Final = (0.0, 0.1, 0.25, 0.5, 1.0)
"""Weights of a record beside a real trial; 0 = not used."""
DYNAMIC: Final = 3
"""How often the weights of a dynamic addition are divided by the model's own probabilities, and the model fitted again. (Kuo et
al. divide in every batch of a gradient descent; a convex model is fitted whole.)"""


class Labels(NamedTuple):
    """The labels of the three sides."""

    train: Numbers
    valid: Numbers
    test: Numbers


class Trained(NamedTuple):
    """Log-odds of the validation and test trials (draws × trials), λ as chosen, and the mean validation ROC-AUC per λ."""

    valid: Floats
    test: Floats
    mixing: float = 0.0
    curve: Mapping[str, float] = MappingProxyType({})


def train_real(space: Space, labels: Labels, draws: Draws, size: int) -> Trained:
    """Real trials alone; the prior (one score for all) where `size` is 0."""
    if not size:
        number = draws.records.shape[1]
        return Trained(np.zeros((number, len(labels.valid))), np.zeros((number, len(labels.test))))
    trained = _scored(space, _fitted(space.train, labels.train, logistic.balanced(labels.train, draws.real[size])))
    return trained._replace(curve={"0.0": _mean_auc(trained.valid[: choosing(draws)], labels.valid)})


def train_more_real(space: Space, labels: Labels, draws: Draws, size: int, taught: Numbers | None = None) -> Trained:
    """Real trials and as many others of the pool as there are records, each at full weight; these with the labels `taught`
    (one per training trial) in the place of their own, where given."""
    held = draws.real[size] + draws.others[size]
    answers = labels.train if taught is None else np.where(draws.others[size] > 0, taught[:, None], labels.train[:, None])
    return _scored(space, _fitted(space.train, answers, logistic.balanced(answers, held)))._replace(mixing=1.0)


def train_group(
    space: Space, labels: Labels, draws: Draws, size: int, group: Group, counts: Floats, base: Trained
) -> list[Trained]:
    """Real trials and each addition of `group`, its rows taken `counts` (rows × draws) times.

    λ is the one of `LAMBDAS` whose mean validation ROC-AUC over the first half of the draws is best (the smaller of equals);
    λ = 0 is `base`. Without real trials (`size` 0) there is nothing to mix and λ is 1, as it is where validation cannot tell
    (one label only). Labels weigh the same within real trials and within added ones.
    """
    number = counts.shape[1]
    half = choosing(draws)
    real = logistic.balanced(labels.train, draws.real[size])
    added = [_added(each, draws, counts) for each in group.additions]

    rows = np.vstack([space.train, group.rows])

    def trained(wanted: list[tuple[int, float, slice]]) -> Trained:
        """A column for each addition, λ and draw of `wanted`, in that order."""
        held = np.hstack([real[:, of] for _, _, of in wanted])
        mixed = np.hstack([mixing * added[at][1][:, of] for at, mixing, of in wanted])
        answers = np.hstack([added[at][0][:, of] for at, _, of in wanted])
        both = np.vstack([np.broadcast_to(labels.train[:, None], (len(labels.train), answers.shape[1])), answers])
        fitted = _fitted(rows, both, np.vstack([held, mixed]))
        divided = np.concatenate([np.full(of.stop - of.start, group.additions[at].dynamic) for at, _, of in wanted])
        for _ in range(DYNAMIC if divided.any() else 0):
            of, sign = np.flatnonzero(divided), np.where(answers == 1, 1.0, -1.0)
            likely = 1 / (1 + np.exp(-sign[:, of] * (group.rows @ fitted.coefficients[:, of] + fitted.intercepts[of])))
            again = _rescaled(mixed[:, of], answers[:, of], likely)
            better = _fitted(rows, both[:, of], np.vstack([held[:, of], again]))
            fitted.coefficients[:, of], fitted.intercepts[of] = better.coefficients, better.intercepts
        return _scored(space, fitted)

    if not size:
        whole = trained([(at, 1.0, slice(0, number)) for at in range(len(added))])
        return [
            Trained(whole.valid[part], whole.test[part], 1.0, {"1.0": _mean_auc(whole.valid[part], labels.valid)})
            for part in _parts(len(added), number)
        ]
    mixings = [each for each in LAMBDAS if each > 0]
    tried = trained([(at, each, slice(0, half)) for at in range(len(added)) for each in mixings])
    parts = _parts(len(added) * len(mixings), half)
    curves = [
        dict(base.curve)
        | {str(each): _mean_auc(tried.valid[parts[at * len(mixings) + on]], labels.valid) for on, each in enumerate(mixings)}
        for at in range(len(added))
    ]
    chosen = [_best(each) for each in curves]
    rest = [(at, mixing, slice(half, number)) for at, mixing in enumerate(chosen) if mixing and half < number]
    more = trained(rest) if rest else None
    result, done = [], 0
    for at, mixing in enumerate(chosen):
        if not mixing:
            result.append(Trained(base.valid, base.test, 0.0, curves[at]))
            continue
        valid, test = (
            [tried.valid[parts[at * len(mixings) + mixings.index(mixing)]]],
            [tried.test[parts[at * len(mixings) + mixings.index(mixing)]]],
        )
        if more is not None:
            part = slice(done * (number - half), (done + 1) * (number - half))
            valid, test, done = [*valid, more.valid[part]], [*test, more.test[part]], done + 1
        result.append(Trained(np.vstack(valid), np.vstack(test), mixing, curves[at]))
    return result


def choosing(draws: Draws) -> int:
    """How many draws λ is chosen on: half of them, rounded up."""
    return -(-int(draws.records.shape[1]) // 2)


def _added(addition: Addition, draws: Draws, counts: Floats) -> tuple[Numbers, Floats]:
    """Labels and balanced weights of the rows in every draw."""
    labels = np.repeat(addition.labels[:, None], counts.shape[1], axis=1)
    if addition.shuffled:
        labels = np.take_along_axis(labels, draws.shuffles, axis=0)
    return labels, logistic.balanced(labels, counts * addition.weights[:, None])


def _rescaled(weights: Floats, answers: Numbers, likely: Floats) -> Floats:
    """`weights` (rows × models) over the probabilities of their labels, those of each label with the same sum as before."""
    divided = weights / likely
    for label in (0, 1):
        of = answers == label
        before, after = (weights * of).sum(axis=0), (divided * of).sum(axis=0)
        divided = np.where(of, divided * before / np.where(after > 0, after, 1), divided)
    return divided


def _fitted(rows: Floats, answers: Numbers, weights: Floats) -> logistic.Fitted:
    used = weights.any(axis=1)  # trials that no draw holds have no say
    return logistic.fit(rows[used], answers[used], weights[used])


def _scored(space: Space, fitted: logistic.Fitted) -> Trained:
    return Trained(fitted.margins(space.valid).T, fitted.margins(space.test).T)


def _parts(number: int, width: int) -> list[slice]:
    return [slice(at * width, (at + 1) * width) for at in range(number)]


def _best(curve: Mapping[str, float]) -> float:
    known = {key: value for key, value in curve.items() if np.isfinite(value)}
    return float(min(known, key=lambda each: (-round(known[each], 9), float(each)))) if known else 1.0


def _mean_auc(scores: Floats, labels: Numbers) -> float:
    return float(np.mean([roc_auc(np.round(each, 9), labels)[0] for each in scores])) if len(labels) else float("nan")
