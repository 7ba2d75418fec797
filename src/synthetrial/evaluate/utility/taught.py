"""What the teacher says of real trials: a holder could share it in the place of a synthetic set."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.inputs import Inputs

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


class Taught(NamedTuple):
    """p(success | text) of the training trials by every fold's model (folds in ascending order × trials), their labels each by
    the model that did not see it, and the log-odds of validation and test trials: 1 × trials, the mean of the models'.
    `synthetic`: p(success | text) of the records by their own fold's model, None where a fold is unknown."""

    train: Floats
    folds: tuple[int, ...]
    labels: Numbers
    valid: Floats
    test: Floats
    synthetic: Floats | None


def taught(inputs: Inputs) -> Taught | None:
    """The run's teacher on all sides; None without folds."""
    if inputs.teacher is None:
        return None
    folds = tuple(sorted(set(inputs.folds.values())))
    train, valid, test = (
        inputs.teacher.p_success_by_fold([inputs.texts[each.trial_id] for each in side])
        for side in (inputs.train, inputs.valid, inputs.test)
    )
    own = [folds.index(inputs.folds[each.trial_id]) for each in inputs.train]
    labels = (train[own, np.arange(len(own))] >= 0.5).astype(np.int64)
    synthetic = None
    if inputs.record_folds is not None:
        texts = [inputs.texts[each.id] for each in inputs.synthetic]
        synthetic = inputs.teacher.p_success_texts(texts, inputs.record_folds.tolist())
    return Taught(train, folds, labels, _log_odds(valid), _log_odds(test), synthetic)


def _log_odds(p: Floats) -> Floats:
    clipped = np.clip(p, 1e-12, 1 - 1e-12)
    result: Floats = np.log(clipped / (1 - clipped)).mean(axis=0, keepdims=True)
    return result
