"""Fine-tuning: a plain training loop over padded batches, the epoch chosen by validation loss.

AdamW (Loshchilov & Hutter 2019), learning rate falling linearly to 0, gradients cut to norm 1, as the published study's trainer
had them by default. Single precision on a CPU, bfloat16 where there is a GPU.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.utility.encoder import Encoder
from synthetrial.evaluate.utility.settings import FineTuning
from synthetrial.seeds import derive

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Tokens = Sequence[Sequence[int]]

_SCORED: Final = 32
_NORM: Final = 1.0


class Examples(NamedTuple):
    """Texts as token ids, their labels (0/1), and their weights (any scale)."""

    tokens: Tokens
    labels: Numbers
    weights: Floats


class Tuned(NamedTuple):
    """Log-odds of validation and test texts at the best epoch (from 1), and the validation loss of every epoch."""

    valid: Floats
    test: Floats
    epoch: int
    losses: tuple[float, ...]


def fine_tune(
    encoder: Encoder, train: Examples, valid: Examples, test: Tokens, settings: FineTuning, seed: int,
    watch: Callable[[int, int, float], None] | None = None,
) -> Tuned:  # fmt: skip
    """Train on `train`, keep the epoch with the lowest weighted loss on `valid` (the last one without validation texts), score
    `valid` and `test`. `watch` is told (step, steps, loss)."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = encoder.fresh(seed).to(device)
    steps = settings.epochs * -(-len(train.tokens) // settings.batch)
    losses: list[float] = []
    best: tuple[float, int, Floats, dict[str, Any]] | None = None
    for epoch, _ in enumerate(train_epochs(model, encoder.padding, train, settings, seed, steps, watch), 1):
        if not len(valid.tokens):
            continue
        scored = score(model, encoder.padding, valid.tokens)
        losses.append(_loss(scored, valid))
        if best is None or losses[-1] < best[0]:
            kept = {key: value.detach().to("cpu", copy=True) for key, value in model.state_dict().items()}
            best = (losses[-1], epoch, scored, kept)
    if best is None:
        return Tuned(np.zeros(0), score(model, encoder.padding, test), settings.epochs, ())
    if best[1] < settings.epochs:
        model.load_state_dict(best[3])
    return Tuned(best[2], score(model, encoder.padding, test), best[1], tuple(losses))


def train_epochs(
    model: Any, padding: int, train: Examples, settings: FineTuning, seed: int, steps: int,
    watch: Callable[[int, int, float], None] | None = None,
) -> Iterator[None]:  # fmt: skip
    """Train `model` in place; yields after every epoch."""
    import torch

    device = next(model.parameters()).device
    optimiser = torch.optim.AdamW(model.parameters(), lr=settings.rate, weight_decay=settings.decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: max(0.0, 1 - step / max(1, steps)))
    weights = torch.from_numpy((train.weights / train.weights.mean()).astype(np.float32)).to(device)
    labels = torch.from_numpy(train.labels).to(device)
    step = 0
    for epoch in range(settings.epochs):
        model.train()
        for rows in batch_order(len(train.tokens), settings.batch, seed, epoch):
            ids, mask = padded([train.tokens[row] for row in rows], padding)
            with _precision(device.type):
                logits = model(input_ids=ids.to(device), attention_mask=mask.to(device)).logits
            chosen = torch.from_numpy(rows).to(device)
            each = torch.nn.functional.cross_entropy(logits.float(), labels[chosen], reduction="none")
            loss = (each * weights[chosen]).mean()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), _NORM)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad(set_to_none=True)
            step += 1
            if watch:
                watch(step, steps, float(loss.detach()))
        yield


def score(model: Any, padding: int, tokens: Tokens) -> Floats:
    """The log-odds of success of each text."""
    import torch

    device = next(model.parameters()).device
    found = np.zeros(len(tokens))
    model.eval()
    order = sorted(range(len(tokens)), key=lambda at: len(tokens[at]))  # little padding
    for start in range(0, len(order), _SCORED):
        rows = order[start : start + _SCORED]
        ids, mask = padded([tokens[row] for row in rows], padding)
        with torch.inference_mode(), _precision(device.type):
            logits = model(input_ids=ids.to(device), attention_mask=mask.to(device)).logits.float()
        found[rows] = (logits[:, 1] - logits[:, 0]).cpu().numpy()
    return found


def batch_order(rows: int, batch: int, seed: int, epoch: int) -> list[Numbers]:
    """The rows of each batch of an epoch, shuffled by seed and epoch."""
    order = np.random.default_rng(derive("batches", seed, epoch)).permutation(rows)
    return [order[start : start + batch] for start in range(0, rows, batch)]


def padded(tokens: Tokens, padding: int) -> tuple[Any, Any]:
    """Token ids and attention mask (texts × longest text) as tensors."""
    import torch

    longest = max(len(each) for each in tokens)
    ids = np.full((len(tokens), longest), padding, dtype=np.int64)
    mask = np.zeros((len(tokens), longest), dtype=np.int64)
    for row, each in enumerate(tokens):
        ids[row, : len(each)] = each
        mask[row, : len(each)] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask)


def _loss(scored: Floats, valid: Examples) -> float:
    signed = np.where(valid.labels == 1, scored, -scored)
    return float((np.logaddexp(0, -signed) * valid.weights).sum() / valid.weights.sum())


def _precision(device: str) -> AbstractContextManager[object]:
    import torch

    return torch.autocast(device, dtype=torch.bfloat16) if device == "cuda" else nullcontext()
