"""Fine-tuning the real MiniLM for a few steps: it learns what is planted, keeps the best epoch, and goes on cell by cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from test_encoder import needs_torch, offline
from test_utility import table, world

from synthetrial.errors import UsageError
from synthetrial.evaluate.evaluation import evaluate
from synthetrial.evaluate.inputs import Effort, Inputs
from synthetrial.evaluate.metric import InapplicableError, MetricResult
from synthetrial.evaluate.utility.cells import Cell, Cells, key
from synthetrial.evaluate.utility.encoder import Encoder
from synthetrial.evaluate.utility.finetune import Examples, batch_order, fine_tune, padded
from synthetrial.evaluate.utility.settings import EncoderChoice, FineTuning, Step
from synthetrial.evaluate.utility.utility_encoder import utility_encoder

FEW = FineTuning(tokens=24, epochs=1, rate=5e-4, seeds=(40,))


@pytest.fixture(autouse=True)
def _one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many threads as the other tests have: those that wait for one another on busy cores take minutes."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def test_batches_hold_every_row_once_and_differ_by_epoch_and_seed() -> None:
    orders = [np.concatenate(batch_order(21, 8, seed, epoch)).tolist() for seed, epoch in ((40, 0), (40, 1), (41, 0))]
    assert [len(each) for each in batch_order(21, 8, 40, 0)] == [8, 8, 5]
    assert all(sorted(each) == list(range(21)) for each in orders)
    assert len({tuple(each) for each in orders}) == 3
    assert np.concatenate(batch_order(21, 8, 40, 0)).tolist() == orders[0]


@needs_torch
def test_padding_is_masked() -> None:
    ids, mask = padded([[1, 2, 3], [4]], 9)
    assert ids.tolist() == [[1, 2, 3], [4, 9, 9]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]


def examples(minilm: Encoder, n: int, seed: int) -> Examples:
    from synthetrial.trial import Protocol

    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    said = [Protocol(brief_title=f"{'simple visit' if y else 'rare biopsy'} number {rng.integers(99)}") for y in labels]
    return Examples(minilm.rows(said, 16), labels, np.ones(n))


@needs_torch
def test_a_planted_word_is_learnt_in_a_few_steps_and_the_same_seed_learns_the_same() -> None:
    minilm = Encoder("minilm")
    train, valid, test = examples(minilm, 24, 0), examples(minilm, 12, 1), examples(minilm, 20, 2)
    seen: list[tuple[int, int]] = []
    settings = FineTuning(tokens=16, epochs=4, rate=1e-3)
    found = fine_tune(minilm, train, valid, test.tokens, settings, 40, lambda step, steps, loss: seen.append((step, steps)))
    assert seen == [(step, 12) for step in range(1, 13)]
    assert roc_auc_score(test.labels, found.test) > 0.95
    assert len(found.losses) == 4
    assert found.epoch == int(np.argmin(found.losses)) + 1
    short = msgspec.structs.replace(settings, epochs=1)
    once, again = (fine_tune(minilm, train, valid, test.tokens, short, 40) for _ in range(2))
    np.testing.assert_array_equal(once.test, again.test)


@needs_torch
def test_the_epoch_of_lowest_validation_loss_is_kept() -> None:
    """Validation labels are turned around, so that every epoch is worse than the one before: the first is kept."""
    minilm = Encoder("minilm")
    train, valid, test = examples(minilm, 24, 0), examples(minilm, 12, 1), examples(minilm, 12, 2)
    turned = valid._replace(labels=1 - valid.labels)
    settings = FineTuning(tokens=16, epochs=2, rate=1e-3)
    found = fine_tune(minilm, train, turned, test.tokens, settings, 40)
    assert found.losses == tuple(sorted(found.losses))
    assert found.epoch == 1
    nothing = valid._replace(tokens=[], labels=valid.labels[:0], weights=valid.weights[:0])
    last = fine_tune(minilm, train, nothing, test.tokens, settings, 40)
    assert (last.epoch, last.losses, len(last.valid)) == (2, (), 0)
    assert not np.allclose(last.test, found.test)


@needs_torch
def test_an_example_without_weight_teaches_nothing() -> None:
    """Texts with turned labels and hardly any weight do not keep the planted word from being learnt."""
    minilm = Encoder("minilm")
    train, more, test = examples(minilm, 24, 0), examples(minilm, 24, 3), examples(minilm, 20, 2)
    weights = np.concatenate([train.weights, np.full(24, 1e-9)])
    both = Examples([*train.tokens, *more.tokens], np.concatenate([train.labels, 1 - more.labels]), weights)
    found = fine_tune(minilm, both, examples(minilm, 12, 1), test.tokens, FineTuning(tokens=16, epochs=2, rate=1e-3), 40)
    assert roc_auc_score(test.labels, found.test) > 0.9


def tuned_world(kept: Path | None, steps: list[Step] | None = None) -> Inputs:
    whole = world()
    choice = EncoderChoice(
        name="minilm", settings=FEW, arms=("synthetic", "teacher"), sizes=(), kept=kept,
        watch=None if steps is None else steps.append,
    )  # fmt: skip
    few = {"train": whole.train[:40], "valid": whole.valid[:16], "test": whole.test[:16], "synthetic": whole.synthetic[:16]}
    return msgspec.structs.replace(whole, encoder=choice, effort=Effort(draws=2, resamples=50, repeats=1), **few)


@needs_torch
def test_the_study_has_its_arms_and_goes_on_from_finished_cells(tmp_path: Path) -> None:
    kept = tmp_path / "finetune.jsonl"
    first: list[Step] = []
    result: MetricResult = utility_encoder(tuned_world(kept, first), np.random.default_rng(0))
    rows = table(result)
    assert set(rows) == {
        ("prior", 0), ("synthetic", 0), ("teacher", 0), ("real", 40), ("hybrid", 40), ("teacher", 40),
    }  # fmt: skip
    assert rows["hybrid", 40]["lambda"] in (0.0, 1.0)
    assert result.details["draws"] == 1
    assert "minilm fine-tuned, 1 epochs" in str(result.details["classifier"])
    missing: Any = result.details["missing_arms"]
    assert missing["duplicated-exemplar+weight"]
    assert {(each.cell, each.cells) for each in first} == {(cell, 3) for cell in range(1, 4)}
    lines = kept.read_bytes().splitlines()
    assert len(lines) == 3
    kept.write_bytes(b"\n".join([*lines[:2], lines[2][:50]]))  # killed in the middle of a line
    second: list[Step] = []
    again = utility_encoder(tuned_world(kept, second), np.random.default_rng(0))
    assert {each.cell for each in second} == {3}
    assert again == result
    assert len(Cells(kept)._known) == 3


def test_a_key_tells_every_token_label_weight_and_setting_apart() -> None:
    train = Examples([[1, 2]], np.array([1]), np.array([1.0]))
    keys = {
        key("a", FEW, 40, train, train, [[1]]), key("b", FEW, 40, train, train, [[1]]), key("a", FEW, 41, train, train, [[1]]),
        key("a", msgspec.structs.replace(FEW, rate=1e-5), 40, train, train, [[1]]),
        key("a", FEW, 40, train._replace(tokens=[[1, 3]]), train, [[1]]),
        key("a", FEW, 40, train._replace(labels=np.array([0])), train, [[1]]),
        key("a", FEW, 40, train._replace(weights=np.array([0.5])), train, [[1]]), key("a", FEW, 40, train, train, [[2]]),
    }  # fmt: skip
    assert len(keys) == 8
    assert key("a", FEW, 40, train, train, [[1]]) in keys
    assert key("a", msgspec.structs.replace(FEW, seeds=(1,)), 40, train, train, [[1]]) in keys


def test_cells_come_back_to_the_last_digit(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "cells.jsonl"
    cell = Cell(
        key="k", encoder="e", arm="real", n_real=5, seed=1, epoch=2, losses=(0.1, 1 / 3), valid=(1 / 7,), test=(-2.5, 1e-17)
    )
    Cells(path).keep(cell)
    found = Cells(path).get("k")
    assert found is not None
    assert found.test.tolist() == [-2.5, 1e-17]
    assert (found.valid.tolist(), found.epoch, found.losses) == ([1 / 7], 2, (0.1, 1 / 3))
    assert Cells(path).get("other") is None
    assert Cells(None).get("k") is None


def test_without_an_encoder_it_is_no_failure_and_an_unknown_arm_is() -> None:
    with pytest.raises(InapplicableError, match="--encoder"):
        utility_encoder(world(), np.random.default_rng(0))
    with pytest.raises(UsageError, match="no utility arm 'beauty'"):
        EncoderChoice(arms=("beauty",))


@needs_torch
def test_an_encoder_that_cannot_be_had_leaves_the_other_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    offline(monkeypatch)
    inputs = msgspec.structs.replace(world(), encoder=EncoderChoice(name="nobody/has-this-encoder"))
    found = evaluate(inputs, only=["schema-validity", "utility-encoder"])
    assert list(found.metrics) == ["schema-validity"]
    assert found.failed == ("utility-encoder",)
