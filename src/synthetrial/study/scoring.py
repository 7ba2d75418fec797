"""The measuring of a set: classifiers trained on recipients' trials with the set beside them, in every teacher mode, and what
they say of each test trial.

All sets of a split are measured on the same draws of recipients and the same test trials, so that any two can be compared
trial by trial. A recipient's trials come from the part of the validation side kept for them; where that holds fewer than twice
what is asked for, from the pool. The pool and a set are taken as they are: bootstrap samples hold two thirds of them, and teach
less than they do. (What another set of the recipe would teach is told by sets of other seeds and splits.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from synthetrial.corpus import split as splits
from synthetrial.evaluate.inputs import Inputs, labels_of
from synthetrial.evaluate.utility.arms import Addition, Group
from synthetrial.evaluate.utility.draws import Draws, record_draws
from synthetrial.evaluate.utility.learn import Labels, Trained, train_group, train_more_real, train_real
from synthetrial.evaluate.utility.space import Place, Space, words
from synthetrial.evaluate.utility.utility_embedding import vectors
from synthetrial.seeds import derive
from synthetrial.study.corpora import Trials
from synthetrial.study.settings import Classifier
from synthetrial.trial import SyntheticTrial
from synthetrial.verify.teacher import Mode, weigh

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

PLACES: Final[dict[Classifier, Place]] = {"tfidf": words, "minilm": vectors}
REAL, WHOLE, AS_MANY, TEACHER = "real", "pool", "as-many-real", "teacher"
SHUFFLED: Final = "shuffled"
"""The arm of a set whose labels are shuffled in every draw: it must gain nothing."""


class Arm(msgspec.Struct, frozen=True):
    """What was trained: kind (`REAL`, a teacher mode, …), how many trials the recipient has, λ, and the log-odds of each test
    trial (draws × trials)."""

    kind: str
    n_real: int
    mixing: float
    test: npt.NDArray[np.floating[Any]]


class Folds(msgspec.Struct, frozen=True):
    """How a run's teacher is cross-fitted: number of folds, and the seed of the run."""

    number: int
    seed: int


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """How sets of a split are measured. `seed` (that of the split) gives the draws."""

    trials: Trials
    classifier: Classifier
    n_real: tuple[int, ...]
    modes: tuple[Mode, ...]
    draws: int
    seed: int
    own: bool = False
    """Whether the pool is the recipient's own (augment): draws are then bootstrap samples of it, and of the set beside it."""


def score_real(measure: Measure, as_many: int, folds: Folds) -> list[Arm]:
    """What recipients reach without a set: alone, with the whole pool, with `as_many` more real trials, and the teacher of the
    pool by itself."""
    inputs = _inputs(measure, (), folds)
    space, labels = _space(measure, inputs)
    held = recipients(measure)
    draws = _draws(measure, held, as_many)
    arms = []
    for size in (*measure.n_real, *(() if measure.own else (len(measure.trials.pool),))):
        kind = WHOLE if size == len(measure.trials.pool) and not measure.own else REAL
        arms.append(_arm(kind, 0 if kind == WHOLE else size, train_real(space, labels, draws, size)))
        if size in draws.others:
            arms.append(_arm(AS_MANY, size, train_more_real(space, labels, draws, size)))
    taught = inputs.taught
    if taught is not None:
        arms.append(Arm(TEACHER, 0, 0.0, taught.test.astype(np.float64)))
    return arms


def score_set(measure: Measure, records: Sequence[SyntheticTrial], folds: Folds) -> list[Arm]:
    """What recipients reach with a set of `records`, in every mode, and with its labels shuffled."""
    inputs = _inputs(measure, records, folds)
    space, labels = _space(measure, inputs)
    asked = inputs.synthetic_labels
    group = Group(space.synthetic, tuple(_additions(measure, inputs, asked)))
    draws = _draws(measure, recipients(measure), 0)
    rng = np.random.default_rng(derive("records", measure.seed, len(records)))
    as_it_is = np.ones((len(asked), measure.draws))
    counts = record_draws(len(asked), len(asked), measure.draws, rng) if measure.own else as_it_is
    draws = draws._replace(
        records=counts, shuffles=np.stack([rng.permutation(len(asked)) for _ in range(measure.draws)], axis=1)
    )
    arms = []
    for size in measure.n_real:
        base = train_real(space, labels, draws, size)
        found = train_group(space, labels, draws, size, group, counts, base)
        arms += [_arm(each.name, size, trained) for each, trained in zip(group.additions, found, strict=True)]
    return arms


def recipients(measure: Measure) -> dict[int, Floats]:
    """How often each trial of the pool and then of the rest is held (trials × draws), by the recipient's number of trials."""
    pool, rest = labels_of(measure.trials.pool), labels_of(measure.trials.rest)
    together = np.concatenate([pool, rest])
    found: dict[int, Floats] = {}
    for size in dict.fromkeys((*measure.n_real, len(pool))):
        held = np.zeros((len(together), measure.draws))
        found[size] = held
        whole = size == len(pool)
        if whole and not measure.own:
            held[:size] = 1
            continue
        rng = np.random.default_rng(derive("draws", measure.seed, size))
        begin, end = drawn_from(measure, size)
        for draw in range(measure.draws):
            for label in (0, 1):
                rows = begin + np.flatnonzero(together[begin:end] == label)
                number = round(size * len(rows) / (end - begin)) if size else 0
                np.add.at(held[:, draw], rng.choice(rows, min(number, len(rows)), replace=whole), 1)
    return found


def drawn_from(measure: Measure, size: int) -> tuple[int, int]:
    """The rows (pool, then rest) from which recipients of `size` trials are drawn: those of the rest, or of the pool."""
    pool, rest = len(measure.trials.pool), len(measure.trials.rest)
    return (pool, pool + rest) if size and 2 * size <= rest and not measure.own else (0, pool)


def clusters(measure: Measure) -> list[str]:
    """The main drug of each test trial: resampled together."""
    return _inputs(measure, (), None).real_clusters(measure.trials.test)


def _inputs(measure: Measure, records: Sequence[SyntheticTrial], folds: Folds | None) -> Inputs:
    trials = measure.trials
    known: Mapping[str, int] = splits.folds(trials.pool, folds.number, seed=folds.seed) if folds else {}
    return Inputs(
        run="study", synthetic=tuple(records), train=trials.pool, valid=trials.valid, test=trials.test, folds=known,
    )  # fmt: skip


def _space(measure: Measure, inputs: Inputs) -> tuple[Space, Labels]:
    """Rows of pool and rest together as training rows; what a text is made of is learnt from the pool alone."""
    trials = measure.trials
    space = PLACES[measure.classifier](inputs, [each.protocol for each in trials.rest])
    labels = Labels(labels_of((*trials.pool, *trials.rest)), labels_of(trials.valid), labels_of(trials.test))
    return space._replace(train=np.vstack([space.train, space.extra])), labels


def _draws(measure: Measure, held: dict[int, Floats], as_many: int) -> Draws:
    """Recipients' trials, and `as_many` others of the pool beside them (with repeats where it has fewer)."""
    pool = labels_of(measure.trials.pool)
    others: dict[int, Floats] = {}
    scarce = set()
    for size in measure.n_real if as_many and not measure.own else ():
        rng = np.random.default_rng(derive("others", measure.seed, size, as_many))
        other = np.zeros_like(held[size])
        for draw in range(measure.draws):
            for label in (0, 1):
                rows = np.flatnonzero((pool == label) & (held[size][: len(pool), draw] == 0))
                number = round(as_many * float((pool == label).mean()))
                if number > len(rows):
                    scarce.add(size)
                np.add.at(other[:, draw], rng.choice(rows, number, replace=number > len(rows)), 1)
        others[size] = other
    nothing = np.zeros((0, measure.draws))
    return Draws(held, nothing, nothing.astype(np.int64), others, tuple(sorted(scarce)))


def _additions(measure: Measure, inputs: Inputs, asked: Numbers) -> list[Addition]:
    """The set in every mode. Modes that weigh need the teacher, and a fold for each record."""
    p = inputs.taught.synthetic if inputs.taught else None
    additions = [Addition(SHUFFLED, asked, np.ones(len(asked)), shuffled=True)]
    for mode in measure.modes:
        if mode == "none":
            additions.append(Addition(mode, asked, np.ones(len(asked))))
        elif p is not None:
            weighed = weigh(p, asked.tolist(), mode)
            weights = weighed.weights / weighed.weights.mean()
            additions.append(Addition(mode, weighed.labels, weights, dynamic=mode == "dimp"))
    return additions


def _arm(kind: str, size: int, trained: Trained) -> Arm:
    return Arm(kind, size, trained.mixing, trained.test)
