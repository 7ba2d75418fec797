"""dcr and nndr: copies are nearer to training trials than to held-out ones, held-out trials are not."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import standins
from sklearn.neighbors import NearestNeighbors

from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.evaluate.privacy.dcr import dcr
from synthetrial.evaluate.privacy.distances import samples, to_nearest, two_nearest
from synthetrial.evaluate.privacy.nndr import nndr, ratio
from synthetrial.trial import SyntheticTrial


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def units(size: int, seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(size, 6)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_distances_are_those_of_scikit_learn() -> None:
    records, pool = units(300, 1), units(50, 2)
    near = NearestNeighbors(n_neighbors=2, metric="cosine").fit(pool).kneighbors(records)[0]
    assert two_nearest(records, pool) == pytest.approx(near, abs=1e-6)
    assert to_nearest(records, pool, [np.arange(50)])[:, 0] == pytest.approx(near[:, 0], abs=1e-6)


def test_samples_are_of_the_size_and_whole_where_they_can_be() -> None:
    drawn = samples(10, 4, 3, rng())
    assert [len(set(each.tolist())) for each in drawn] == [4, 4, 4]
    assert [each.tolist() for each in samples(3, 3, 5, rng())] == [[0, 1, 2]]


def test_copies_of_the_training_set_are_nearer_to_it() -> None:
    inputs = standins.inputs(standins.copies())
    result = dcr(inputs, rng())
    assert result.ci_low is not None
    assert result.ci_low > 0.75
    assert result.details["exact"] == len(inputs.synthetic)
    assert result.reference == pytest.approx(0.5, abs=0.1)
    assert nndr(inputs, rng()).value == 0
    assert (nndr(inputs, rng()).reference or 0) > 0.9


def test_held_out_trials_are_nearer_to_held_out_ones_which_are_themselves() -> None:
    inputs = standins.inputs(standins.held_out())
    assert dcr(inputs, rng()).value == 0
    result = nndr(inputs, rng())
    assert result.value == pytest.approx(result.reference, abs=0.02)


def test_real_trials_that_nobody_copied_are_as_near_to_either_side() -> None:
    """The valid side in the place of records, and test trials held out."""
    _, valid, test = standins.sides()
    records = [standins.record(i, each.protocol, standins.label(each), []) for i, each in enumerate(valid)]
    result = dcr(standins.inputs(records, valid=(), test=test), rng())
    assert result.ci_low is not None
    assert result.ci_high is not None
    assert result.ci_low < 0.5 < result.ci_high
    assert result.reference is None
    assert "fewer than 10" in str(result.details["reference"])


def test_an_exact_copy_of_twins_is_a_copy() -> None:
    pool = np.vstack([units(1, 3), units(1, 3), units(1, 4)])
    assert ratio(units(1, 3), pool)[0] == 0


def test_too_few_trials_are_said() -> None:
    records: list[SyntheticTrial] = standins.copies(3)
    few = standins.inputs(records, valid=(), test=standins.sides()[2][:3])
    with pytest.raises(UnmeasurableError, match="3 held-out trials: 10 of each"):
        dcr(few, rng())
    with pytest.raises(UnmeasurableError, match="1 training trials: two"):
        nndr(msgspec.structs.replace(few, train=few.train[:1]), rng())
    for metric in (dcr, nndr):
        with pytest.raises(UnmeasurableError, match="no synthetic record"):
            metric(standins.inputs([]), rng())


def test_every_result_names_its_embedder() -> None:
    inputs = standins.inputs(standins.copies(5))
    for metric in (dcr, nndr):
        assert metric(inputs, rng()).details["embedder"] == inputs.even.name != ""
