"""Fidelity metrics: near their reference for real held-out trials, and on the wrong side of it for what is wrong."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import standins

from synthetrial.evaluate.fidelity.detection import detection_auc
from synthetrial.evaluate.fidelity.grounding import grounding_rate
from synthetrial.evaluate.fidelity.intervention import intervention_fidelity
from synthetrial.evaluate.fidelity.length_detection import MEASURED, length_detection_auc, section_lengths
from synthetrial.evaluate.fidelity.validity import fault, schema_validity
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError
from synthetrial.trial import Eligibility, Protocol


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def reference(result: MetricResult) -> float:
    assert result.reference is not None
    return result.reference


def test_copies_of_real_trials_are_valid_and_what_does_not_come_back_is_not() -> None:
    good = standins.copies(10)
    result = schema_validity(standins.inputs(good), rng())
    assert (result.value, result.reference, result.n) == (1.0, 1.0, 10)
    assert result.ci_low is not None
    assert 0.6 < result.ci_low < 1
    bad = msgspec.structs.replace(good[0], protocol=msgspec.structs.replace(good[0].protocol, brief_title=" two  blanks "))
    worse = schema_validity(standins.inputs([bad, *good[1:]], unreadable=("line 3: no JSON",)), rng())
    assert worse.value == pytest.approx(9 / 11)
    assert list(worse.details["invalid"]) == [bad.id]  # type: ignore[call-overload]  # details hold JSON values
    assert worse.details["unreadable"] == ["line 3: no JSON"]


def test_faults_are_named() -> None:
    assert fault(Protocol(brief_title="A", phases=("PHASE2",))) is None
    assert fault(Protocol(brief_title="A", conditions=("a ", "b"))) == "parses back to another protocol"
    assert fault(Protocol(brief_title="", phases=("PHASE2",))) == "no 'Title:' section"
    assert fault(Protocol(brief_title="A", eligibility=Eligibility(criteria="* x"))) == "not in canonical form"


def test_validity_of_nothing_is_not_measured() -> None:
    with pytest.raises(UnmeasurableError, match="no synthetic record"):
        schema_validity(standins.inputs([]), rng())


def test_real_trials_name_their_drug_and_records_about_another_drug_do_not() -> None:
    real = intervention_fidelity(standins.inputs(standins.held_out()), rng())
    assert real.value == pytest.approx(reference(real), abs=0.1)
    assert real.value > 0.8
    lost = standins.changed(standins.held_out(), lambda each: Protocol(brief_title="Exercise at home", phases=("PHASE2",)))
    assert intervention_fidelity(standins.inputs(lost), rng()).value == 0


def test_a_set_without_a_plan_has_no_intervention_fidelity() -> None:
    each = standins.copies(1)[0]
    without = msgspec.structs.replace(each, provenance=msgspec.structs.replace(each.provenance, plan={}))
    with pytest.raises(UnmeasurableError, match="1 of 1 records do not say which drug"):
        intervention_fidelity(standins.inputs([without]), rng())


def test_planned_names_fall_back_to_the_synonyms_of_the_drug() -> None:
    each = standins.copies(1)[0]
    plan: dict[str, object] = {"drug": "acetaminophen"}
    provenance = msgspec.structs.replace(each.provenance, plan=plan)
    named = msgspec.structs.replace(each, provenance=provenance, protocol=Protocol(brief_title="Paracetamol for fever"))
    assert intervention_fidelity(standins.inputs([named]), rng()).value == 1


def test_quotes_that_are_there_are_grounded_whatever_the_run_says() -> None:
    train = standins.sides()[0]
    records = []
    for i, each in enumerate(train[:20]):
        quote = " ".join((each.protocol.brief_summary or "").split()[:12])
        invented = "a sentence that no registered trial of any sponsor has ever held in its record"
        reasons = (standins.reason(each, quote), standins.reason(each, invented))
        records.append(standins.record(i, each.protocol, 1, [each], reasons))
    result = grounding_rate(standins.inputs(records), rng())
    assert result.value == pytest.approx(0.5)
    assert reference(result) < 0.1
    assert result.details["reasons"] == 40
    with pytest.raises(UnmeasurableError, match="no record has reasons"):
        grounding_rate(standins.inputs(standins.copies(3)), rng())


def test_a_quote_of_a_trial_that_is_no_exemplar_grounds_nothing() -> None:
    one, other = standins.sides()[0][:2]
    quote = " ".join((other.protocol.brief_summary or "").split()[:12])
    records = [standins.record(0, one.protocol, 1, [one], (standins.reason(other, quote),))]
    assert grounding_rate(standins.inputs(records), rng()).value == 0


def test_copies_of_the_training_set_cannot_be_told_from_it() -> None:
    for metric in (detection_auc, length_detection_auc):
        assert metric(standins.inputs(standins.copies()), rng()).value == pytest.approx(0.5, abs=0.02)


def test_held_out_trials_are_near_the_reference() -> None:
    for metric in (detection_auc, length_detection_auc):
        result = metric(standins.inputs(standins.held_out()), rng())
        assert abs(result.value - reference(result)) < 0.12
        assert 0.3 < result.value < 0.7


def test_shuffled_words_give_records_away_by_words_but_not_by_length() -> None:
    result = detection_auc(standins.inputs(standins.shuffled()), rng())
    assert result.value > 0.9
    assert length_detection_auc(standins.inputs(standins.shuffled()), rng()).value == pytest.approx(0.5, abs=0.05)


def test_a_word_of_its_own_is_named_as_what_gives_the_set_away() -> None:
    marked = standins.changed(
        standins.copies(), lambda each: msgspec.structs.replace(each.protocol, brief_summary="zymurgy indeed")
    )
    result = detection_auc(standins.inputs(marked), rng())
    assert "zymurgy" in result.details["synthetic_terms"]  # type: ignore[operator]  # details hold JSON values
    assert result.value > 0.95


def test_records_without_criteria_are_given_away_by_length() -> None:
    short = standins.changed(
        standins.copies(), lambda each: msgspec.structs.replace(each.protocol, eligibility=Eligibility(sex="ALL"))
    )
    result = length_detection_auc(standins.inputs(short), rng())
    assert result.value > 0.95
    assert result.details["median_words"]["Eligibility"]["synthetic"] == 0  # type: ignore[index]  # details hold JSON values


def test_without_known_folds_they_are_drawn_and_that_is_said() -> None:
    result = detection_auc(standins.inputs(standins.held_out(), folds={}), rng())
    assert result.details["folds"] == "drawn: folds of the run are not known"


def test_three_records_cannot_be_detected() -> None:
    with pytest.raises(UnmeasurableError, match="3 synthetic records and 120 training trials: 10 of each"):
        detection_auc(standins.inputs(standins.copies(3)), rng())


def test_without_held_out_trials_there_is_no_reference_and_that_is_said() -> None:
    result = length_detection_auc(standins.inputs(standins.copies(20), valid=(), test=()), rng())
    assert result.reference is None
    assert result.details["reference"] == "no held-out trial"


def test_lengths_are_words_of_the_rendering() -> None:
    lengths = dict(zip(MEASURED, section_lengths(Protocol(brief_title="A b c", conditions=("X y",))), strict=True))
    assert lengths["Title"] == 3
    assert lengths["Conditions"] == 2
    assert lengths["Summary"] == 0
