"""Calls of a run: stored answers first, then the model, every answer stored as it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from weakref import WeakValueDictionary

import msgspec

from synthetrial.errors import SynthetrialError
from synthetrial.generate.event import Event
from synthetrial.generate.limits import LimitError, Limits
from synthetrial.generate.written import Ask, Stage
from synthetrial.llm.model import Answer, LanguageModel, Request
from synthetrial.llm.prices import Price, cost
from synthetrial.plan import Cell
from synthetrial.retry import retrying
from synthetrial.run.records import Call
from synthetrial.run.store import RunStore
from synthetrial.seeds import derive
from synthetrial.spans import span


class StoppedError(SynthetrialError):
    """The run was asked to stop; everything answered so far is stored."""

    exit_code = 130


class Asker:
    """Asks `model` for the cells of a run, at most `concurrency` calls at once, until `stopping` is set or a limit reached."""

    def __init__(
        self,
        store: RunStore,
        model: LanguageModel,
        limits: Limits,
        price: Price | None,
        watch: Callable[[Event], None],
        concurrency: int,
    ) -> None:
        self.store, self.model, self.limits, self.price, self.watch = store, model, limits, price, watch
        self.parallel = min(concurrency, model.parallel)
        self.stopping = False
        self._calls = asyncio.Semaphore(self.parallel)
        self._asked: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, cell: Cell) -> Ask:
        """The `ask` of an attempt at `cell`. Reasons are asked for once, however many cells share the request.

        An attempt whose first call was made is finished after a stop, however many calls it takes; another raises
        `StoppedError` or `LimitError`.
        """
        begun = False

        async def ask(stage: Stage, attempt: int, request: Request) -> Answer:
            nonlocal begun
            key = call_key(cell, stage, attempt, request)
            async with self._asked.setdefault(key, asyncio.Lock()):
                known = self.store.find_call(key)
                if known is not None:
                    return known
                async with self._calls:
                    if not begun and (reached := self.limits.reached()):
                        raise LimitError(reached)
                    if self.stopping and not begun:
                        raise StoppedError("stopped")
                    begun = True
                    answer = await self._answer(stage, request)
                paid = 0.0 if answer.cache_hit else cost(answer.usage, self.price)
                self.limits.count(answer, paid)
                self.store.save_call(
                    Call(
                        key=key, cell=cell.index, round=cell.round, attempt=attempt, stage=stage, request=request,
                        answer=answer, cost=paid, cache_hit=answer.cache_hit,
                    )
                )  # fmt: skip
            self.watch(Event("call", cell.index, attempt, stage, answer=answer, cost=paid))
            return answer

        return ask

    async def _answer(self, stage: Stage, request: Request) -> Answer:
        """The model's answer, in a span with the attributes that OpenTelemetry's conventions for generative models name."""
        kind = "chat" if request.prompt is None else "text_completion"
        named = {"gen_ai__operation__name": kind, "gen_ai__request__model": self.model.name}
        with span(f"{kind} {self.model.name}", **named, synthetrial__stage=stage) as note:
            answer = await retrying(partial(self.model.answer, request))
            note("gen_ai.usage.input_tokens", answer.usage.prompt_tokens)
            note("gen_ai.usage.output_tokens", answer.usage.completion_tokens)
            note("synthetrial.cache_hit", answer.cache_hit)
        return answer


def call_key(cell: Cell, stage: Stage, attempt: int, request: Request) -> str:
    """What a call is stored under: where it was made and what it asked; for reasons, which cells share, what it asked alone."""
    asked = f"{derive(msgspec.json.encode(request).decode()):016x}"
    return f"reasons.{asked}" if stage == "reasons" else f"{cell.index}.{cell.round}.{attempt}.{stage}.{asked}"
