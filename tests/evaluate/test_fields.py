"""Marginals, associations and attributes of the design: near their reference for real trials, far from it for what is wrong."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import numpy as np
import pytest
import standins
from scipy.stats import ks_2samp
from scipy.stats.contingency import association

from synthetrial.evaluate.fidelity import marginals as marginals_file
from synthetrial.evaluate.fidelity.associations import associations, cramers_v
from synthetrial.evaluate.fidelity.attributes import attribute_fidelity, planned
from synthetrial.evaluate.fidelity.design import NOTHING, designs, shown, years
from synthetrial.evaluate.fidelity.marginals import marginals
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError
from synthetrial.trial import Arm, Eligibility, Intervention, Protocol, SyntheticTrial


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def fields(result: MetricResult) -> Any:
    return result.details["fields"]


def reference(result: MetricResult) -> float:
    assert result.reference is not None
    return result.reference


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


def test_the_distance_of_numbers_is_that_of_kolmogorov_and_smirnov() -> None:
    inputs = standins.inputs(standins.held_out())
    one, other = np.arange(0, 50), np.arange(50, 110)
    flat = [np.ones((1, len(each))) for each in (one, other)]
    for name in ("words: Eligibility", "minimum age", "arms"):
        numbers = inputs.designs.numbers[name]
        expected = ks_2samp(numbers[one], numbers[other]).statistic
        assert marginals_file._distance(inputs, name, one, other, flat[0], flat[1])[0] == pytest.approx(expected)


def test_counts_weigh_as_repeated_rows_do() -> None:
    inputs = standins.inputs(standins.copies(20))
    one, other = np.arange(0, 30), np.arange(30, 60)
    counts = rng().integers(0, 4, size=(1, 30)).astype(float)
    repeated = np.repeat(one, counts[0].astype(int))
    for name in ("phase", "words: Title"):
        weighed = marginals_file._distance(inputs, name, one, other, counts, np.ones((1, 30)))
        plain = marginals_file._distance(inputs, name, repeated, other, np.ones((1, len(repeated))), np.ones((1, 30)))
        assert weighed == pytest.approx(plain)


def test_copies_have_the_marginals_of_real_trials_and_held_out_trials_those_of_the_reference() -> None:
    whole = marginals(standins.inputs(standins.copies(), valid=(), test=()), rng())
    assert whole.value == 0
    assert whole.reference is None
    assert whole.details["reference"] == "no held-out trial"
    result = marginals(standins.inputs(standins.held_out()), rng())
    assert result.value == pytest.approx(reference(result), abs=0.02)
    assert result.ci_low is not None
    assert result.ci_high is not None
    assert 0 < result.ci_low < result.value < result.ci_high < 0.3


def test_a_field_that_is_wrong_is_named() -> None:
    wrong = standins.changed(
        standins.held_out(), lambda each: msgspec.structs.replace(each.protocol, phases=("PHASE4",), brief_summary=None)
    )
    result = marginals(standins.inputs(wrong), rng())
    assert result.details["worst"] == "words: Summary"
    assert fields(result)["words: Summary"]["distance"] == pytest.approx(1, abs=0.02)
    assert fields(result)["phase"]["distance"] > fields(result)["phase"]["reference"] + 0.3
    assert fields(result)["phase"]["synthetic"]["Phase 4"] == 1
    assert result.value > reference(result)


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
    result = associations(mixed, rng())
    assert result.value > reference(result) + 0.02
    assert associations(standins.inputs(standins.held_out()), rng()).value == pytest.approx(reference(result), abs=0.02)
    largest: Any = result.details["largest"]
    assert {"allocation", "intervention model"} <= {name for each in largest[:3] for name in each["fields"]}
    attributes = ("phase", "allocation", "intervention model", "masking", "arms")
    spread = fields(marginals(mixed, rng()))
    assert all(spread[each]["distance"] == pytest.approx(spread[each]["reference"], abs=1e-9) for each in attributes)


def test_copies_go_together_as_real_trials_do() -> None:
    assert associations(standins.inputs(standins.copies(), valid=(), test=()), rng()).value == 0


def test_cramers_v_is_scipys_but_for_the_correction() -> None:
    table = np.array([[200, 30, 10], [20, 250, 40]])
    assert cramers_v(table[None] * 1e6)[0] == pytest.approx(association(table, method="cramer"), abs=1e-3)
    assert cramers_v(np.array([[[10.0, 0], [0, 10.0]]]))[0] == pytest.approx(1)
    assert cramers_v(np.array([[[25.0, 25], [25, 25]], [[5, 0], [7, 0]]])).tolist() == [0, 0]


def test_sets_without_two_fields_have_no_associations() -> None:
    flat = standins.changed(standins.copies(12), lambda each: Protocol(brief_title="T"))
    trials = tuple(msgspec.structs.replace(each, protocol=Protocol(brief_title="T")) for each in standins.sides()[0])
    with pytest.raises(UnmeasurableError, match="fewer than two fields"):
        associations(standins.inputs(flat, train=trials, valid=(), test=()), rng())


def test_a_design_that_was_not_planned_and_a_text_that_says_another_are_counted() -> None:
    good = standins.held_out()[:20]
    result = attribute_fidelity(standins.inputs(good), rng())
    assert result.value == pytest.approx(reference(result), abs=0.06)
    assert reference(result) > 0.95
    other = msgspec.structs.replace(good[0], protocol=msgspec.structs.replace(good[0].protocol, phases=("PHASE4", "NA")))
    open_label = msgspec.structs.replace(good[1].protocol, masking="NONE", brief_title="A double-blind study of it all")
    plan = good[1].provenance.plan | {"design": standins.plan(open_label, ())["design"]}
    blind = msgspec.structs.replace(
        good[1], protocol=open_label, provenance=msgspec.structs.replace(good[1].provenance, plan=plan)
    )
    worse = attribute_fidelity(standins.inputs([other, blind, *good[2:]]), rng())
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
            attribute_fidelity(standins.inputs([without]), rng())
