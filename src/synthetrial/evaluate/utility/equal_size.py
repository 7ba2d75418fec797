"""Arms of one size: n trials of which a share is synthetic, so that nobody gains by having more.

The sweep of the published study (Xu et al., ratio test): 100, 80, 60, 40, 20 and 0 % at the same total.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate import logistic
from synthetrial.evaluate.utility.arms import Group
from synthetrial.evaluate.utility.draws import Draws
from synthetrial.evaluate.utility.learn import Labels, Trained
from synthetrial.evaluate.utility.space import Space

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

SHARES: Final = (1.0, 0.8, 0.6, 0.4, 0.2)
"""Synthetic shares; 0 is the real arm."""


class Mixture(NamedTuple):
    """How often each training trial and each record is taken (rows × draws) at a share; whether records had to repeat."""

    real: Floats
    records: Floats
    repeated: bool


def mixtures(labels: Numbers, records: int, draws: Draws, size: int, rng: np.random.Generator) -> dict[float, Mixture]:
    """For each of `SHARES`, part of the holder's `size` trials (each label in its proportion) filled up with records, drawn
    without repeats where there are enough."""
    found = {}
    for share in SHARES:
        synthetic = round(share * size)
        repeated = synthetic > records
        real, taken = np.zeros_like(draws.real[size]), np.zeros((records, draws.real[size].shape[1]))
        for draw in range(taken.shape[1]):
            held = np.repeat(np.arange(len(labels)), draws.real[size][:, draw].astype(np.int64))
            for label in (0, 1):
                mine = held[labels[held] == label]
                np.add.at(real[:, draw], rng.permutation(mine)[: round((1 - share) * len(mine))], 1)
            np.add.at(taken[:, draw], rng.choice(records, synthetic, replace=repeated), 1)
        found[share] = Mixture(real, taken, repeated)
    return found


def train_shares(
    space: Space, labels: Labels, mixed: dict[float, Mixture], group: Group, names: tuple[str, ...]
) -> dict[tuple[str, float], Trained]:
    """The scores of the additions `names` of `group` at every share."""
    wanted = [each for each in group.additions if each.name in names]
    weights, answers = [], []
    for addition in wanted:
        for each in mixed.values():
            weights.append(np.vstack([each.real, each.records * addition.weights[:, None]]))
            both = np.concatenate([labels.train, addition.labels])
            answers.append(np.broadcast_to(both[:, None], weights[-1].shape))
    held, truth = np.hstack(weights), np.hstack(answers)
    used = held.any(axis=1)
    rows = np.vstack([space.train, group.rows])[used]
    fitted = logistic.fit(rows, truth[used], logistic.balanced(truth[used], held[used]))
    valid, test = fitted.margins(space.valid).T, fitted.margins(space.test).T
    keys = [(addition.name, share) for addition in wanted for share in mixed]
    width = len(test) // len(keys)
    parts = [slice(at * width, (at + 1) * width) for at in range(len(keys))]
    return {key: Trained(valid[part], test[part]) for key, part in zip(keys, parts, strict=True)}
