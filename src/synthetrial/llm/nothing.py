"""The model of recipes that need none: it stands where a run has a model, and is never asked."""

from __future__ import annotations

from typing import Literal

from synthetrial.errors import ModelError
from synthetrial.llm.model import Answer, Request


class Nothing:
    """No model: records come from a control."""

    name = "none"
    engine = "none"
    mode: Literal["completion", "chat"] = "chat"
    parallel = 1
    deterministic = True

    async def answer(self, request: Request) -> Answer:
        """Raises `ModelError`: a control asks nothing."""
        raise ModelError("this recipe asks no model")

    async def aclose(self) -> None:
        """Nothing is held."""
