"""Matched real pairs: what sharing words with one's models looks like between real trials that nobody copied.

Each held-out test trial is put in the place of a synthetic record, and its nearest training trials in the place of exemplars.
"""

from __future__ import annotations

import numpy as np

from synthetrial.evaluate.inputs import Inputs
from synthetrial.trial import RegistryTrial
from synthetrial.verify import tfidf


def matched_exemplars(inputs: Inputs) -> list[tuple[RegistryTrial, ...]]:
    """For each test trial, the training trials nearest to it by TF-IDF cosine: as many as records have exemplars (median).

    Trials of the same main drug come before all others, as retrieval takes them.
    """
    many = int(np.median([len(inputs.exemplars(each)) for each in inputs.synthetic])) if inputs.synthetic else 0
    if not inputs.test or not inputs.train or not many:
        return [() for _ in inputs.test]
    counted = inputs.counted
    terms = tfidf.fit_weights(counted.counts[counted.train])
    train = tfidf.transform(counted.counts[counted.train], terms)
    test = tfidf.transform(counted.counts[counted.test], terms)
    near = (test @ train.T).toarray()
    drugs = inputs.real_clusters(inputs.train)
    for row, drug in enumerate(inputs.real_clusters(inputs.test)):
        near[row] += np.array([drug == each for each in drugs])
    order = np.argsort(-near, axis=1, kind="stable")[:, :many]
    return [tuple(inputs.train[int(each)] for each in row) for row in order]
