"""What is kept of a gain is the gain: its mean over drugs, its standard error, and whose trials it was measured on."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
import pytest

from synthetrial.evaluate.statistics import cluster_counts
from synthetrial.evaluate.utility.learn import Labels, Trained
from synthetrial.evaluate.utility.measure import Measured, Resamples, measure
from synthetrial.evaluate.utility.paired import paired
from synthetrial.trial import Protocol, RegistryTrial, Source

RNG = np.random.default_rng(3)
N = 300
LABELS = RNG.integers(0, 2, N)
DRUGS = [f"drug {each}" for each in RNG.integers(0, 90, N)]
TEST = [
    RegistryTrial(trial_id=f"T{i}", protocol=Protocol(brief_title="x"), source=Source(format="jsonl", file="x"))
    for i in range(N)
]
RESAMPLES = Resamples(cluster_counts(DRUGS, 2000, RNG), np.ones((2000, 1)))


def scored(signal: float, shared: npt.NDArray[np.float64]) -> Measured:
    """An arm of one draw whose scores lean towards the labels."""
    scores = signal * LABELS + shared + RNG.normal(size=N) / 2
    return measure(Trained(np.zeros((1, 1)), scores[None, :]), Labels(LABELS, np.array([0]), LABELS), RESAMPLES)


SHARED = RNG.normal(size=N)
BASE, ARM = scored(0.3, SHARED), scored(0.6, SHARED)


def test_the_mean_over_drugs_is_the_gain_and_so_is_that_over_draws() -> None:
    kept = paired(ARM, BASE, TEST, LABELS, DRUGS)
    gain = ARM.at["roc_auc"] - BASE.at["roc_auc"]
    assert len(kept["by_drug"]) == len(set(DRUGS))  # type: ignore[arg-type]  # JSON values
    assert np.mean(kept["by_drug"]) == pytest.approx(gain, abs=1e-4)  # type: ignore[arg-type]  # likewise
    assert kept["by_draw"] == [pytest.approx(gain, abs=1e-4)]


def test_its_standard_error_is_that_of_resampled_drugs() -> None:
    kept = np.array(paired(ARM, BASE, TEST, LABELS, DRUGS)["by_drug"])
    resampled = ARM.resampled["roc_auc"] - BASE.resampled["roc_auc"]
    assert kept.std(ddof=1) / np.sqrt(len(kept)) == pytest.approx(resampled.std(), rel=0.1)


def test_the_fingerprint_is_that_of_trials_labels_and_drugs() -> None:
    kept = paired(ARM, BASE, TEST, LABELS, DRUGS)["test"]
    assert paired(BASE, ARM, TEST, LABELS, DRUGS)["test"] == kept
    other = [msgspec.structs.replace(TEST[0], trial_id="U"), *TEST[1:]]
    turned = np.array([1 - LABELS[0], *LABELS[1:]])
    renamed = ["another", *DRUGS[1:]]
    assert kept not in {
        paired(ARM, BASE, other, LABELS, DRUGS)["test"],
        paired(ARM, BASE, TEST, turned, DRUGS)["test"],
        paired(ARM, BASE, TEST, LABELS, renamed)["test"],
    }
