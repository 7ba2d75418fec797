"""nndr: copies sit on one training trial each, held-out trials lie among several."""

from __future__ import annotations

import numpy as np
import pytest
import standins

from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.evaluate.privacy.nndr import nndr, ratio


def test_copies_of_the_training_set_sit_on_one_trial(copied: Inputs) -> None:
    result = nndr(copied, standins.rng())
    assert result.value == 0
    assert standins.reference(result) > 0.9


def test_held_out_trials_are_near_the_reference() -> None:
    result = nndr(standins.inputs(standins.held_out()), standins.rng())
    assert result.value == pytest.approx(result.reference, abs=0.02)


def test_an_exact_copy_of_twins_is_a_copy() -> None:
    one, other = np.random.default_rng(3).normal(size=(2, 6)).astype(np.float32)
    one, other = (each[None, :] / np.linalg.norm(each) for each in (one, other))
    assert ratio(one, np.vstack([one, one, other]))[0] == 0


def test_too_few_trials_are_said() -> None:
    few = standins.inputs(standins.copies(3), train=standins.sides()[0][:1], valid=(), test=standins.sides()[2][:3])
    with pytest.raises(UnmeasurableError, match="1 training trials: two"):
        nndr(few, standins.rng())
    with pytest.raises(UnmeasurableError, match="no synthetic record"):
        nndr(standins.inputs([]), standins.rng())


def test_a_result_names_its_embedder() -> None:
    inputs = standins.inputs(standins.copies(5))
    assert nndr(inputs, standins.rng()).details["embedder"] == inputs.even.name != ""
