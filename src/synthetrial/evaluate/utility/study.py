"""The utility study of one classifier: every arm at every size, equal sizes, gaps, and the paired comparisons.

Two scenarios, never in one row: in *share* the set was made from a pool of which the holder has n trials (or none), in
*augment* from the holder's own. The holder of the whole pool is the augment scenario.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import MappingProxyType
from typing import Final, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.inputs import Inputs, labels_of
from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.evaluate.statistics import cluster_counts
from synthetrial.evaluate.utility.arms import (
    AS_MANY_REAL,
    DISTILLED,
    PRIOR,
    REAL,
    SYNTHETIC,
    TEACHER,
    WEIGHTED,
    arm_name,
    arms,
)
from synthetrial.evaluate.utility.draws import Draws, grid, make_draws, record_draws
from synthetrial.evaluate.utility.equal_size import mixtures, train_shares
from synthetrial.evaluate.utility.learn import LAMBDAS, Labels, Trained, choosing, train_group, train_more_real, train_real
from synthetrial.evaluate.utility.measure import Measured, Resamples, measure
from synthetrial.evaluate.utility.parts import Kept, measured_on, parts
from synthetrial.evaluate.utility.space import Place, Space

_LEAST: Final = 10
_THREADS: Final = 4

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Result = TypeVar("Result")


class Row(NamedTuple):
    """An arm at a size, its λ and validation curve, and its figures. `share`: the synthetic share at equal size, else None.
    `without`: the figures of real trials alone and of the synthetic arms on each part of the test side (see `parts`)."""

    arm: str
    n_real: int
    n_added: int
    mixing: float
    curve: dict[str, float]
    measured: Measured
    share: float | None = None
    repeated: bool = False
    without: Mapping[str, Measured] = MappingProxyType({})


class Study(NamedTuple):
    """What a study found: rows by size with the base (real or prior) first, equal-size rows, and what it was made of:
    `mixings` are the λ that validation chose from, on `chosen_on` draws; `left` are the parts of the test side."""

    rows: tuple[Row, ...]
    equal: tuple[Row, ...]
    sizes: tuple[int, ...]
    labels: Labels
    clusters: int
    draws: Draws
    space: Space
    missing: dict[str, str]
    mixings: tuple[float, ...]
    chosen_on: int
    left: Mapping[str, Kept]

    def base(self, size: int) -> Measured:
        """Real trials alone at `size`, the prior at 0."""
        return next(each.measured for each in self.rows if each.n_real == size and each.arm in (REAL, PRIOR))

    def find(self, arm: str, size: int) -> Row | None:
        """The row of `arm` at `size`, if it is there."""
        return next((each for each in self.rows if (each.arm, each.n_real) == (arm, size)), None)


def study(inputs: Inputs, place: Place, rng: np.random.Generator, distinct: int | None = None) -> Study:
    """Train and measure every arm. Raises `UnmeasurableError` where a side lacks a label. `distinct` bounds how many texts are
    made for a control (see `arms`).

    Random numbers are drawn first; what follows is arithmetic, done on several threads with the same result.
    """
    inputs = with_labels(inputs)
    labels = Labels(labels_of(inputs.train), labels_of(inputs.valid), labels_of(inputs.test))
    sizes = grid(len(inputs.train), inputs.scenario)
    teacher = inputs.taught
    built = arms(inputs, place, rng, distinct)
    number = inputs.effort.draws
    draws = make_draws(labels.train, inputs.synthetic_labels, sizes, number, rng)
    counts = [record_draws(len(g.rows), len(draws.records), number, rng) if g.foreign else draws.records for g in built.groups]
    clusters = inputs.real_clusters(inputs.test)
    resamples = Resamples(
        cluster_counts(clusters, inputs.effort.resamples, rng),
        rng.multinomial(number, np.full(number, 1 / number), size=inputs.effort.resamples) / number,
    )
    left = parts(inputs.test)
    mixed = {size: mixtures(labels.train, len(draws.records), draws, size, rng) for size in sizes}
    missing = dict(built.missing) if teacher else {**built.missing, TEACHER: "the run's teacher folds are not known"}
    known = {addition.name for group in built.groups for addition in group.additions}
    swept = tuple(each for each in (SYNTHETIC, f"{SYNTHETIC}{WEIGHTED}") if each in known)

    bases = dict(
        zip((0, *sizes), _together([partial(train_real, built.space, labels, draws, n) for n in (0, *sizes)]), strict=True)
    )

    def measured(trained: Trained) -> Measured:
        return measure(trained, labels, resamples)

    def without(arm: str, trained: Trained) -> Mapping[str, Measured]:
        return measured_on(left, arm, trained, labels, resamples)

    def real(size: int) -> list[Row]:
        """What is the same whatever the records: real trials and their stand-ins, and the teacher."""
        trained = bases[size]
        base = REAL if size else PRIOR
        rows = [Row(base, size, 0, 0.0, dict(trained.curve), measured(trained), without=without(base, trained))]
        added = len(draws.records)
        if size in draws.others:
            kinds: list[tuple[str, Numbers | None]] = [(AS_MANY_REAL, None)]
            if teacher:
                kinds.append((f"{AS_MANY_REAL}{DISTILLED}", teacher.labels))
            for name, answers in kinds:
                more = train_more_real(built.space, labels, draws, size, answers)
                rows.append(Row(name, size, added, more.mixing, {}, measured(more)))
        if teacher:
            rows.append(Row(TEACHER, size, 0, 0.0, {}, measured(Trained(teacher.valid, teacher.test))))
        return rows

    def added(size: int, at: int) -> list[Row]:
        """The arms of a group."""
        group = built.groups[at]
        trained = train_group(built.space, labels, draws, size, group, counts[at], bases[size])
        return [
            Row(name, size, len(draws.records), each.mixing, dict(each.curve), measured(each), without=without(name, each))
            for addition, each in zip(group.additions, trained, strict=True)
            for name in (arm_name(addition.name, size),)
        ]

    def equal(size: int) -> list[Row]:
        """The synthetic group at every share of one size."""
        found = train_shares(built.space, labels, mixed[size], built.groups[0], swept)
        return [
            Row(name, size, round(share * size), 1.0, {}, measured(each), share, mixed[size][share].repeated)
            for (name, share), each in found.items()
        ]

    tasks: list[Callable[[], list[Row]]] = []
    for size in (0, *sizes):
        tasks.append(partial(real, size))
        tasks += [partial(added, size, at) for at in range(len(built.groups))]
    sweeps: list[Callable[[], list[Row]]] = [partial(equal, size) for size in sizes]
    done = _together([*tasks, *sweeps])
    rows = [row for part in done[: len(tasks)] for row in part]
    return Study(
        tuple(rows), tuple(row for part in done[len(tasks) :] for row in part), sizes, labels, len(set(clusters)), draws,
        built.space, missing, LAMBDAS, choosing(draws), left,
    )  # fmt: skip


def _together(tasks: Sequence[Callable[[], Result]]) -> list[Result]:
    """The results of `tasks`, in their order; numpy lets other threads work meanwhile."""
    with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
        return list(pool.map(lambda task: task(), tasks))


def with_labels(inputs: Inputs) -> Inputs:
    """`inputs` with labelled trials only. Raises `UnmeasurableError` where too little is left to learn from or test on."""
    inputs.need_synthetic()
    kept = inputs.with_labels
    for side, trials in (("train", kept.train), ("test", kept.test)):
        if len(set(labels_of(trials).tolist())) < 2:
            raise UnmeasurableError(f"the {side} side has no labelled trials of both labels ({len(trials)} labelled)")
    if len(kept.train) < _LEAST:
        raise UnmeasurableError(f"{len(kept.train)} labelled training trials: at least {_LEAST} are needed")
    return kept
