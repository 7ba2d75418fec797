"""canary-inference: a writer that copies gives its canaries away, one that never saw them does not."""

from __future__ import annotations

import functools

import msgspec
import numpy as np
import pytest
import standins

from synthetrial.corpus.canaries import Canary, canaries
from synthetrial.evaluate.computing import NOT_ASKED
from synthetrial.evaluate.evaluation import evaluate
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError
from synthetrial.evaluate.privacy.canary_inference import canary_inference
from synthetrial.trial import RegistryTrial, Source, SyntheticTrial

PAIRS = 300
"""The AUC of 300 against 300 has a standard deviation of .024 where nothing leaks, the mean over two draws .017."""


@functools.cache
def planted(seed: int, pairs: int) -> tuple[tuple[Canary, ...], tuple[RegistryTrial, ...]]:
    """Canaries on the demo corpus's training trials, and the training side with those that were planted."""
    train = standins.sides()[0]
    made = canaries(train, train, pairs, seed)
    hosts = standins.by_id()
    added = tuple(
        msgspec.structs.replace(
            hosts[each.host], trial_id=each.id, protocol=each.protocol, source=Source(format="canary", file="c")
        )
        for each in made
        if each.planted
    )
    return made, (*train, *added)


def measured(records: list[SyntheticTrial], seed: int, pairs: int = PAIRS) -> MetricResult:
    made, train = planted(seed, pairs)
    inputs = standins.embedded(standins.inputs(records, train=train, canaries=made))
    return canary_inference(inputs, np.random.default_rng(seed))


def by_attack(result: MetricResult) -> dict[str, float]:
    found = result.details["attacks"]
    assert isinstance(found, list)
    return {each["attack"]: each["auc"] for each in found}


def copying(seed: int, pairs: int) -> list[SyntheticTrial]:
    """A writer that copies on purpose: every record is one of the planted canaries, word for word."""
    made, train = planted(seed, pairs)
    by_id = {each.trial_id: each for each in train}
    return [standins.record(i, by_id[each.id].protocol, 1, []) for i, each in enumerate(made) if each.planted]


def test_a_writer_that_copies_gives_every_canary_away() -> None:
    result = measured(copying(5, 40), 5, 40)
    assert result.value > 0.95
    assert all(each > 0.95 for each in by_attack(result).values())
    assert (result.details["planted"], result.details["kept_out"]) == (40, 40)
    assert result.reference is not None
    assert 0.2 < result.reference < 0.8


def test_a_writer_that_never_saw_them_gives_none_away() -> None:
    """Records are the other training trials themselves; every attack is at .5 ± .05 over two plantings."""
    found: dict[str, list[float]] = {}
    for seed in range(2):
        for name, auc in by_attack(measured(standins.copies(), seed)).items():
            found.setdefault(name, []).append(auc)
    assert set(found) == {"similarity", "2-gram", "8-gram", "marker"}
    for name, areas in found.items():
        assert np.mean(areas) == pytest.approx(0.5, abs=0.05), name


def test_canaries_that_became_exemplars_are_told_apart_from_those_that_did_not() -> None:
    made, train = planted(5, 40)
    by_id = {each.trial_id: each for each in train}
    shown = [each for each in made if each.planted][:20]
    records = [standins.record(i, by_id[each.id].protocol, 1, [by_id[each.id]]) for i, each in enumerate(shown)]
    result = measured(records, 5, 40)
    among = result.details["exemplars"]
    assert isinstance(among, dict)
    assert among["n"] == 20
    assert min(among["attacks"].values()) > 0.95
    assert 0.6 < result.value < 0.9  # half of the planted ones were never shown


def test_a_corpus_without_canaries_is_nothing_to_fail_on() -> None:
    result = evaluate(standins.inputs(standins.copies(12)), only=["canary-inference"])
    assert result.failed == ()
    assert result.skipped["canary-inference"].startswith(f"{NOT_ASKED}: the corpus holds no canaries")


def test_canaries_outside_the_training_split_and_too_few_are_said() -> None:
    made, train = planted(5, 40)

    def inputs(**changes: object) -> Inputs:
        return standins.inputs(standins.copies(5), **{"train": train, "canaries": made, **changes})

    with pytest.raises(UnmeasurableError, match="40 planted canaries are not in the training split"):
        canary_inference(inputs(train=standins.sides()[0]), np.random.default_rng(0))
    with pytest.raises(UnmeasurableError, match=r"canaries planted and .* kept out: 10 of each"):
        canary_inference(inputs(canaries=made[:8]), np.random.default_rng(0))
