"""How fast an encoder is fine-tuned, and what the loop around PyTorch costs: tokens a second, and our speed over a bare loop's.

    python benchmarks/finetune.py [--encoder NAME] [--json] [--quick]

Both train the same model from the same weights on the same batches of 8 texts of 512 tokens (texts of the demo corpus, repeated
to full length). The bare loop has its tensors ready and does forward, backward, step; ours pads, weighs, cuts gradients and
moves the learning rate. They take turns, and the fastest round of each counts.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

import numpy as np

from synthetrial.corpus.demo import demo_corpus
from synthetrial.evaluate.utility.encoder import Encoder
from synthetrial.evaluate.utility.finetune import Examples, batch_order, train_epochs
from synthetrial.evaluate.utility.settings import FineTuning


def examples(encoder: Encoder, count: int, tokens: int) -> Examples:
    """`count` texts of exactly `tokens` tokens, with alternating labels."""
    rows = encoder.rows([each.protocol for each in demo_corpus().trials[:count]], tokens)
    full = [[*row[:-1], *(row[1:-1] * (tokens // max(1, len(row) - 2) + 1))][: tokens - 1] + row[-1:] for row in rows]
    return Examples(full, np.arange(count) % 2, np.ones(count))


def bare(encoder: Encoder, train: Examples, settings: FineTuning) -> Callable[[], None]:
    """A plain loop over ready tensors in our batch order."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = encoder.fresh(40).to(device)
    model.train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=settings.rate, weight_decay=settings.decay)
    ids, labels = torch.tensor(train.tokens).to(device), torch.from_numpy(train.labels).to(device)
    batches = [torch.from_numpy(rows) for rows in batch_order(len(train.tokens), settings.batch, 40, 0)]
    ready = [(ids[rows], torch.ones_like(ids[rows]), labels[rows]) for rows in batches]

    def loop() -> None:
        for batch, mask, answers in ready:
            with torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
                loss = model(input_ids=batch, attention_mask=mask, labels=answers).loss
            loss.backward()
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        if device == "cuda":
            torch.cuda.synchronize()

    return loop


def ours(encoder: Encoder, train: Examples, settings: FineTuning) -> Callable[[], None]:
    """An epoch of the package's loop."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = encoder.fresh(40).to(device)

    def loop() -> None:
        steps = -(-len(train.tokens) // settings.batch)
        for _ in train_epochs(model, encoder.padding, train, settings, 40, steps):
            pass
        if device == "cuda":
            torch.cuda.synchronize()

    return loop


def main() -> None:
    """Prints the figures, or one flat JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--encoder", default="minilm")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="128 tokens")
    options = parser.parse_args()
    encoder = Encoder(options.encoder)
    tokens, steps, rounds = (128, 4, 3) if options.quick else (512, 3, 3)
    settings = FineTuning(epochs=1, tokens=tokens)
    train = examples(encoder, steps * settings.batch, tokens)
    loops = {"bare": bare(encoder, train, settings), "ours": ours(encoder, train, settings)}
    warm = Examples(train.tokens[: settings.batch], train.labels[: settings.batch], train.weights[: settings.batch])
    for make in (bare, ours):
        make(encoder, warm, settings)()
    taken: dict[str, list[float]] = {name: [] for name in loops}
    for turn in range(rounds):
        for name in loops if turn % 2 == 0 else reversed(loops):
            begun = time.perf_counter()
            loops[name]()
            taken[name].append(time.perf_counter() - begun)
    total = len(train.tokens) * tokens
    figures = {
        "finetune_tokens_per_second": round(total / min(taken["ours"]), 1),
        "bare_tokens_per_second": round(total / min(taken["bare"]), 1),
        "finetune_vs_bare": round(min(taken["bare"]) / min(taken["ours"]), 3),
        "seconds_per_step": round(min(taken["ours"]) / steps, 3),
    }
    if options.json:
        print(json.dumps(figures))
        return
    import torch

    place = torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {torch.get_num_threads()} threads"
    print(f"{options.encoder}, {tokens} tokens × {settings.batch}, {steps} steps, fastest of {rounds} rounds, {place}")
    mine, plain = figures["finetune_tokens_per_second"], figures["bare_tokens_per_second"]
    print(f"ours {mine:,.0f} tokens/s, bare loop {plain:,.0f} tokens/s")
    print(f"ours ÷ bare {figures['finetune_vs_bare']:.3f}; {figures['seconds_per_step']:.2f} s a step")


if __name__ == "__main__":
    main()
