"""A study finds what is there: signal where it was planted, none where labels mean nothing; and refuses what is not fair."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
import studied

from synthetrial.errors import RefusedError
from synthetrial.study.corpora import corpus_of, trials_of
from synthetrial.study.results import Results, Row
from synthetrial.study.scoring import Folds, Measure, recipients, score_set
from synthetrial.study.study import Set, measure


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus, and in `out` a study that was measured."""
    folder = tmp_path_factory.mktemp("planted")
    studied.corpus(folder)
    return folder


def measured(folder: Path) -> Results:
    settings = studied.settings(folder)
    return measure(settings, folder / "out", studied.given(settings, folder / "out"))


@pytest.fixture(scope="module")
def results(folder: Path) -> Results:
    return measured(folder)


def row(results: Results, recipe: str, mode: str = "none", n_real: int = 20) -> Row:
    return next(each for each in results.rows if (each.recipe, each.mode, each.n_real) == (recipe, mode, n_real))


def test_records_that_carry_the_label_gain_and_their_interval_is_above_nothing(results: Results) -> None:
    for n_real in (0, 20):
        found = row(results, "right", n_real=n_real).delta_roc_auc
        assert found is not None
        assert found.ci[0] is not None
        assert found.ci[0] > 0
    primary = next(each for each in results.comparisons if each.primary)
    assert primary.delta == row(results, "right").delta_roc_auc
    assert primary.p < 0.05


@pytest.mark.parametrize(("recipe", "mode"), [("right", "shuffled"), ("random", "none")])
def test_labels_that_mean_nothing_gain_nothing(results: Results, recipe: str, mode: str) -> None:
    found = row(results, recipe, mode, n_real=0).delta_roc_auc
    assert found is not None
    assert found.ci[0] is not None
    assert found.ci[0] < 0.02
    better = row(results, "right", n_real=0).delta_roc_auc
    assert better is not None
    assert found.value < better.value - 0.1


def test_most_of_the_gap_is_recovered_by_records_as_good_as_real_ones(results: Results) -> None:
    gap = row(results, "right", n_real=0).gap
    assert gap is not None
    assert 0.5 < gap.value < 1.2


def test_the_pool_and_a_set_are_taken_as_they_are(folder: Path) -> None:
    """Bootstrap samples would teach less than what they stand for, and the gap would be one to something else."""
    settings = studied.settings(folder)
    trials = trials_of(settings, corpus_of(settings, folder / "out", 0))
    how = Measure(trials=trials, classifier="tfidf", n_real=(0, 20), modes=("none",), draws=3, seed=0)
    held = recipients(how)
    assert (held[len(trials.pool)].sum(axis=1) == [3] * len(trials.pool) + [0] * len(trials.rest)).all()
    assert held[20].max() == 1
    made = {
        (each.kind, each.n_real): each
        for each in score_set(how, studied.given(settings, folder / "out")[0].records, Folds(3, 0))
    }
    assert np.ptp(made["none", 0].test, axis=0).max() < 1e-6
    assert np.ptp(made["none", 20].test, axis=0).max() > 1e-3


def test_every_mode_is_there_and_zero_is_allowed(results: Results) -> None:
    assert {each.mode for each in results.rows if each.recipe == "random"} == {
        "shuffled", "none", "weight", "filter", "relabel", "dimp",
    }  # fmt: skip
    assert 0.0 in row(results, "right", "shuffled").mixing


def test_a_set_that_copies_test_trials_is_refused(folder: Path) -> None:
    settings = studied.settings(folder)
    test = trials_of(settings, corpus_of(settings, folder / "out", 0)).test
    first, second = studied.given(settings, folder / "out")
    copied = tuple(
        msgspec.structs.replace(record, protocol=trial.protocol) for record, trial in zip(first.records, test, strict=False)
    )
    with pytest.raises(RefusedError, match="held-out trials stand in records"):
        measure(settings, folder / "out", [Set(made=first.made, records=copied), second])


def test_what_is_measured_is_not_measured_again(folder: Path, results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("a finished cell was measured again")

    monkeypatch.setattr("synthetrial.study.study.score_set", never)
    monkeypatch.setattr("synthetrial.study.study.score_real", never)
    assert msgspec.json.encode(measured(folder)) == msgspec.json.encode(results)


def test_a_damaged_cell_is_measured_again(folder: Path, results: Results) -> None:
    damaged = sorted((folder / "out" / "cells").iterdir())[0]
    damaged.write_bytes(damaged.read_bytes()[:-100])
    assert msgspec.json.encode(measured(folder)) == msgspec.json.encode(results)
