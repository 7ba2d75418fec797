"""How fast an encoder is fine-tuned, and what the loop around PyTorch costs: tokens a second, and our speed over a bare loop's.

    python benchmarks/finetune.py [--encoder NAME] [--json] [--quick] [--grid [FILE]]

Both train the same model from the same weights on the same batches of 8 texts of 512 tokens (texts of the demo corpus, repeated
to full length). The bare loop has its tensors ready and does forward, backward, step; ours pads, weighs, cuts gradients and
moves the learning rate. They take turns step by step, and the fastest step of each counts: a busy machine slows both.

`--grid` fine-tunes in full instead (7 epochs, three seeds, selection on validation; texts of 128 tokens): 50 and all training
trials of the demo corpus, with and without 24 scripted records, whose gain is to be none. FILE keeps finished cells.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from synthetrial.config import run_config
from synthetrial.corpus.demo import demo_corpus
from synthetrial.evaluate.evaluation import evaluate
from synthetrial.evaluate.from_run import inputs_of
from synthetrial.evaluate.utility.encoder import Encoder
from synthetrial.evaluate.utility.finetune import Examples, batch_order, train_epochs
from synthetrial.evaluate.utility.settings import EncoderChoice, FineTuning
from synthetrial.generate.run import generate
from synthetrial.llm.opening import open_for


def examples(encoder: Encoder, count: int, tokens: int) -> Examples:
    """`count` texts of exactly `tokens` tokens, with alternating labels."""
    rows = encoder.rows([each.protocol for each in demo_corpus().trials[:count]], tokens)
    full = [[*row[:-1], *(row[1:-1] * (tokens // max(1, len(row) - 2) + 1))][: tokens - 1] + row[-1:] for row in rows]
    return Examples(full, np.arange(count) % 2, np.ones(count))


def bare(encoder: Encoder, train: Examples, settings: FineTuning) -> Iterator[None]:
    """A plain loop over ready tensors in our batch order; a step at a time."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = encoder.fresh(40).to(device)
    model.train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=settings.rate, weight_decay=settings.decay)
    ids, labels = torch.tensor(train.tokens).to(device), torch.from_numpy(train.labels).to(device)
    mask = torch.ones_like(ids)
    for epoch in range(settings.epochs):
        for rows in map(torch.from_numpy, batch_order(len(train.tokens), settings.batch, 40, epoch)):
            with torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
                loss = model(input_ids=ids[rows], attention_mask=mask[rows], labels=labels[rows]).loss
            loss.backward()
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            if device == "cuda":
                torch.cuda.synchronize()
            yield


def ours(encoder: Encoder, train: Examples, settings: FineTuning) -> Iterator[None]:
    """The package's loop; an epoch is one step here."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    for _ in train_epochs(encoder.fresh(40).to(device), encoder.padding, train, settings, 40, settings.epochs):
        if device == "cuda":
            torch.cuda.synchronize()
        yield


def grid(name: str, kept: Path | None) -> list[str]:
    """The arms of a small study with their test ROC-AUC, and its seconds."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        generate(run_config({"n": 24, "model": "scripted", "cache": False}, "benchmark"), run, open_for)
        inputs = inputs_of(run)
    choice = EncoderChoice(name=name, settings=FineTuning(tokens=128), arms=("synthetic",), sizes=(50,), kept=kept)
    began = time.perf_counter()
    found = evaluate(msgspec.structs.replace(inputs, encoder=choice), only=["utility-encoder"])
    result = found.metrics["utility-encoder"]
    arms: Any = result.details["arms"]
    lines = [f"{name}, 128 tokens, 7 epochs, 3 seeds: {time.perf_counter() - began:.0f} s"]
    for each in arms:
        low, high = each["roc_auc_ci"]
        lines.append(f"{each['arm']:<24} n = {each['n_real']:<4} ROC-AUC {each['roc_auc']:.3f} [{low:.3f}, {high:.3f}]")
    return lines


def main() -> None:
    """Prints the figures, or one flat JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--encoder", default="minilm")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="128 tokens")
    parser.add_argument("--grid", nargs="?", const="", metavar="FILE", help="fine-tune in full on a small grid instead")
    options = parser.parse_args()
    if options.grid is not None:
        print("\n".join(grid(options.encoder, Path(options.grid) if options.grid else None)))
        return
    encoder = Encoder(options.encoder)
    tokens, steps = (128, 12) if options.quick else (512, 8)
    settings = FineTuning(epochs=steps, tokens=tokens)
    train = examples(encoder, settings.batch, tokens)
    loops = {"bare": bare(encoder, train, settings), "ours": ours(encoder, train, settings)}
    taken: dict[str, list[float]] = {name: [] for name in loops}
    for turn in range(steps):
        for name in loops if turn % 2 == 0 else reversed(loops):
            begun = time.perf_counter()
            next(loops[name])
            taken[name].append(time.perf_counter() - begun)
    total = settings.batch * tokens
    figures = {
        "finetune_tokens_per_second": round(total / min(taken["ours"]), 1),
        "bare_tokens_per_second": round(total / min(taken["bare"]), 1),
        "finetune_vs_bare": round(min(taken["bare"]) / min(taken["ours"]), 3),
        "seconds_per_step": round(min(taken["ours"]), 3),
    }
    if options.json:
        print(json.dumps(figures))
        return
    import torch

    place = torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {torch.get_num_threads()} threads"
    print(f"{options.encoder}, {tokens} tokens × {settings.batch}, fastest of {steps} steps, {place}")
    mine, plain = figures["finetune_tokens_per_second"], figures["bare_tokens_per_second"]
    print(f"ours {mine:,.0f} tokens/s, bare loop {plain:,.0f} tokens/s")
    print(f"ours ÷ bare {figures['finetune_vs_bare']:.3f}; {figures['seconds_per_step']:.2f} s a step")


if __name__ == "__main__":
    main()
