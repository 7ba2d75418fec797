"""A model that is elsewhere: in a batch service, in the actors of a cluster."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Literal

import msgspec

from synthetrial.errors import ModelError
from synthetrial.llm.model import Answer, Request


class OpenRequestError(ModelError):
    """A request has no answer yet."""


class AnsweredModel:
    """Gives the `answers` it was handed, by request id, and remembers in `open` the requests that have none."""

    parallel = 1
    deterministic = False

    def __init__(
        self, name: str, engine: str, mode: Literal["completion", "chat"], answers: Mapping[str, Answer] | None = None
    ) -> None:
        self.name, self.engine, self.mode = name, engine, mode
        self.answers = answers or {}
        self.open: dict[str, Request] = {}
        self.used = 0

    async def answer(self, request: Request) -> Answer:
        """The answer that was handed over. Raises `OpenRequestError` where there is none."""
        if found := self.answers.get(name := request_id(request)):
            self.used += 1
            return found
        self.open[name] = request
        raise OpenRequestError("not answered yet")

    async def aclose(self) -> None:
        """Nothing is held."""


def request_id(request: Request) -> str:
    """What a request is called: it follows from the request alone."""
    return f"syn-{hashlib.sha256(msgspec.json.encode(request)).hexdigest()[:32]}"
