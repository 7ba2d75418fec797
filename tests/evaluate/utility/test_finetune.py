"""Fine-tuning the real MiniLM for a few steps: it learns what is planted and keeps the best epoch."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from neural import needs_torch
from sklearn.metrics import roc_auc_score

from synthetrial.evaluate.utility.encoder import Encoder
from synthetrial.evaluate.utility.finetune import Examples, batch_order, fine_tune, padded
from synthetrial.evaluate.utility.settings import FineTuning
from synthetrial.trial import Protocol


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
def test_it_learns_in_bfloat16_too_as_it_does_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    seen: list[torch.dtype] = []

    def half(device: str) -> torch.autocast:
        seen.append(torch.bfloat16)
        return torch.autocast(device, dtype=torch.bfloat16)

    monkeypatch.setattr("synthetrial.evaluate.utility.finetune._precision", half)
    minilm = Encoder("minilm")
    train, valid = examples(minilm, 24, 0), examples(minilm, 12, 1)
    settings = FineTuning(tokens=16, epochs=4, rate=1e-3)
    tuned = fine_tune(minilm, train, valid, examples(minilm, 20, 2).tokens, settings, 40)
    assert seen
    assert np.isfinite(tuned.test).all()
    assert roc_auc_score(examples(minilm, 20, 2).labels, tuned.test) > 0.95


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
