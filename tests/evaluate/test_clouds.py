"""Figures of vectors: perfect on copies, near the reference for real trials, and far from it for what is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import standins

from synthetrial.evaluate.fidelity.cosine import cosine
from synthetrial.evaluate.fidelity.coverage import knn_coverage
from synthetrial.evaluate.fidelity.density import knn_density
from synthetrial.evaluate.fidelity.detection_embedding import detection_embedding_auc
from synthetrial.evaluate.fidelity.frontier import area, frontier
from synthetrial.evaluate.fidelity.map import vector_map
from synthetrial.evaluate.fidelity.neighbours import near, radii
from synthetrial.evaluate.fidelity.precision import knn_precision
from synthetrial.evaluate.fidelity.recall import knn_recall
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError
from synthetrial.trial import Protocol, SyntheticTrial

METRICS = (detection_embedding_auc, frontier, knn_precision, knn_recall, knn_density, knn_coverage, cosine)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def made(records: list[SyntheticTrial], **changes: object) -> Inputs:
    return standins.embedded(standins.inputs(records, **changes))


def reference(result: MetricResult) -> float:
    assert result.reference is not None
    return result.reference


def off_topic() -> list[SyntheticTrial]:
    """Records about nothing that real trials are about, in words that they use."""
    words = ["study", "of", "the", "with", "and", "in", "to", "for", "a"]
    return standins.changed(
        standins.held_out(),
        lambda each: Protocol(brief_title=" ".join(words[(each.provenance.cell + at) % len(words)] for at in range(6))),
    )


@pytest.fixture(scope="module")
def real() -> Inputs:
    return made(standins.held_out())


@pytest.mark.parametrize("metric", METRICS)
def test_held_out_trials_are_near_the_reference_and_the_embedder_is_named(metric: Any, real: Inputs) -> None:
    result = metric(real, rng())
    assert result.value == pytest.approx(reference(result), abs=0.15)
    assert result.details["embedder"] == real.cloud.name
    assert "held-out" in result.details["reference"]
    assert result.ci_low <= result.value <= result.ci_high


@pytest.mark.parametrize("metric", METRICS)
def test_the_same_seed_gives_the_same_result(metric: Any, real: Inputs) -> None:
    assert metric(real, rng()) == metric(made(standins.held_out()), rng())


@pytest.mark.parametrize("metric", METRICS)
def test_three_records_are_too_few_and_no_held_out_trial_is_no_reference(metric: Any) -> None:
    with pytest.raises(UnmeasurableError, match="10 of each are needed"):
        metric(made(standins.copies(3)), rng())
    result = metric(made(standins.copies(20), valid=(), test=()), rng())
    assert result.reference is None
    assert result.details["reference"] == "no held-out trial"


def test_copies_of_the_training_set_are_one_distribution_with_it() -> None:
    whole = made(standins.copies(), valid=(), test=())
    assert frontier(whole, rng()).value == pytest.approx(1)
    assert knn_precision(whole, rng()).value == knn_recall(whole, rng()).value == knn_coverage(whole, rng()).value == 1
    assert detection_embedding_auc(whole, rng()).value == pytest.approx(0.5, abs=0.02)


def test_records_of_another_topic_are_found_out() -> None:
    result = {each.__name__: each(made(off_topic()), rng()) for each in METRICS}
    assert result["detection_embedding_auc"].value > 0.95
    assert result["frontier"].value < reference(result["frontier"]) - 0.3
    assert result["knn_recall"].value < reference(result["knn_recall"]) - 0.3
    assert result["knn_coverage"].value < reference(result["knn_coverage"]) - 0.3
    assert result["frontier"].details["cells_without_synthetic"] > 0.3  # type: ignore[operator]  # details hold JSON values


def test_one_trial_over_and_over_is_precise_and_covers_nothing() -> None:
    one = made(standins.repeated())
    assert knn_precision(one, rng()).value > 0.5
    assert knn_recall(one, rng()).value < 0.1
    assert knn_coverage(one, rng()).value < 0.2
    alike: Any = cosine(one, rng()).details["distributions"]
    assert alike["synthetic_synthetic"]["mean"] == pytest.approx(1)
    assert alike["real_real"]["mean"] < 0.5


def test_histograms_are_shares_of_all_pairs(real: Inputs) -> None:
    distributions: Any = cosine(real, rng()).details["distributions"]
    size = len(real.synthetic)
    assert distributions["real_real"]["pairs"] == size * (size - 1)
    assert distributions["real_synthetic"]["pairs"] == size * size
    assert all(sum(each["histogram"]) == pytest.approx(1) for each in distributions.values())


def test_the_area_is_one_for_equals_and_small_for_strangers() -> None:
    one, other = np.array([[0.5, 0.5, 0.0, 0.0]]), np.array([[0.0, 0.0, 0.5, 0.5]])
    assert area(one, one)[0] == pytest.approx(1)
    assert area(one, other)[0] < 0.05
    between = np.array([[0.3, 0.3, 0.2, 0.2]])
    assert area(one, other)[0] < area(one, between)[0] < 1
    assert area(one, between)[0] == pytest.approx(area(between, one)[0])  # the curve is mirrored


def unit(rows: list[list[float]]) -> Any:
    table = np.array(rows, dtype=np.float32)
    return table / np.linalg.norm(table, axis=1, keepdims=True)


def test_neighbours_by_hand() -> None:
    angles = np.array([0.0, 0.1, 0.2, 1.0])
    real = unit([[np.cos(each), np.sin(each)] for each in angles])
    asked = unit([[np.cos(each), np.sin(each)] for each in (0.05, 2.0, 2.1)])
    found = near(asked, real, k=1)
    assert found.precision.tolist() == [1, 0, 0]
    assert found.coverage.tolist() == [1, 1, 0, 1] or found.coverage.tolist() == [1, 1, 0, 0]
    assert found.density.tolist()[1:] == [0, 0]
    assert found.density[0] >= 2
    assert radii(real, 1) == pytest.approx(1 - np.cos([0.1, 0.1, 0.1, 0.8]), abs=1e-5)


def test_chunks_change_nothing() -> None:
    rows = unit(rng().normal(size=(1200, 8)).tolist())
    apart = 1 - rows.astype(np.float64) @ rows.T.astype(np.float64)
    assert radii(rows, 5) == pytest.approx(np.sort(apart, axis=1)[:, 5], abs=1e-4)


def test_the_map_has_both_sides_and_is_the_same_each_time(real: Inputs) -> None:
    found = vector_map(real, most=60)
    assert found.synthetic == 60
    assert found.pca.shape == (120, 2)
    assert found.tsne is not None
    assert found.tsne.shape == (120, 2)
    assert found.ids[0].startswith("SYN-")
    assert not found.ids[-1].startswith("SYN-")
    assert vector_map(made(standins.held_out()), most=60).to_dict() == found.to_dict()
    assert vector_map(real, most=20).tsne is None
