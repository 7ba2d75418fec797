"""dcr: copies are nearer to training trials than to held-out ones, held-out trials are not."""

from __future__ import annotations

import pytest
import standins

from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.evaluate.privacy.dcr import dcr


def test_copies_of_the_training_set_are_nearer_to_it(copied: Inputs) -> None:
    result = dcr(copied, standins.rng())
    assert result.ci_low is not None
    assert result.ci_low > 0.75
    assert result.details["exact"] == len(copied.synthetic)
    assert result.reference == pytest.approx(0.5, abs=0.1)


def test_held_out_trials_are_nearer_to_held_out_ones_which_are_themselves() -> None:
    assert dcr(standins.inputs(standins.held_out()), standins.rng()).value == 0


def test_real_trials_that_nobody_copied_are_as_near_to_either_side() -> None:
    """The valid side in the place of records, and test trials held out."""
    _, valid, test = standins.sides()
    records = [standins.record(i, each.protocol, standins.label(each), []) for i, each in enumerate(valid)]
    result = dcr(standins.inputs(records, valid=(), test=test), standins.rng())
    assert result.ci_low is not None
    assert result.ci_high is not None
    assert result.ci_low < 0.5 < result.ci_high
    assert result.reference is None
    assert "fewer than 10" in str(result.details["reference"])


def test_too_few_trials_are_said() -> None:
    few = standins.inputs(standins.copies(3), valid=(), test=standins.sides()[2][:3])
    with pytest.raises(UnmeasurableError, match="3 held-out trials: 10 of each"):
        dcr(few, standins.rng())
    with pytest.raises(UnmeasurableError, match="no synthetic record"):
        dcr(standins.inputs([]), standins.rng())


def test_a_result_names_its_embedder() -> None:
    inputs = standins.inputs(standins.copies(5))
    assert dcr(inputs, standins.rng()).details["embedder"] == inputs.even.name != ""


def test_distances_are_kept_as_shares_between_edges(copied: Inputs) -> None:
    kept = dcr(copied, standins.rng()).details["histogram"]
    assert len(kept["edges"]) == len(kept["to_train"]) + 1  # type: ignore[index]  # details hold JSON values
    assert kept["to_train"][0] == 1  # type: ignore[index]  # copies lie on what they were copied from
    assert kept["real_to_train"][0] < 0.2  # type: ignore[index]
    assert sum(kept["real_to_train"]) == sum(kept["to_held_out"]) == pytest.approx(1)  # type: ignore[index]
