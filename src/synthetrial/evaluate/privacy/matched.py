"""Matched real pairs: what sharing words with one's models looks like between real trials that nobody copied.

Two sets serve as the measure of copying. Each held-out test trial is put in the place of a synthetic record and its nearest
training trials in the place of exemplars (the reference). And each record is held against held-out trials that are as near to
its exemplars as can be had, which no writer saw (what is to be subtracted).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from synthetrial.evaluate.inputs import Inputs
from synthetrial.similar import tfidf
from synthetrial.similar.cosines import cosines
from synthetrial.trial import RegistryTrial


def matched_exemplars(inputs: Inputs) -> list[tuple[RegistryTrial, ...]]:
    """For each test trial, the training trials nearest to it by TF-IDF cosine: as many as records have exemplars (median).

    Trials of the same main drug come before all others, as retrieval takes them.
    """
    many = int(np.median([len(inputs.exemplars(each)) for each in inputs.synthetic])) if inputs.synthetic else 0
    if not inputs.test or not inputs.train or not many:
        return [() for _ in inputs.test]
    return nearest(inputs, inputs.test, inputs.train, many)


def held_out_twins(inputs: Inputs) -> dict[str, RegistryTrial]:
    """For each training trial that was an exemplar, the held-out trial nearest to it (same main drug first), by its id."""
    held = (*inputs.valid, *inputs.test)
    used = {each.trial_id: each for record in inputs.synthetic for each in inputs.exemplars(record)}
    if not held or not used:
        return {}
    return {each: near[0] for each, near in zip(used, nearest(inputs, tuple(used.values()), held, 1), strict=True)}


def nearest(
    inputs: Inputs, trials: Sequence[RegistryTrial], pool: Sequence[RegistryTrial], many: int
) -> list[tuple[RegistryTrial, ...]]:
    """For each of `trials`, the `many` of `pool` nearest to it by TF-IDF cosine, those of the same main drug first."""
    counted = inputs.counted
    terms = tfidf.fit_weights(counted.counts[counted.train])
    rows, others = _placed(inputs, trials, terms), _placed(inputs, pool, terms)
    numbers = {each: number for number, each in enumerate(dict.fromkeys(inputs.real_clusters(tuple(pool))))}
    theirs = np.array([numbers[each] for each in inputs.real_clusters(tuple(pool))])
    own = np.array([numbers.get(each, -1) for each in inputs.real_clusters(tuple(trials))])
    found = []
    for part, near in cosines(rows, others):
        near += own[part, None] == theirs
        best = np.argpartition(-near, min(many, near.shape[1]) - 1, axis=1)[:, :many]
        order = np.argsort(-np.take_along_axis(near, best, axis=1), axis=1, kind="stable")
        found += [tuple(pool[int(each)] for each in row) for row in np.take_along_axis(best, order, axis=1)]
    return found


def _placed(inputs: Inputs, trials: Sequence[RegistryTrial], terms: Any) -> Any:
    return tfidf.transform(inputs.counted.counts[[inputs.row[each.trial_id] for each in trials]], terms)
