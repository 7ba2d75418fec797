"""The design of a record is read field by field, ages in years."""

from __future__ import annotations

import numpy as np
import pytest

from synthetrial.evaluate.fidelity.design import NOTHING, designs, shown, years
from synthetrial.trial import Arm, Eligibility, Intervention, Protocol


def test_a_design_is_read_field_by_field() -> None:
    protocol = Protocol(
        brief_title="A b", phases=("PHASE1", "PHASE2"), conditions=("x", "y"), arms=(Arm(label="a"),),
        interventions=(Intervention(name="n", type="DRUG"),),
        eligibility=Eligibility(minimum_age="6 Months", healthy_volunteers=False),
    )  # fmt: skip
    found = designs([protocol, Protocol(brief_title="C")])
    named = {each: found.values[each][codes[0]] for each, codes in found.categories.items()}
    assert named["phase"] == "PHASE1/PHASE2"
    assert shown(named["phase"]) == "Phase 1/Phase 2"
    assert (named["healthy volunteers"], named["type of intervention"], named["sex"]) == ("False", "DRUG", NOTHING)
    assert found.numbers["minimum age"].tolist() == [0.5, 0.0]
    assert found.numbers["maximum age"].tolist() == [np.inf, np.inf]
    assert found.numbers["words: Title"].tolist() == [2, 1]
    assert found.numbers["conditions"].tolist() == [2, 0]


@pytest.mark.parametrize(("age", "found"), [("18 Years", 18), ("2 Weeks", 0.0383), ("1 Day", 0.00274), ("old", -1), (None, -1)])
def test_ages_are_years(age: str | None, found: float) -> None:
    assert years(age, -1) == pytest.approx(found, rel=0.01)
