"""Copying: a copy shows whole, a real trial beside its neighbours hardly at all."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import standins

from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.evaluate.privacy.copy_grams import contained, copy_13gram
from synthetrial.evaluate.privacy.copy_span import copy_span, longest_distinctive
from synthetrial.evaluate.privacy.matched import matched_exemplars
from synthetrial.similar.spans import SpanIndex
from synthetrial.trial import Protocol, SyntheticTrial


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_copies_of_the_training_set_fail_both() -> None:
    inputs = standins.inputs(standins.copies())
    span, grams = copy_span(inputs, rng()), copy_13gram(inputs, rng())
    assert span.value > 40
    assert grams.value == pytest.approx(1)
    assert span.details["distribution"]["share_over_12"] > 0.95  # type: ignore[index]  # details hold JSON values
    assert span.reference is not None
    assert span.reference < 10


def test_held_out_trials_are_near_the_reference() -> None:
    inputs = standins.inputs(standins.held_out())
    assert copy_span(inputs, rng()).value < 6
    assert copy_13gram(inputs, rng()).value < 0.02


def test_shuffling_words_takes_the_copy_apart() -> None:
    copied, shuffled = (copy_13gram(standins.inputs(each), rng()).value for each in (standins.copies(), standins.shuffled()))
    assert shuffled < copied / 2


def summary(words: str) -> Protocol:
    return Protocol(brief_title="T", brief_summary=words)


LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"


def test_only_own_exemplars_count_and_only_runs_that_few_trials_have() -> None:
    index = SpanIndex(["A", "B", "C", "D"], [summary(LONG), summary("quite another text"), summary("x"), summary("y")])
    assert longest_distinctive(summary(f"so {LONG}"), ["A"], index, ()) == 14
    assert longest_distinctive(summary(f"so {LONG}"), ["B"], index, ()) == 0
    assert contained(summary(LONG), ["A"], index) == 1
    assert contained(summary(LONG), ["B"], index) == 0
    assert contained(summary("too short"), ["A"], index) == 0
    common = SpanIndex(["A", "B", "C"], [summary(LONG)] * 3)
    assert longest_distinctive(summary(LONG), ["A"], common, ()) == 0


def test_what_the_plan_gave_does_not_count() -> None:
    index = SpanIndex(["A"], [summary(LONG)])
    assert longest_distinctive(summary(LONG), ["A"], index, ("two three", "seven")) == 11


def test_the_worst_run_is_found_among_longer_runs_of_other_trials() -> None:
    """A longer run of a stranger does not hide a shorter one of an exemplar."""
    half = " ".join(LONG.split()[:8])
    index = SpanIndex(["A", "B"], [summary(f"{half} and so on"), summary(LONG)])
    assert longest_distinctive(summary(LONG), ["A"], index, ()) == 8


def test_matched_trials_are_of_the_same_drug_where_there_are_any() -> None:
    inputs = standins.inputs(standins.held_out())
    drugs = standins.drugs()
    with_drug = {drugs[each.trial_id][0] for each in inputs.train if drugs[each.trial_id]}
    matched = matched_exemplars(inputs)
    checked = 0
    for trial, near in zip(inputs.test, matched, strict=True):
        assert len(near) == 3
        if drugs[trial.trial_id] and drugs[trial.trial_id][0] in with_drug:
            assert drugs[near[0].trial_id][0] == drugs[trial.trial_id][0]
            checked += 1
    assert checked > 5


def without_provenance(record: SyntheticTrial) -> SyntheticTrial:
    return msgspec.structs.replace(record, provenance=msgspec.structs.replace(record.provenance, exemplars=()))


def test_a_set_without_provenance_cannot_be_measured_against_its_exemplars() -> None:
    records = [without_provenance(each) for each in standins.copies(3)]
    for metric in (copy_span, copy_13gram):
        with pytest.raises(UnmeasurableError, match="3 of 3 records name no exemplar"):
            metric(standins.inputs(records), rng())


def test_without_a_test_side_there_is_no_reference() -> None:
    assert copy_13gram(standins.inputs(standins.copies(3), test=()), rng()).reference is None
    assert copy_span(standins.inputs(standins.copies(3), test=()), rng()).reference is None
