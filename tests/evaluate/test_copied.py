"""Copying: a copy shows whole, a real trial beside its neighbours hardly at all, and what related trials share is known."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import standins

from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.evaluate.privacy.copied import Shared, shared
from synthetrial.evaluate.privacy.copy_8gram import copy_8gram
from synthetrial.evaluate.privacy.copy_8gram_train import copy_8gram_train
from synthetrial.evaluate.privacy.copy_13gram import copy_13gram
from synthetrial.evaluate.privacy.copy_13gram_train import copy_13gram_train
from synthetrial.evaluate.privacy.copy_span import copy_span
from synthetrial.evaluate.privacy.copy_span_train import copy_span_train
from synthetrial.evaluate.privacy.matched import held_out_twins, matched_exemplars
from synthetrial.similar.spans import SpanIndex, containment, sections
from synthetrial.trial import Protocol, SyntheticTrial

OWN = (copy_span, copy_8gram, copy_13gram)
WHOLE = (copy_span_train, copy_8gram_train, copy_13gram_train)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_copies_of_the_training_set_fail_all() -> None:
    inputs = standins.inputs(standins.copies())
    for span in (copy_span(inputs, rng()), copy_span_train(inputs, rng())):
        assert span.value > 40
        assert span.details["distribution"]["share_over_12"] > 0.95  # type: ignore[index]  # details hold JSON values
        assert span.reference is not None
        assert span.reference < 10
    for metric in (copy_8gram, copy_13gram, copy_8gram_train, copy_13gram_train):
        result = metric(inputs, rng())
        assert result.value == pytest.approx(1)
        assert result.reference is not None
        assert result.reference < 0.02


def test_held_out_trials_are_near_the_reference() -> None:
    inputs = standins.inputs(standins.held_out())
    assert copy_span(inputs, rng()).value < 6
    assert copy_13gram(inputs, rng()).value < 0.02
    for metric in (copy_span_train, copy_8gram_train, copy_13gram_train):
        result = metric(inputs, rng())
        assert result.reference is not None
        assert result.value == pytest.approx(result.reference, abs=0.02 if result.value < 1 else 2)


def test_shuffling_words_takes_the_copy_apart() -> None:
    copied, shuffled = (standins.inputs(each) for each in (standins.copies(), standins.shuffled()))
    for metric in (*OWN, *WHOLE):
        assert metric(shuffled, rng()).value < metric(copied, rng()).value / 2


def test_what_related_held_out_trials_share_is_subtracted() -> None:
    copied = copy_8gram(standins.inputs(standins.copies()), rng()).details["minus_held_out"]
    assert isinstance(copied, dict)
    assert copied["difference"] == copied["seen"] - copied["held_out"] > 0.95
    assert copied["ci"][0] > 0.95
    whole = copy_8gram_train(standins.inputs(standins.held_out()[:10]), rng()).details["minus_held_out"]
    assert isinstance(whole, dict)
    assert whole["held_out"] == pytest.approx(1)  # these records are held-out trials
    assert whole["difference"] < -0.9
    nothing = copy_8gram(standins.inputs(standins.copies(3), valid=(), test=()), rng()).details["minus_held_out"]
    assert nothing == "no held-out trial to subtract"


def test_the_twins_are_held_out_trials_of_the_same_drug_where_there_are_any() -> None:
    inputs = standins.inputs(standins.copies())
    twins, drugs = held_out_twins(inputs), standins.drugs()
    held = {each.trial_id: drugs[each.trial_id][:1] for each in (*inputs.valid, *inputs.test)}
    assert set(twins) == {each.trial_id for each in inputs.train}
    for own, twin in twins.items():
        if drugs[own] and drugs[own][:1] in held.values():
            assert held[twin.trial_id] == drugs[own][:1]


def summary(words: str) -> Protocol:
    return Protocol(brief_title="T", brief_summary=words)


LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"


def own(protocol: Protocol, index: SpanIndex, ids: list[str], drugs: tuple[str, ...] = ()) -> Shared:
    return shared(protocol, index, (np.array([each in ids for each in index.trial_ids]),), drugs)[0]


def test_only_own_exemplars_count_and_only_runs_that_few_trials_have() -> None:
    index = SpanIndex(["A", "B", "C", "D"], [summary(LONG), summary("quite another text"), summary("x"), summary("y")])
    assert own(summary(f"so {LONG}"), index, ["A"]) == Shared(14, (pytest.approx(7 / 8), pytest.approx(2 / 3)))  # type: ignore[arg-type]  # approx
    assert own(summary(f"so {LONG}"), index, ["B"]) == Shared(0, (0.0, 0.0))
    assert shared(summary(LONG), index, (None,))[0] == Shared(14, (1.0, 1.0))
    assert own(summary("too short"), index, ["A"]) == Shared()
    common = SpanIndex(["A", "B", "C"], [summary(LONG)] * 3)
    assert own(summary(LONG), common, ["A"]) == Shared(0, (1.0, 1.0))


def test_runs_of_several_exemplars_add_up() -> None:
    first, second = " ".join(LONG.split()[:8]), " ".join(LONG.split()[6:])
    index = SpanIndex(["A", "B"], [summary(first), summary(second)])
    assert own(summary(LONG), index, ["A"]).grams[0] == pytest.approx(1 / 7)
    assert own(summary(LONG), index, ["A", "B"]).grams[0] == pytest.approx(2 / 7)


def test_what_the_plan_gave_does_not_count() -> None:
    index = SpanIndex(["A"], [summary(LONG)])
    assert own(summary(LONG), index, ["A"], ("two three", "seven")).span == 11


def test_the_worst_run_is_found_among_longer_runs_of_other_trials() -> None:
    """A longer run of a stranger does not hide a shorter one of an exemplar."""
    half = " ".join(LONG.split()[:8])
    index = SpanIndex(["A", "B"], [summary(f"{half} and so on"), summary(LONG)])
    assert own(summary(LONG), index, ["A"]).span == 8


def test_the_shares_are_those_of_counting_every_run() -> None:
    train = standins.sides()[0][:30]
    index = SpanIndex([each.trial_id for each in train], (each.protocol for each in train))
    for each in standins.shuffled()[:10]:
        tokens = sections(each.protocol)
        runs = {name: len(words) - 7 for name, words in tokens.items() if len(words) >= 8}
        counted = sum(
            len(words) - 7 if name == "Title" else 0 for name, words in tokens.items() if len(words) >= 8
        )  # titles were not shuffled
        found = own(each.protocol, index, list(each.provenance.exemplars)).grams[0]
        assert found >= counted / max(1, sum(runs.values()))
    whole = standins.copies(1)[0].protocol
    assert containment(sections(whole)["Title"], sections(train[0].protocol)["Title"], 6) == 1


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


def test_a_set_without_provenance_is_measured_against_the_training_split_alone() -> None:
    records = [without_provenance(each) for each in standins.copies(3)]
    for metric in OWN:
        with pytest.raises(UnmeasurableError, match="3 of 3 records name no exemplar"):
            metric(standins.inputs(records), rng())
    for metric in WHOLE:
        assert metric(standins.inputs(records), rng()).value >= 1
        with pytest.raises(UnmeasurableError, match="no synthetic record"):
            metric(standins.inputs([]), rng())


def test_without_a_test_side_there_is_no_reference() -> None:
    for metric in (*OWN, *WHOLE):
        result = metric(standins.inputs(standins.copies(3), test=()), rng())
        assert result.reference is None
        assert result.details["reference"] == "no test trial"
