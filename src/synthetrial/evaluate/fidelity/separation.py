"""Telling two sets of records apart: who stands against whom, in which folds, and how well it went.

Detection by words and by lengths differ in their features only. A record and its exemplars stay in one fold: a copy in the
training part with the other label would push the AUC below one half and hide itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.inputs import Effort, Inputs
from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.evaluate.statistics import Interval, cluster_counts, interval, stratified_auc, stratified_folds

FOLDS: Final = 5
_MOST: Final = 4000
"""Records of a side that are used: more do not change an AUC that anyone acts on."""

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


class Sides(NamedTuple):
    """Records to be told apart: ids, labels (1 = the side in question), folds and clusters; `grouped` says how folds are made.

    `reference` is the same with held-out real trials in question.
    """

    ids: tuple[str, ...]
    labels: Numbers
    folds: Numbers
    clusters: tuple[str, ...]
    grouped: str
    reference: Sides | None


class Separated(NamedTuple):
    """How well two sides were told apart: AUC over pairs within a fold, its interval, records in question, all records."""

    auc: float
    interval: Interval
    n: int
    total: int

    def says(self) -> str:
        """The comparison in words."""
        return f"{self.n} held-out real trials against {self.total - self.n} training trials"


def sides(inputs: Inputs, rng: np.random.Generator) -> Sides:
    """Synthetic records against training trials, and held-out trials against the same training trials.

    Folds are the teacher's where the inputs have them (no exemplar set crosses those), else drawn. Raises
    `UnmeasurableError` with fewer than 2 · `FOLDS` records or trials.
    """
    inputs.need_synthetic()
    if len(inputs.synthetic) < 2 * FOLDS or len(inputs.train) < 2 * FOLDS:
        raise UnmeasurableError(
            f"{len(inputs.synthetic)} synthetic records and {len(inputs.train)} training trials: {2 * FOLDS} of each are needed"
        )
    records = _some(len(inputs.synthetic), rng)
    trials = _some(len(inputs.train), rng)
    train = [inputs.train[each] for each in trials]
    train_clusters = inputs.real_clusters(tuple(train))
    folds = inputs.record_folds
    grouped = folds is not None and all(each.trial_id in inputs.folds for each in train)
    if folds is not None and grouped:
        train_folds = np.array([inputs.folds[each.trial_id] for each in train], dtype=np.int64)
        synthetic_folds = folds[records]
        grouped = len(set(train_folds.tolist()) & set(synthetic_folds.tolist())) > 1
    if folds is None or not grouped:
        train_folds, synthetic_folds = _drawn(len(trials), rng), _drawn(len(records), rng)
    held = (*inputs.valid, *inputs.test)
    chosen = [held[each] for each in rng.permutation(len(held))[: len(records)]]
    names = sorted(set(train_folds.tolist()))
    home = dict(
        zip(train_clusters, train_folds.tolist(), strict=True)
    )  # a held-out trial goes where its drug is, as a record does
    chosen_clusters = inputs.real_clusters(tuple(chosen))
    chosen_folds = [home.get(drug, names[at % len(names)]) for at, drug in enumerate(chosen_clusters)]
    reference = Sides(
        ids=(*(each.trial_id for each in chosen), *(each.trial_id for each in train)),
        labels=np.repeat([1, 0], [len(chosen), len(train)]),
        folds=np.concatenate([np.array(chosen_folds, dtype=np.int64), train_folds]),
        clusters=(*chosen_clusters, *train_clusters),
        grouped="by drug",
        reference=None,
    )
    return Sides(
        ids=(*(inputs.synthetic[each].id for each in records), *(each.trial_id for each in train)),
        labels=np.repeat([1, 0], [len(records), len(train)]),
        folds=np.concatenate([synthetic_folds, train_folds]),
        clusters=(*(inputs.synthetic_clusters[each] for each in records), *train_clusters),
        grouped="a record with its exemplars" if grouped else "drawn: folds of the run are not known",
        reference=reference if len(chosen) >= FOLDS else None,
    )


def separate(scores: Callable[[Sides, int], Floats], both: Sides, effort: Effort, rng: np.random.Generator) -> Separated:
    """Run `scores` (log-odds of the rows of a fold by a model of the others) over all folds, and measure."""
    margins = np.zeros(len(both.ids))
    usable = np.zeros(len(both.ids), dtype=np.bool_)
    for fold in np.unique(both.folds):
        held = both.folds == fold
        if len(set(both.labels[~held].tolist())) == 2:
            margins[held] = scores(both, int(fold))
            usable |= held
    counts = cluster_counts(both.clusters, effort.resamples, rng)[:, usable]
    labels, folds = both.labels[usable], both.folds[usable]
    auc = float(stratified_auc(margins[usable], labels, folds)[0])
    if np.isnan(auc):
        raise UnmeasurableError("no fold holds records of both sides")
    resampled = stratified_auc(margins[usable], labels, folds, counts)
    return Separated(auc, interval(resampled), int(both.labels.sum()), len(both.ids))


def _some(size: int, rng: np.random.Generator) -> Numbers:
    return np.sort(rng.permutation(size)[:_MOST])


def _drawn(size: int, rng: np.random.Generator) -> Numbers:
    return stratified_folds(np.zeros(size, dtype=np.int64), FOLDS, 1, rng)[:, 0]
