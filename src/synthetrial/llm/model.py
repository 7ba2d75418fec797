"""The one door to language models: `LanguageModel`, its requests and its answers.

Two kinds of request exist. A *completion* continues `prompt` (base models; optionally under a GBNF grammar). A *chat*
answers `messages` (instruction models; optionally under a JSON schema). Both may ask for `n` samples of one prompt.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol

import msgspec


class Message(msgspec.Struct, frozen=True):
    """A chat message."""

    role: Literal["system", "user", "assistant"]
    content: str


class Sampling(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Sampling parameters. `extra` is passed on as it is to servers that know more (DRY, min-p, …)."""

    temperature: float = 1.0
    top_p: float | None = None
    extra: dict[str, object] = {}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A call: either `prompt` or `messages`; `n` samples; `seed` makes it repeatable where the engine can be.

    `written` stands behind the prompt and is continued: many calls share a prompt, and a store keeps it once.
    `avoid` are words the text must not hold; an engine that can, keeps them from being sampled, others leave it to the prompt.
    `tilt` are words to be written more often or more seldom, with what is added to their logits, by engines that can.
    """

    seed: int
    max_tokens: int
    sampling: Sampling = Sampling()
    prompt: str | None = None
    written: str = ""
    messages: tuple[Message, ...] = ()
    n: int = 1
    avoid: tuple[str, ...] = ()
    tilt: tuple[tuple[str, float], ...] = ()
    stop: tuple[str, ...] = ()
    grammar: str | None = None
    schema: dict[str, object] | None = None


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of a call as the server counted them, over all samples; `cached` of the prompt's were not computed again."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0


def total(usages: Iterable[Usage]) -> Usage:
    """The tokens of several calls or samples together."""
    each = tuple(usages)
    return Usage(
        prompt_tokens=sum(u.prompt_tokens for u in each),
        completion_tokens=sum(u.completion_tokens for u in each),
        cached_tokens=sum(u.cached_tokens for u in each),
    )


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The samples of a call. `finish` is "stop" or "length" for each; `model` is the name that the server reported.

    A `cache_hit` was answered before: `usage` and `seconds` are what it took then.
    """

    texts: tuple[str, ...]
    finish: tuple[str, ...]
    usage: Usage
    seconds: float
    model: str
    cache_hit: bool = False


class LanguageModel(Protocol):
    """An engine. `mode` says which kind of request the writer should make; `parallel` how many calls help at once;
    `deterministic` whether the same request gives the same answer."""

    name: str
    engine: str
    mode: Literal["completion", "chat"]
    parallel: int
    deterministic: bool

    async def answer(self, request: Request) -> Answer:
        """The answer to `request`. Raises `RetryableModelError` where a retry can help, `ModelError` where it cannot."""
        ...

    async def aclose(self) -> None:
        """Free what the engine holds (connections, memory, threads)."""
        ...
