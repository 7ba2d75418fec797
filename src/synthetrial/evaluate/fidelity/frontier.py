"""frontier: how far apart are the two clouds of vectors, counting both what is invented and what is missing?"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.level import against_training, centred, compared, says
from synthetrial.evaluate.metric import MetricResult, metric
from synthetrial.evaluate.statistics import cluster_counts
from synthetrial.similar.vector_cache import Vectors

NAME: Final[str] = "frontier"
_SCALE: Final = 5.0
_MIXTURES: Final = 25
_CELLS: Final = 100
_PER_CELL: Final = 5
_DIRECTIONS: Final = 50

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


@metric(
    NAME,
    "Area under the divergence frontier of synthetic and real records in quantised embeddings (MAUVE); 1 = one distribution.",
    low=0, high=1, direction="higher", cost="seconds, and those of the embeddings",
)  # fmt: skip
def frontier(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Both sides are quantised together by k-means in the 50 widest directions, a cell for every five records of a side, 100 at
    most (Pillutla et al. 2021, section 3, with c = 5).

    Reference: as many held-out trials against training trials. Intervals resample both sides in the same cells, by drug.
    """
    level = against_training(inputs)
    seed = int(rng.integers(2**31))
    one, other = level.synthetic[0], level.real[0]
    first = _cells(inputs, one, other, seed)
    value = compared(level, lambda mine, theirs: _area_of(*_histograms(_cells(inputs, mine, theirs, seed))))
    drawn = [cluster_counts([inputs.clusters[each] for each in rows], inputs.effort.resamples, rng) for rows in (one, other)]
    shares = [counts @ np.eye(first.max() + 1)[cells] for counts, cells in zip(drawn, np.split(first, 2), strict=True)]
    resampled = area(_normed(shares[0]), _normed(shares[1]))
    interval = centred(value.value, resampled, high=1.0)
    made, real = _histograms(first)
    return MetricResult(
        value=value.value,
        ci_low=interval.low,
        ci_high=interval.high,
        n=level.size,
        reference=value.reference,
        details={
            "embedder": inputs.cloud.name,
            "cells": int(first.max()) + 1,
            "cells_without_synthetic": float(real[0, made[0] == 0].sum()),
            "cells_without_real": float(made[0, real[0] == 0].sum()),
            "reference": says(level),
            **small(level.size),
        },
    )


def area(one: Floats, other: Floats) -> Floats:
    """The area under {(exp(-c KL(Q‖R)), exp(-c KL(P‖R))) : R = λP + (1-λ)Q} of histograms P and Q, row by row."""
    mixing = np.arange(1, _MIXTURES) / _MIXTURES
    curve = []
    for each in mixing:
        mixed = each * one + (1 - each) * other
        curve.append((np.exp(-_SCALE * _divergence(other, mixed)), np.exp(-_SCALE * _divergence(one, mixed))))
    nothing, all_of_it = np.zeros(len(one)), np.ones(len(one))
    # λ rises: R nears P, so that the distance from Q grows and the first coordinate falls
    x = np.stack([all_of_it, *(each for each, _ in curve), nothing])
    y = np.stack([nothing, *(each for _, each in curve), all_of_it])
    under: Floats = -((x[1:] - x[:-1]) * (y[1:] + y[:-1]) / 2).sum(axis=0)
    return under


def _divergence(one: Floats, other: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(one > 0, one * np.log(one / np.where(other > 0, other, 1.0)), 0.0)
    total: Floats = terms.sum(axis=1)
    return total


def _area_of(one: Floats, other: Floats) -> float:
    return float(area(one, other)[0])


def _cells(inputs: Inputs, one: Numbers, other: Numbers, seed: int) -> Numbers:
    """The cell of each row of `one`, then of `other`."""
    from sklearn.cluster import KMeans

    rows = widest(inputs.cloud.rows[np.concatenate([one, other])])
    cells = max(2, min(_CELLS, len(one) // _PER_CELL))
    placed: Numbers = KMeans(cells, n_init=1, max_iter=50, random_state=seed).fit_predict(rows).astype(np.int64)
    return placed


def widest(vectors: Vectors) -> Floats:
    """`vectors` in their own widest directions (principal components), 50 at most."""
    centred_rows = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    axes = np.linalg.eigh(centred_rows.T @ centred_rows)[1][:, ::-1][:, :_DIRECTIONS]
    placed: Floats = centred_rows @ axes
    return placed


def _histograms(cells: Numbers) -> tuple[Floats, Floats]:
    one, other = (np.bincount(each, minlength=int(cells.max()) + 1)[None].astype(np.float64) for each in np.split(cells, 2))
    return _normed(one), _normed(other)


def _normed(totals: Floats) -> Floats:
    shares: Floats = totals / np.maximum(totals.sum(axis=1, keepdims=True), 1e-300)
    return shares
