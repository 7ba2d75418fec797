"""Figures over splits: an interval knows which test trials they share, and comparisons are made where most splits have both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import studied

from synthetrial.study.measured import Arms, Held, Key, difference, drawn_clusters, figure, held, resamples_of
from synthetrial.study.power import Part, powers
from synthetrial.study.results import comparisons
from synthetrial.study.scoring import AS_MANY, REAL, Arm

LABELS = np.array([0, 1] * 40)
RESAMPLES = 400


def arm(kind: str, skill: float, seed: int) -> Arm:
    """Scores of five draws that tell successes by `skill`."""
    rng = np.random.default_rng(seed)
    return Arm(kind, 20, 0.5, LABELS * skill + rng.normal(size=(1, len(LABELS))).repeat(5, axis=0))


def measured(clusters: dict[int, list[str]], seeds: dict[int, int]) -> list[Held]:
    """An arm's figures in each split, its test trials of those clusters; `seeds` are those of the scores."""
    drawn = drawn_clusters((name for each in clusters.values() for name in each), RESAMPLES)
    return [
        held(arm("none", 1.0, seeds[split]), LABELS, resamples_of(named, drawn, 5, split), split, 0)
        for split, named in clusters.items()
    ]


def test_a_split_with_the_same_test_trials_makes_no_interval_narrower() -> None:
    drugs = [f"drug {each}" for each in range(len(LABELS))]
    key = Key(scenario="share", classifier="tfidf", kind="none", n_real=20)
    spread = {}
    for name, second in (("same", drugs), ("other", [f"other {each}" for each in drugs])):
        found = figure({key: measured({0: drugs, 1: second}, {0: 0, 1: 0})}, key)
        assert found is not None
        spread[name] = found.resampled.std()
    alone = figure({key: measured({0: drugs}, {0: 0})}, key)
    assert alone is not None
    assert spread["same"] == pytest.approx(alone.resampled.std())
    assert spread["other"] < 0.85 * spread["same"]


def test_what_can_be_seen_over_splits_is_no_more_where_their_test_trials_are_the_same() -> None:
    drugs = [f"drug {each}" for each in range(len(LABELS))]
    arms = [arm(REAL, 0.8, 1), arm(AS_MANY, 1.0, 2)]
    least = {}
    for name, second in (("same", drugs), ("other", [f"other {each}" for each in drugs])):
        drawn = drawn_clusters((*drugs, *second), RESAMPLES)
        parts = [Part(arms, LABELS, resamples_of(each, drawn, 5, 0)) for each in (drugs, second)]
        (one,), (both,) = (powers(each, "tfidf", 0.02) for each in (parts[:1], parts))
        assert (one.splits, both.splits, both.n_test) == (1, 2, len(LABELS))
        least[name] = both.least / one.least
    assert least["same"] == pytest.approx(1)
    assert least["other"] < 0.85


def test_trials_of_a_cluster_are_drawn_together_in_every_split() -> None:
    drawn = drawn_clusters(["a", "b", "c", "d"], 50)
    one, other = (resamples_of(each, drawn, 5, split).trials for split, each in enumerate((["a", "b", "b"], ["b", "d"])))
    assert (one[:, 1] == one[:, 2]).all()
    assert (one[:, 1] == other[:, 0]).all()
    assert np.sum(list(drawn.values()), axis=0).tolist() == [4.0] * 50


def test_a_question_is_answered_at_the_number_of_records_that_most_splits_have(tmp_path: Path) -> None:
    study = studied.settings(tmp_path, questions=())
    first = study.primary
    drugs = {split: [f"{split} {each}" for each in range(len(LABELS))] for split in (0, 1)}

    def of(recipe: str, size: int, splits: tuple[int, ...]) -> tuple[Key, list[Held]]:
        key = Key(
            scenario=first.scenario, classifier=first.classifier, kind=first.mode, n_real=first.n_real, recipe=recipe, size=size
        )
        return key, measured({each: drugs[each] for each in splits}, {0: size, 1: size + 1})

    alone = Key(scenario=first.scenario, classifier=first.classifier, kind=REAL, n_real=first.n_real)
    arms: Arms = dict([of(first.set, 30, (0, 1)), of(first.set, 90, (0,)), (alone, measured(drugs, {0: 7, 1: 8}))])
    primary = next(each for each in comparisons(study, arms, len(LABELS)) if each.primary)
    assert (primary.records, primary.splits) == (30, 2)
    largest = {each.size: each for each in arms if each.recipe == first.set}
    assert difference(arms, largest[90], alone) is not None, "it is measured all the same"
