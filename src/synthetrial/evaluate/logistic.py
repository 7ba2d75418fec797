"""Many weighted logistic regressions on the same rows at once.

Intervals over training draws, mixing weights and arms need hundreds of fits that differ only in the weights and labels of
their rows. Here each is a column, and a step of all of them is two matrix products. The objective is scikit-learn's
`LogisticRegression` with an L2 penalty, `C` = `c`, and an intercept that is not penalised:

    ½ |w|² + c Σ_i weight_i · ln(1 + exp(-y_i (x_i·w + b))),  y_i = ±1

minimised by Nesterov's accelerated gradient with adaptive restart (O'Donoghue & Candès, 2015), preconditioned by the bound of
the Hessian (Böhning & Lindsay, 1988).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Reals = npt.NDArray[np.floating[Any]]

C: Final = 1.0
TOLERANCE: Final = 1e-5
"""Where the descent ends: the steepest slope; in single precision per unit of a model's total weight."""
STEPS: Final = 3000
_SINGLE: Final = 1000
"""With more rows than this, single precision: half the time, and far below what the draws differ by."""
_ROWS_PER_FEATURE: Final = 2
_POWERS: Final = 8
_TOGETHER: Final = 64
"""Models in one product: few enough that a step stays in the cache, and that quick ones do not wait for slow ones."""


class Fitted(NamedTuple):
    """Coefficients (features × models) and intercepts (models)."""

    coefficients: Floats
    intercepts: Floats

    def margins(self, x: Floats) -> Floats:
        """The log-odds of each row of `x` under each model: rows × models."""
        scores: Floats = x @ self.coefficients + self.intercepts
        return scores


def fit(x: Floats, labels: npt.NDArray[np.int64], weights: Floats, c: float = C) -> Fitted:
    """Fit a model per column of `weights` (rows × models, ≥ 0).

    `x` is rows × features; `labels` (0 or 1) is one per row, or rows × models. A model whose weights are all 0 keeps
    coefficients of 0.
    """
    labels = labels[:, None] if labels.ndim == 1 else labels
    centre = x.mean(axis=0)  # the intercept takes up the shift; columns of one sign slow the descent down
    design = np.hstack([x - centre, np.ones((len(x), 1))])
    if len(x) > _SINGLE:
        design, weights = design.astype(np.float32), weights.astype(np.float32)
    found = np.zeros((design.shape[1], weights.shape[1]))
    for start in range(0, weights.shape[1], _TOGETHER):
        part = slice(start, start + _TOGETHER)
        found[:, part] = _descended(design, labels[:, part] if labels.shape[1] > 1 else labels, weights[:, part], c)
    return Fitted(found[:-1], found[-1] - centre @ found[:-1])


def _descended(design: Reals, labels: npt.NDArray[np.int64], weights: Reals, c: float) -> Reals:
    """Coefficients of a model per column, the intercept's last."""
    enough = TOLERANCE * np.maximum(1.0, c * weights.sum(axis=0)) if design.dtype == np.float32 else TOLERANCE
    labels = labels.astype(design.dtype)
    penalty = np.ones((design.shape[1], 1), dtype=design.dtype)
    penalty[-1] = 0.0
    direction = _preconditioner(design, weights, penalty, c)
    step = 1 / _largest_eigenvalues(design, weights, penalty, c, direction)
    now = np.zeros((design.shape[1], weights.shape[1]), dtype=design.dtype)
    ahead, momentum = now, np.ones(weights.shape[1], dtype=design.dtype)
    for _ in range(STEPS):
        slope = penalty * ahead + c * (design.T @ (weights * (_sigmoid(design @ ahead) - labels)))
        if (np.abs(slope) < enough).all():
            break
        following = ahead - step * direction(slope)
        moved = following - now
        restart = (slope * moved).sum(axis=0) > 0
        momentum = np.where(restart, 1.0, momentum)
        grown = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = following + np.where(restart, 0.0, (momentum - 1) / grown) * moved
        now, momentum = following, grown
    return ahead


def _preconditioner(design: Reals, weights: Reals, penalty: Reals, c: float) -> Callable[[Reals], Reals]:
    """What solves for the Hessian's bound, diag(penalty) + c/4 · designᵀ·diag(weights)·design: with many rows for the bound
    under the models' mean weights, else, where a product with a square matrix would cost more than it saves, for each model's
    diagonal."""
    if len(design) < _ROWS_PER_FEATURE * design.shape[1]:
        scale = penalty + 0.25 * c * ((design**2).T @ weights)
        scale = np.where(scale > 0, scale, 1.0)
        return lambda slope: slope / scale
    bound = 0.25 * c * (design.T @ (weights.mean(axis=1, keepdims=True) * design)).astype(np.float64)
    bound[np.diag_indices(len(bound))] += np.maximum(penalty[:, 0], 1e-6)
    inverse = np.linalg.inv(bound).astype(design.dtype)
    return lambda slope: inverse @ slope


def balanced(labels: npt.NDArray[np.int64], weights: Floats) -> Floats:
    """`weights` (rows × models) scaled so that both labels weigh the same in each model and the total stays as it was.

    `labels` is one per row, or rows × models. A model with one label only keeps its weights.
    """
    labels = labels[:, None] if labels.ndim == 1 else labels
    positive, negative = (weights * (labels == 1)).sum(axis=0), (weights * (labels == 0)).sum(axis=0)
    both = (positive > 0) & (negative > 0)
    total = positive + negative
    up = np.where(both, total / np.where(both, 2 * positive, 1), 1.0)
    down = np.where(both, total / np.where(both, 2 * negative, 1), 1.0)
    scaled: Floats = weights * np.where(labels == 1, up, down)
    return scaled


def cross_validated(x: Floats, labels: npt.NDArray[np.int64], folds: npt.NDArray[np.int64], c: float = C) -> Floats:
    """Log-odds of each row by the model that its fold did not train: rows × repeats. `folds` is rows × repeats.

    Classes weigh the same in every model. Columns of `x` are put on a common scale first.
    """
    scaled = standardised(x)
    result = np.zeros(folds.shape)
    columns = [(repeat, fold) for repeat in range(folds.shape[1]) for fold in np.unique(folds[:, repeat])]
    weights = np.stack([(folds[:, repeat] != fold).astype(np.float64) for repeat, fold in columns], axis=1)
    margins = fit(scaled, labels, balanced(labels, weights), c).margins(scaled)
    for number, (repeat, fold) in enumerate(columns):
        held = folds[:, repeat] == fold
        result[held, repeat] = margins[held, number]
    return result


def standardised(x: Floats) -> Floats:
    """Columns of mean 0 and standard deviation 1; constant columns become 0."""
    spread = x.std(axis=0)
    scaled: Floats = (x - x.mean(axis=0)) / np.where(spread > 1e-12, spread, 1.0)
    return scaled


def _sigmoid(margins: Reals) -> Reals:
    result: Reals = 0.5 * (1 + np.tanh(0.5 * margins))
    return result


def _largest_eigenvalues(design: Reals, weights: Reals, penalty: Reals, c: float, direction: Callable[[Reals], Reals]) -> Reals:
    """Upper estimates, per model, of the largest eigenvalue of the preconditioned bound of the Hessian (power iteration)."""
    vectors = np.ones((design.shape[1], weights.shape[1]), dtype=design.dtype)
    for _ in range(_POWERS):
        vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=0), 1e-30)
        vectors = direction(penalty * vectors + 0.25 * c * (design.T @ (weights * (design @ vectors))))
    found: Reals = 1.3 * np.maximum(np.linalg.norm(vectors, axis=0), 1e-9)
    return found
