"""Diversity: real trials are as varied as real trials, one record repeated is not, and size does not pass for variety."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
import standins

from synthetrial.evaluate.diversity.conditions import condition_coverage
from synthetrial.evaluate.diversity.distinct_n import distinct_n
from synthetrial.evaluate.diversity.near_duplicates import near_duplicate_rate
from synthetrial.evaluate.diversity.self_bleu import bleu_of_each, self_bleu
from synthetrial.evaluate.diversity.vendi import score, vendi
from synthetrial.evaluate.diversity.vocabulary import vocabulary_coverage
from synthetrial.evaluate.diversity.words import grams, words
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError
from synthetrial.trial import Protocol, SyntheticTrial

METRICS = (distinct_n, self_bleu, vendi, near_duplicate_rate, vocabulary_coverage, condition_coverage)
HIGHER = (distinct_n, vendi, vocabulary_coverage, condition_coverage)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def made(records: list[SyntheticTrial], **changes: object) -> Inputs:
    return standins.embedded(standins.inputs(records, **changes))


def reference(result: MetricResult) -> float:
    assert result.reference is not None
    return result.reference


@pytest.fixture(scope="module")
def real() -> Inputs:
    return made(standins.held_out())


@pytest.fixture(scope="module")
def one() -> Inputs:
    return made(standins.repeated())


@pytest.mark.parametrize("metric", METRICS)
def test_real_trials_are_as_varied_as_the_reference(metric: Any, real: Inputs) -> None:
    result = metric(real, rng())
    assert result.value == pytest.approx(reference(result), rel=0.15, abs=0.05)
    assert result.ci_low <= result.value <= result.ci_high
    assert result.n == 80
    assert metric(made(standins.held_out()), rng()) == result


@pytest.mark.parametrize("metric", METRICS)
def test_one_trial_over_and_over_is_not(metric: Any, one: Inputs) -> None:
    result = metric(one, rng())
    if metric in HIGHER:
        assert result.value < 0.5 * reference(result)
    else:
        assert result.value == pytest.approx(1, abs=0.01)
        assert reference(result) < 0.5


@pytest.mark.parametrize("metric", METRICS)
def test_few_records_are_compared_with_few_real_trials(metric: Any) -> None:
    """What hangs on size must not show against a reference of another size."""
    result = metric(made(standins.held_out()[:20]), rng())
    assert result.n == 20
    assert result.value == pytest.approx(reference(result), rel=0.35, abs=0.05)
    with pytest.raises(UnmeasurableError, match="10 of each are needed"):
        metric(made(standins.held_out()[:3]), rng())


def test_the_score_counts_what_differs() -> None:
    assert score(np.eye(7, dtype=np.float32)) == pytest.approx(7)
    assert score(np.ones((9, 1), dtype=np.float32)) == pytest.approx(1)
    assert score(np.repeat(np.eye(4, dtype=np.float32), 5, axis=0)) == pytest.approx(4)
    assert score(np.zeros((3, 4), dtype=np.float32)) == 1
    rows = rng().normal(size=(30, 50)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    values = np.linalg.eigvalsh((rows @ rows.T).astype(np.float64) / 30)
    values = values[values > 1e-12]
    assert score(rows) == pytest.approx(np.exp(-(values * np.log(values)).sum()), rel=1e-4)
    assert score(np.tile(rows, (3, 1))) == pytest.approx(score(rows), rel=1e-4)  # repeating the set adds nothing


def title(text: str) -> Protocol:
    return Protocol(brief_title=text)


def test_grams_do_not_cross_sections_and_do_not_collide() -> None:
    found = words([Protocol(brief_title="a b c", brief_summary="d e"), title("b c"), title("c b")])
    assert len(grams(found.of(0), 2)) == 3  # a b, b c, d e
    assert set(grams(found.of(1), 2)) <= set(grams(found.of(0), 2))
    assert set(grams(found.of(2), 2)).isdisjoint(grams(found.of(0), 2))
    assert len(grams(found.of(1), 3)) == 0
    many = words([title(" ".join(f"w{each}" for each in range(5000)))])
    assert len(np.unique(grams(many.of(0), 2))) == 4999


def bleu(mine: list[str], others: list[list[str]]) -> float:
    """BLEU-4 in the plain way, for comparison."""
    logs = 0.0
    for n in range(1, 5):
        runs = [tuple(mine[at : at + n]) for at in range(len(mine) - n + 1)]
        beside = [[tuple(each[at : at + n]) for at in range(len(each) - n + 1)] for each in others]
        clipped = sum(min(runs.count(run), max(each.count(run) for each in beside)) for run in set(runs))
        logs += np.log(max(clipped, 0.1) / max(len(runs), 1)) / 4
    nearest = min((len(each) for each in others), key=lambda size: (abs(size - len(mine)), size))
    return float(np.exp(min(logs, 0)) * (1 if len(mine) >= nearest else np.exp(1 - nearest / len(mine))))


def test_bleu_is_that_of_the_plain_way() -> None:
    dice = rng()
    texts = [[f"w{each}" for each in dice.integers(0, 6, size=dice.integers(5, 25))] for _ in range(9)]
    found = bleu_of_each(words([title(" ".join(each)) for each in texts]), np.arange(9))
    for number, each in enumerate(texts):
        assert found[number] == pytest.approx(bleu(each, texts[:number] + texts[number + 1 :]))


def test_the_twins_are_named_and_the_whole_set_is_searched() -> None:
    records = standins.held_out()
    twin = msgspec.structs.replace(records[1], protocol=records[0].protocol)
    result = near_duplicate_rate(made([records[0], twin, *records[2:]]), rng())
    assert result.value == pytest.approx(2 / 80)
    assert result.details["groups"] == [[records[0].id, records[1].id]]
    assert result.details["in_the_whole_set"] == pytest.approx(2 / 80)
    assert result.details["largest_group"] == 2


def test_what_the_records_lack_is_named() -> None:
    narrow = [
        msgspec.structs.replace(each.protocol, conditions=("Flat feet",), brief_summary="zymurgy", eligibility=None)
        for each in standins.held_out()
    ]
    records = [
        msgspec.structs.replace(
            each, protocol=msgspec.structs.replace(protocol, eligibility=Protocol(brief_title="x").eligibility)
        )
        for each, protocol in zip(standins.held_out(), narrow, strict=True)
    ]
    inputs = made(records)
    conditions = condition_coverage(inputs, rng())
    assert conditions.value == 0
    assert len(conditions.details["missing"]) == 10  # type: ignore[arg-type]  # details hold JSON values
    assert conditions.details["most_frequent"] == {"flat feet": 80}
    vocabulary = vocabulary_coverage(inputs, rng())
    assert vocabulary.value < reference(vocabulary) - 0.1
    assert vocabulary.details["in_no_real_trial"] > 0  # type: ignore[operator]


def test_texts_without_words_or_conditions_are_not_measured() -> None:
    bare = standins.changed(standins.copies(20), lambda each: title("!"))
    with pytest.raises(UnmeasurableError, match="hardly a word"):
        distinct_n(made(bare), rng())
    with pytest.raises(UnmeasurableError, match="no record names a condition"):
        condition_coverage(made(bare), rng())
    assert self_bleu(made(bare), rng()).value == 0
