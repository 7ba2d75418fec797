"""associations: attributes of copies go together as those of real trials do, and mixing them among records shows."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import numpy as np
import pytest
import standins
from scipy.stats.contingency import association

from synthetrial.evaluate.fidelity.associations import associations, cramers_v
from synthetrial.evaluate.fidelity.marginals import marginals
from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.trial import Protocol, SyntheticTrial


def independent(records: list[SyntheticTrial]) -> list[SyntheticTrial]:
    """The records with each attribute taken from another record: marginals as they were, nothing goes together."""
    dice = random.Random(0)
    for name in ("phases", "allocation", "intervention_model", "masking", "primary_purpose", "arms"):
        values = [getattr(each.protocol, name) for each in records]
        dice.shuffle(values)
        records = [
            msgspec.structs.replace(each, protocol=msgspec.structs.replace(each.protocol, **{name: value}))
            for each, value in zip(records, values, strict=True)
        ]
    return records


def test_attributes_that_no_longer_go_together_show_in_associations_and_not_in_marginals() -> None:
    mixed = standins.inputs(independent(standins.held_out()))
    result = associations(mixed, standins.rng())
    assert result.value > standins.reference(result) + 0.02
    assert associations(standins.inputs(standins.held_out()), standins.rng()).value == pytest.approx(
        standins.reference(result), abs=0.02
    )
    largest: Any = result.details["largest"]
    assert {"allocation", "intervention model"} <= {name for each in largest[:3] for name in each["fields"]}
    attributes = ("phase", "allocation", "intervention model", "masking", "arms")
    spread: Any = marginals(mixed, standins.rng()).details["fields"]
    assert all(spread[each]["distance"] == pytest.approx(spread[each]["reference"], abs=1e-9) for each in attributes)


def test_copies_go_together_as_real_trials_do() -> None:
    assert associations(standins.inputs(standins.copies(), valid=(), test=()), standins.rng()).value == 0


def test_cramers_v_is_scipys_but_for_the_correction() -> None:
    table = np.array([[200, 30, 10], [20, 250, 40]])
    assert cramers_v(table[None] * 1e6)[0] == pytest.approx(association(table, method="cramer"), abs=1e-3)
    assert cramers_v(np.array([[[10.0, 0], [0, 10.0]]]))[0] == pytest.approx(1)
    assert cramers_v(np.array([[[25.0, 25], [25, 25]], [[5, 0], [7, 0]]])).tolist() == [0, 0]


def test_sets_without_two_fields_have_no_associations() -> None:
    flat = standins.changed(standins.copies(12), lambda each: Protocol(brief_title="T"))
    trials = tuple(msgspec.structs.replace(each, protocol=Protocol(brief_title="T")) for each in standins.sides()[0])
    with pytest.raises(UnmeasurableError, match="fewer than two fields"):
        associations(standins.inputs(flat, train=trials, valid=(), test=()), standins.rng())
