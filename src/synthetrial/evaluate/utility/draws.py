"""Training draws: which real trials a holder has, and which records came out, as counts that models take as weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

GRID: Final = (50, 100, 200, 400)


class Draws(NamedTuple):
    """`draws` columns each. `real[n]`: how often each training trial is held (trials × draws). `records`: how often each record
    is taken. `shuffles`: a permutation of the records' labels. `others[n]`: how often each training trial outside the holder's
    n is taken where as many real trials stand in for the records; `scarce` names the n where these had to repeat."""

    real: dict[int, Floats]
    records: Floats
    shuffles: Numbers
    others: dict[int, Floats]
    scarce: tuple[int, ...]


def grid(trials: int, scenario: str) -> tuple[int, ...]:
    """Sizes of the holder's own data: those of `GRID` up to half of the pool, and the whole pool.

    In the "augment" scenario the set was made from the holder's own trials, so only the whole pool is right.
    """
    smaller = () if scenario == "augment" else tuple(each for each in GRID if 2 * each <= trials)
    return (*smaller, trials)


def make_draws(labels: Numbers, asked: Numbers, sizes: Sequence[int], draws: int, rng: np.random.Generator) -> Draws:
    """Draws from training trials with `labels` and records whose labels are `asked`.

    A holder of n trials has a subsample without replacement, in the pool's proportion of labels; the holder of the whole pool
    has a bootstrap sample of it, so that intervals know the pool is a sample too. Records are bootstrapped in every draw, and
    whatever stands in for record i is taken as often as record i. Nothing is held at size 0.
    """
    real, others, scarce = {}, {}, set()
    records = record_draws(len(asked), len(asked), draws, rng)
    shuffles = np.stack([rng.permutation(len(asked)) for _ in range(draws)], axis=1)
    for size in (0, *sizes):
        held = np.zeros((len(labels), draws))
        for draw in range(draws):
            for label, number in _per_label(labels, size):
                rows = np.flatnonzero(labels == label)
                chosen = rng.choice(rows, number, replace=size == len(labels))
                np.add.at(held[:, draw], chosen, 1)
        real[size] = held
        if size == len(labels):
            continue
        other = np.zeros((len(labels), draws))
        for draw in range(draws):
            for label in np.unique(asked):
                taken = records[asked == label, draw]
                rows = np.flatnonzero((labels == label) & (held[:, draw] == 0))
                if not len(rows):
                    continue
                if len(rows) < len(taken):
                    scarce.add(size)
                chosen = rng.choice(rows, len(taken), replace=len(rows) < len(taken))
                np.add.at(other[:, draw], chosen, taken)
        others[size] = other
    return Draws(real, records, shuffles, others, tuple(sorted(scarce)))


def record_draws(records: int, taken: int, draws: int, rng: np.random.Generator) -> Floats:
    """How often each of `records` records is taken (records × draws) where `taken` are drawn with replacement."""
    return rng.multinomial(taken, np.full(records, 1 / records), size=draws).T.astype(np.float64)


def _per_label(labels: Numbers, size: int) -> list[tuple[int, int]]:
    positive = int((labels == 1).sum())
    successes = round(size * positive / len(labels))
    if size >= 2:
        successes = min(max(successes, 1), size - 1)
    return [(0, size - successes), (1, successes)]
