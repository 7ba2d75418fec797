"""Trials that stand in for exemplars and for held-out twins are of the same drug where there are any."""

from __future__ import annotations

import standins

from synthetrial.evaluate.privacy.matched import held_out_twins, matched_exemplars


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


def test_the_twins_are_held_out_trials_of_the_same_drug_where_there_are_any() -> None:
    inputs = standins.inputs(standins.copies())
    twins, drugs = held_out_twins(inputs), standins.drugs()
    held = {each.trial_id: drugs[each.trial_id][:1] for each in (*inputs.valid, *inputs.test)}
    assert set(twins) == {each.trial_id for each in inputs.train}
    for own, twin in twins.items():
        if drugs[own] and drugs[own][:1] in held.values():
            assert held[twin.trial_id] == drugs[own][:1]
