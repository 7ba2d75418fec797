"""The scripted engine: a deterministic stand-in for a chat model, without weights, for tests, dry runs and benchmarks.

It reads what the writer sends (exemplars and the plan of the record), samples words from the exemplars' own vocabulary and
answers with a record of the planned shape. Its records pass the checks and mean nothing: never use it for results. On
demand it plays the faults of real models, each at its rate.

An answer is determined by the request's messages, schema title and seed, the number of the sample, and the model's seed.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections import Counter
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from synthetrial.errors import ModelError, RetryableModelError, UsageError
from synthetrial.llm.model import Answer, Request, Usage
from synthetrial.llm.scripted_prompt import ScriptedPrompt, read_prompt
from synthetrial.llm.scripted_record import draft, prose, reasons, vocabulary

FAULTS: Final = ("bad_json", "leak", "placeholder", "copy", "missing_drug", "identity", "retryable")
"""What can go wrong on demand; `retryable` fails a call, the others spoil a sample (at most one each)."""

TOKENS_PER_WORD: Final = 1.3


class ScriptedModel:
    """Answers chat requests of the writer ("Draft") and the reasoner ("Reasons") at about a thousand records a second.

    `faults` maps kinds (`FAULTS`) to rates in 0..1; the rates of kinds that spoil a sample add up to at most 1. Raises
    `UsageError` for others.
    """

    engine = "scripted"
    mode: Literal["completion", "chat"] = "chat"
    deterministic = True

    def __init__(self, seed: int = 0, parallel: int = 64, faults: Mapping[str, float] | None = None) -> None:
        self.name = "scripted"
        self.parallel = parallel
        self.seed = seed
        self.faults = dict(faults or {})
        spoiling = sum(rate for kind, rate in self.faults.items() if kind != "retryable")
        if not self.faults.keys() <= set(FAULTS) or any(not 0 <= rate <= 1 for rate in self.faults.values()) or spoiling > 1:
            raise UsageError(
                f"scripted faults are rates in 0..1 that add up to at most 1, of {', '.join(FAULTS)}: {self.faults}"
            )
        self._failures: Counter[bytes] = Counter()  # how often a call failed on demand: the next try draws anew

    async def answer(self, request: Request) -> Answer:
        """See `LanguageModel.answer`. Raises `ModelError` for a request without the plan or exemplars it needs."""
        began = time.perf_counter()
        await asyncio.sleep(0)  # a call gives way to others, as a real one does
        told = (
            request.prompt + request.written
            if request.prompt is not None
            else "\x1e".join(f"{m.role}\x1f{m.content}" for m in request.messages)
        )
        title = str((request.schema or {}).get("title", ""))
        call = hashlib.blake2b(f"{self.seed}\x1e{request.seed}\x1e{title}\x1e{told}".encode(), digest_size=16).digest()
        if self._draw(call, "retryable", self._failures[call]) < self.faults.get("retryable", 0.0):
            self._failures[call] += 1
            raise RetryableModelError("scripted: a failure on demand, to be tried again")
        texts = tuple(self._sample(request, title, _seeded(call, index)) for index in range(request.n))
        return Answer(
            texts=texts,
            finish=("stop",) * request.n,
            usage=Usage(prompt_tokens=_tokens(told), completion_tokens=sum(map(_tokens, texts))),
            seconds=time.perf_counter() - began,
            model=self.name,
        )

    async def aclose(self) -> None:
        """Nothing is held."""

    def _sample(self, request: Request, title: str, rng: random.Random) -> str:
        if request.prompt is not None:
            known = vocabulary((request.prompt + request.written,))
            return f" {prose(known, max(1, int(request.max_tokens / TOKENS_PER_WORD)), rng)}"
        prompt = read_prompt(next((m.content for m in reversed(request.messages) if _asks(m.role, m.content)), ""))
        if title == "Reasons" or (not title and prompt.plan is None):
            if not prompt.exemplars:
                raise ModelError(_UNREADABLE.format("exemplars"))
            return _encode({"reasons": reasons(prompt.exemplars, rng)})
        if prompt.plan is None:
            raise ModelError(_UNREADABLE.format("plan"))
        return self._record(prompt, rng)

    def _record(self, prompt: ScriptedPrompt, rng: random.Random) -> str:
        assert prompt.plan is not None  # `_sample` looked
        fault = self._fault(rng.random())
        record = draft(prompt.plan, prompt.vocabulary, rng, fault, prompt.exemplars)
        text = _encode(record)
        return text[: len(text) * 2 // 3] if fault == "bad_json" else text

    def _fault(self, drawn: float) -> str | None:
        for kind, rate in self.faults.items():
            if kind == "retryable":
                continue
            if drawn < rate:
                return kind
            drawn -= rate
        return None

    def _draw(self, call: bytes, *parts: object) -> float:
        digest = hashlib.blake2b(call + repr(parts).encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64


_UNREADABLE: Final = (
    "scripted: the request shows no {}; the scripted model answers only what Synthetrial's own prompts ask, so take a real "
    "model for other prompts"
)


def _asks(role: str, content: str) -> bool:
    return role == "user" and ("PLAN:" in content or "<<<EXEMPLAR" in content)


def _seeded(call: bytes, index: int) -> random.Random:
    # Random takes numbers as they are, on every platform and in every process
    return random.Random(int.from_bytes(hashlib.blake2b(call + index.to_bytes(4, "big"), digest_size=8).digest(), "big"))


def _tokens(text: str) -> int:
    return round(len(text.split()) * TOKENS_PER_WORD)


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()
