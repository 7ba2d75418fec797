"""Cosine distances from records to the real trials nearest to them, a chunk of records at a time.

A space that was fitted on training trials keeps all of these and part of every other text, which moves held-out trials and
records together: nearness to training trials would be read off the fit. Where vectors are fitted (the lexical embedder), the
distances are those of TF-IDF rows over all words and pairs of the real trials, which cut nothing down.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial import text
from synthetrial.evaluate.inputs import Inputs
from synthetrial.similar import tfidf
from synthetrial.similar.cosines import cosines
from synthetrial.similar.embedding import is_fitted
from synthetrial.trial import Protocol, RegistryTrial

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

_SAME: Final = 1e-6
"""Distances below this are 0: single-precision products of one vector with itself differ by so much."""


class EvenSpace(NamedTuple):
    """Rows of unit length of every trial and record, numbered as `Inputs.row` (dense, or sparse), and what made them.

    `terms` are the weights of sparse rows, None for dense ones.
    """

    name: str
    rows: Any
    terms: Floats | None


def even_space(inputs: Inputs) -> EvenSpace:
    """The vectors of `inputs` where nothing was fitted for them, else TF-IDF rows over the terms of all real trials.

    Terms that only canaries or records have count for nothing, so that planted and kept-out canaries are placed alike.
    """
    if not is_fitted(inputs.embeddings):
        return EvenSpace(inputs.embedder.name, inputs.vectors, None)
    counted, canaries = inputs.counted, {each.id for each in inputs.canaries}
    real = [each.trial_id for each in (*inputs.train, *inputs.valid, *inputs.test) if each.trial_id not in canaries]
    terms = tfidf.fit_weights(counted.counts[[inputs.row[each] for each in real]], min_df=1)
    return EvenSpace("TF-IDF of words and pairs", tfidf.transform(counted.counts, terms), terms)


def placed(inputs: Inputs, protocols: Sequence[Protocol]) -> Any:
    """Protocols that are no trial or record of `inputs`, as rows of its even space."""
    if inputs.even.terms is None:
        return inputs.embed(protocols)
    counts = inputs.counted.vectoriser.transform([text.render(each) for each in protocols])
    return tfidf.transform(counts, inputs.even.terms)


def rows_of(inputs: Inputs, ids: Sequence[str]) -> Any:
    """The rows of these trials or records in the even space."""
    return inputs.even.rows[[inputs.row[each] for each in ids]]


def genuine(inputs: Inputs) -> tuple[RegistryTrial, ...]:
    """Training trials but for canaries, which are near to nothing real."""
    canaries = {each.id for each in inputs.canaries}
    return tuple(each for each in inputs.train if each.trial_id not in canaries)


def to_nearest(records: Any, pool: Any, samples: Sequence[Numbers]) -> Floats:
    """1 - cosine of each record to its nearest of each sample of `pool` (rows of it): records × samples, in 0 to 2."""
    found = np.empty((records.shape[0], len(samples)))
    for part, near in cosines(records, pool):
        for column, rows in enumerate(samples):
            found[part, column] = near[:, rows].max(axis=1)
    return _settled(found)


def two_nearest(records: Any, pool: Any) -> Floats:
    """1 - cosine of each record to its nearest and its second-nearest trial of `pool` (two or more): records × 2."""
    found = np.empty((records.shape[0], 2))
    for part, near in cosines(records, pool):
        found[part] = np.sort(np.partition(near, -2, axis=1)[:, -2:], axis=1)[:, ::-1]
    return _settled(found)


def samples(total: int, size: int, repeats: int, rng: np.random.Generator) -> list[Numbers]:
    """`repeats` samples of `size` of `total` rows without replacement; one of all rows where `size` is `total`."""
    if size >= total:
        return [np.arange(total)]
    return [np.sort(rng.permutation(total)[:size]) for _ in range(repeats)]


def _settled(cosines: Floats) -> Floats:
    apart: Floats = np.clip(1 - cosines, 0, 2)
    return np.where(apart < _SAME, 0.0, apart)
