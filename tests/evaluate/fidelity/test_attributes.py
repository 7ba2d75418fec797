"""attribute-fidelity: real trials have the design that was planned with them, and each departure from it is named."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import standins

from synthetrial.evaluate.fidelity.attributes import attribute_fidelity, planned
from synthetrial.evaluate.metric import UnmeasurableError


def test_a_design_that_was_not_planned_and_a_text_that_says_another_are_counted() -> None:
    good = standins.held_out()[:20]
    result = attribute_fidelity(standins.inputs(good), standins.rng())
    assert result.value == pytest.approx(standins.reference(result), abs=0.06)
    assert standins.reference(result) > 0.95
    other = msgspec.structs.replace(good[0], protocol=msgspec.structs.replace(good[0].protocol, phases=("PHASE4", "NA")))
    open_label = msgspec.structs.replace(good[1].protocol, masking="NONE", brief_title="A double-blind study of it all")
    plan = good[1].provenance.plan | {"design": standins.plan(open_label, ())["design"]}
    blind = msgspec.structs.replace(
        good[1], protocol=open_label, provenance=msgspec.structs.replace(good[1].provenance, plan=plan)
    )
    worse = attribute_fidelity(standins.inputs([other, blind, *good[2:]]), standins.rng())
    assert worse.value <= 0.9
    faults: Any = worse.details["faults"]
    assert faults[other.id].startswith("phases is ('PHASE4', 'NA'), planned")
    assert faults[blind.id] == "'double-blind' without masking"
    assert worse.details["by_attribute"]["phases"] == 0.95  # type: ignore[index]  # details hold JSON values


def test_without_a_plan_attributes_are_not_measured() -> None:
    each = standins.copies(1)[0]
    for plan in ({}, {"design": "none"}):
        without = msgspec.structs.replace(each, provenance=msgspec.structs.replace(each.provenance, plan=plan))
        assert planned(without) is None
        with pytest.raises(UnmeasurableError, match="1 of 1 records do not say which design was planned"):
            attribute_fidelity(standins.inputs([without]), standins.rng())
