"""membership-inference: exemplars of a writer that copies are told; trials that nothing was written from are not."""

from __future__ import annotations

import random

import msgspec
import numpy as np
import pytest
import standins

from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.evaluate.privacy.membership_inference import membership_inference, sides
from synthetrial.trial import SyntheticTrial


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def attacks(inputs: Inputs) -> dict[str, dict[str, float]]:
    found = membership_inference(inputs, rng()).details["attacks"]
    assert isinstance(found, list)
    return {each["attack"]: each for each in found}


def half() -> list[SyntheticTrial]:
    return [each for number, each in enumerate(standins.copies()) if number % 2]


def test_every_attack_tells_the_exemplars_of_a_writer_that_copies() -> None:
    inputs = standins.inputs(half())
    result = membership_inference(inputs, rng())
    assert result.value > 0.95
    assert result.details["non_members_are"] == "training trials that were no exemplar"
    for each in attacks(inputs).values():
        assert each["auc"] > 0.95
        assert each["tpr_at_1_percent_fpr"] > 0.8
    assert result.reference is not None
    assert 0.3 < result.reference < 0.7


def test_exemplars_named_at_random_are_not_told() -> None:
    """Records that have nothing to do with the exemplars they name: each attack is at one half over draws of the exemplars."""
    train = standins.sides()[0]
    found: dict[str, list[float]] = {}
    for seed in range(10):
        drawn = random.Random(seed).sample(train, len(train) // 2)
        records = [
            standins.record(i, each.protocol, each.label, [drawn[(i + step) % len(drawn)] for step in (0, 40)])
            for i, each in enumerate(standins.held_out())
        ]
        for name, each in attacks(standins.embedded(standins.inputs(records))).items():
            found.setdefault(name, []).append(each["auc"])
    for name, areas in found.items():
        assert np.mean(areas) == pytest.approx(0.5, abs=0.05), name


def test_pairs_are_of_one_drug_where_there_are_enough() -> None:
    inputs = standins.inputs(half())
    used = {each.provenance.exemplars[0] for each in inputs.synthetic}
    members = tuple(each for each in inputs.train if each.trial_id in used)
    others = tuple(each for each in inputs.train if each.trial_id not in used)
    both = sides(inputs, members, others)
    assert both.matched
    drugs = inputs.real_clusters(both.trials)
    for stratum in set(both.strata.tolist()):
        rows = np.flatnonzero(both.strata == stratum)
        assert len({drugs[each] for each in rows}) == 1
        assert set(both.members[rows].tolist()) == {0, 1}
    alone = sides(inputs, members[:3], others)
    assert (alone.matched, set(alone.strata.tolist()), len(alone.trials)) == (False, {0}, 3 + len(others))


def test_where_all_training_trials_are_exemplars_held_out_ones_stand_in() -> None:
    result = membership_inference(standins.inputs(standins.copies()), rng())
    assert str(result.details["non_members_are"]).startswith("held-out trials (0 training trials")
    assert result.value > 0.95


def test_what_cannot_be_attacked_is_said() -> None:
    with pytest.raises(UnmeasurableError, match="3 exemplars and 117 trials that were none: 10 of each"):
        membership_inference(standins.inputs(standins.copies(3)), rng())
    bare = [
        msgspec.structs.replace(each, provenance=msgspec.structs.replace(each.provenance, exemplars=()))
        for each in standins.copies(12)
    ]
    with pytest.raises(UnmeasurableError, match="name no exemplar"):
        membership_inference(standins.inputs(bare), rng())
    without = membership_inference(standins.inputs(half(), valid=()), rng())
    assert without.reference is None
    assert "fewer than 10" in str(without.details["reference"])


def test_the_same_draws_give_the_same_result() -> None:
    inputs = standins.inputs(half())
    assert membership_inference(inputs, rng()) == membership_inference(standins.inputs(half()), rng())
