"""The reference figures of TOP phase I come out again, by this package's readers, word counts and areas."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from realdata import DATA, needs_real_data
from synthetrial.evaluate.statistics import roc_auc


@needs_real_data
def test_tfidf_on_criteria_reaches_the_known_area() -> None:
    spec = importlib.util.spec_from_file_location("top", Path(__file__).resolve().parents[2] / "benchmarks" / "top.py")
    assert spec is not None
    assert spec.loader is not None
    top = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(top)
    train, test = top.trials(DATA / "top", "train"), top.trials(DATA / "top", "test")
    assert (len(train), len(test)) == (1044, 627)
    truth = top.labels(test)
    texts = [[each.protocol.eligibility.criteria or "" for each in side] for side in (train, test)]
    given = top.scores(texts[0], top.labels(train), texts[1])
    assert roc_auc(given, truth)[0] == pytest.approx(top.REFERENCE["tfidf_roc_phase1"], abs=0.01)
    assert 2 * truth.mean() / (1 + truth.mean()) == pytest.approx(top.REFERENCE["all_positive_f1"], abs=5e-4)
