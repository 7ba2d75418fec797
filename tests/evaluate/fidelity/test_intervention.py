"""intervention-fidelity: real trials name their drug, records about something else do not."""

from __future__ import annotations

import msgspec
import pytest
import standins

from synthetrial.evaluate.fidelity.intervention import intervention_fidelity
from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.trial import Protocol


def test_real_trials_name_their_drug_and_records_about_another_drug_do_not() -> None:
    real = intervention_fidelity(standins.inputs(standins.held_out()), standins.rng())
    assert real.value == pytest.approx(standins.reference(real), abs=0.1)
    assert real.value > 0.8
    lost = standins.changed(standins.held_out(), lambda each: Protocol(brief_title="Exercise at home", phases=("PHASE2",)))
    assert intervention_fidelity(standins.inputs(lost), standins.rng()).value == 0


def test_a_set_without_a_plan_has_no_intervention_fidelity() -> None:
    each = standins.copies(1)[0]
    without = msgspec.structs.replace(each, provenance=msgspec.structs.replace(each.provenance, plan={}))
    with pytest.raises(UnmeasurableError, match="1 of 1 records do not say which drug"):
        intervention_fidelity(standins.inputs([without]), standins.rng())


def test_planned_names_fall_back_to_the_synonyms_of_the_drug() -> None:
    each = standins.copies(1)[0]
    plan: dict[str, object] = {"drug": "acetaminophen"}
    provenance = msgspec.structs.replace(each.provenance, plan=plan)
    named = msgspec.structs.replace(each, provenance=provenance, protocol=Protocol(brief_title="Paracetamol for fever"))
    assert intervention_fidelity(standins.inputs([named]), standins.rng()).value == 1
