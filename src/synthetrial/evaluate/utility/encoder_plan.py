"""What is to be fine-tuned: the training set of every arm, size and seed, as token ids with labels and weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate import logistic
from synthetrial.evaluate.utility.arms import AS_MANY_REAL, DISTILLED, REAL, SYNTHETIC, Addition, Group, arm_name
from synthetrial.evaluate.utility.draws import Draws
from synthetrial.evaluate.utility.equal_size import Mixture
from synthetrial.evaluate.utility.finetune import Examples, Tokens

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


class Plan(NamedTuple):
    """The training sets of an arm at a size, one per seed. `mixed` where validation may send the added rows away; `share` the
    synthetic share at equal size, None for additive arms; `number` how many records."""

    arm: str
    n_real: int
    sets: tuple[Examples, ...]
    number: int = 0
    mixed: bool = False
    share: float | None = None
    repeated: bool = False


class Wanted(NamedTuple):
    """The arms that are asked for, the labels of the training trials, and the teacher's labels of them if there are any."""

    arms: tuple[str, ...]
    labels: Numbers
    taught: Numbers | None


def plans(size: int, tokens: Tokens, groups: Sequence[Group], draws: Draws, wanted: Wanted) -> Iterator[Plan]:
    """The additive arms of one size, real trials first. `groups` hold row numbers of `tokens`; the training trials are the
    first rows. At size 0 there are no real trials."""
    pool, labels = np.arange(len(wanted.labels)), wanted.labels
    real = logistic.balanced(labels, draws.real[size])
    seeds = range(real.shape[1])
    if size:
        yield Plan(REAL, size, tuple(chosen(tokens, pool, labels, real[:, d]) for d in seeds))
    for group in groups:
        rows = np.concatenate([pool, group.rows[:, 0].astype(np.int64)])
        for addition in group.additions:
            if group.foreign or addition.name not in wanted.arms:
                continue
            sets = []
            for d in seeds:
                answers, weights = _added(addition, draws, d)
                answers, weights = np.concatenate([labels, answers]), np.concatenate([real[:, d], weights])
                sets.append(chosen(tokens, rows, answers, weights))
            yield Plan(arm_name(addition.name, size), size, tuple(sets), len(draws.records), bool(size))
    if size not in draws.others:
        return
    for name, own in ((AS_MANY_REAL, labels), (f"{AS_MANY_REAL}{DISTILLED}", wanted.taught)):
        if own is not None and name in wanted.arms:
            told = np.where(draws.others[size] > 0, own[:, None], labels[:, None])
            held = logistic.balanced(told, draws.real[size] + draws.others[size])
            sets = [chosen(tokens, pool, told[:, d], held[:, d]) for d in seeds]
            yield Plan(name, size, tuple(sets), len(draws.records))


def equal_plans(size: int, tokens: Tokens, group: Group, labels: Numbers, mixed: Mapping[float, Mixture]) -> Iterator[Plan]:
    """The synthetic records at every share of one size."""
    addition = next(each for each in group.additions if each.name == SYNTHETIC)
    rows = np.concatenate([np.arange(len(labels)), group.rows[:, 0].astype(np.int64)])
    answers = np.concatenate([labels, addition.labels])
    for share, mixture in mixed.items():
        weights = logistic.balanced(answers, np.vstack([mixture.real, mixture.records]))
        sets = tuple(chosen(tokens, rows, answers, weights[:, d]) for d in range(weights.shape[1]))
        yield Plan(SYNTHETIC, size, sets, round(share * size), False, share, mixture.repeated)


def chosen(tokens: Tokens, rows: Numbers, answers: Numbers, weights: Floats) -> Examples:
    """The rows that weigh anything."""
    used = np.flatnonzero(weights > 0)
    return Examples([tokens[int(row)] for row in rows[used]], answers[used], weights[used])


def _added(addition: Addition, draws: Draws, draw: int) -> tuple[Numbers, Floats]:
    answers = addition.labels[draws.shuffles[:, draw]] if addition.shuffled else addition.labels
    weights = draws.records[:, draw] * addition.weights
    return answers, logistic.balanced(answers, weights[:, None])[:, 0]
