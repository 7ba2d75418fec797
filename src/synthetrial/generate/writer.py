"""The writer: from a cell and its exemplars to candidates, in the way that suits the model.

A control needs no model. A chat model gets a reasons call and a write call under a JSON schema, and one repair call with what
was wrong; a base model completes section after section under a grammar, with extractive reasons. Every
call goes through `ask`, which the pipeline gives: it answers from the run store what was answered before.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec
import numpy as np

from synthetrial.control import CONTROLS
from synthetrial.errors import ParseError
from synthetrial.generate import chat, completion
from synthetrial.generate.drafting import completed
from synthetrial.generate.exemplar import arranged
from synthetrial.generate.written import Ask, Source, Written, extractive, read, said, sampling_of, share_of
from synthetrial.llm.model import Message, Request, Sampling, Usage, total
from synthetrial.plan import Cell
from synthetrial.reason.grounding import ground
from synthetrial.seeds import derive
from synthetrial.text import render
from synthetrial.trial import Reason, RegistryTrial

REASONS_TOKENS: Final = 900
DRAFT_TOKENS_PER_WORD: Final = 2.0


async def write(
    source: Source, cell: Cell, exemplars: Sequence[RegistryTrial], attempt: int, n: int, ask: Ask
) -> tuple[Written, ...]:
    """The samples of one attempt at `cell`: `n`, or one of a base model without drafts. `exemplars` are those of the cell, the
    contrasting ones last."""
    if source.recipe.write.by != "model":
        return _controlled(source, cell, exemplars, attempt, n)
    if source.mode == "completion":
        return await completed(source, cell, exemplars, attempt, n, ask)
    return await _answered(source, cell, exemplars, attempt, n, ask)


def _controlled(source: Source, cell: Cell, exemplars: Sequence[RegistryTrial], attempt: int, n: int) -> tuple[Written, ...]:
    own, by, written = arranged(cell, exemplars, "own"), source.recipe.write.by, []
    for index in range(n):
        seed = derive(cell.seed, "write", attempt, index)
        protocol = CONTROLS[by](own, np.random.default_rng(seed))
        written.append(
            Written(
                index=index, text=render(protocol), protocol=protocol, error=None, reasons=(), usage=Usage(), model="none",
                prompt_version=by, sampling={}, seed=seed,
            )
        )  # fmt: skip
    return tuple(written)


async def _answered(
    source: Source, cell: Cell, exemplars: Sequence[RegistryTrial], attempt: int, n: int, ask: Ask
) -> tuple[Written, ...]:
    reasons, spent = await _reasons(source, cell, exemplars, ask)
    request = write_request(source, cell, exemplars, reasons, attempt, n)
    answer = await ask("write", attempt, request)
    written = []
    for index, text in enumerate(answer.texts):
        protocol, error = read(source, cell, text)
        extra = Usage()
        if error:
            repaired = await ask("repair", attempt, _repair_request(source, cell, exemplars, reasons, request, index, error))
            text, extra = repaired.texts[0], repaired.usage
            protocol, error = read(source, cell, text)
        share = share_of(answer.usage, len(answer.texts))
        written.append(
            Written(
                index=index,
                text=text,
                protocol=protocol,
                error=error,
                reasons=reasons,
                usage=total((share, extra, spent if index == 0 else Usage())),
                model=answer.model,
                prompt_version=chat.WRITE_VERSION,
                sampling=said(request.sampling),
                seed=request.seed,
            )
        )
    return tuple(written)


def write_request(
    source: Source, cell: Cell, exemplars: Sequence[RegistryTrial], reasons: Sequence[Reason], attempt: int, n: int
) -> Request:
    """The request of one attempt of a chat model for `n` samples: the same arguments give the same bytes."""
    return Request(
        seed=derive(cell.seed, "write", attempt),
        n=n,
        sampling=sampling_of(source),
        messages=_messages(source, cell, exemplars, reasons),
        schema=chat.write_schema(cell),
        max_tokens=draft_tokens(cell),
    )


def first_prompt(source: Source, cell: Cell, exemplars: Sequence[RegistryTrial]) -> str:
    """What the model is shown first of `cell`, without a call: the prompt of a base model, the messages of a chat model (with
    extractive reasons in the place of those that it would give)."""
    reasons = extractive(source, cell, exemplars)
    if source.mode == "completion":
        return completion.prompt(cell, exemplars, reasons, source.recipe.write.exemplar_words, source.recipe.retrieve.shown)
    return "\n".join(each.content for each in write_request(source, cell, exemplars, reasons, 0, cell.count).messages)


def reasons_request(source: Source, cell: Cell, exemplars: Sequence[RegistryTrial]) -> Request:
    """The request for a cell's reasons: the same for all attempts, and for all cells of one label with these exemplars."""
    return Request(
        seed=derive(source.seed, "reasons"),
        sampling=Sampling(temperature=source.recipe.write.temperature),
        messages=chat.reasons_messages(cell, exemplars, source.recipe.write.exemplar_words, source.recipe.reason.at_most),
        schema=chat.reasons_schema(),
        max_tokens=REASONS_TOKENS,
    )


def draft_tokens(cell: Cell) -> int:
    """Room for a draft of the planned shape as JSON."""
    return 400 + round(completion.planned_words(cell) * 1.4 * DRAFT_TOKENS_PER_WORD)


async def _reasons(
    source: Source, cell: Cell, exemplars: Sequence[RegistryTrial], ask: Ask
) -> tuple[tuple[Reason, ...], Usage]:
    options = source.recipe.reason
    if options.mode in ("none", "extractive"):
        return extractive(source, cell, exemplars), Usage()
    answer = await ask("reasons", 0, reasons_request(source, cell, exemplars))
    grounded = _grounded(answer.texts[0], tuple(exemplars), options.at_most)
    return tuple(each for each in grounded if each.grounded or options.ungrounded), answer.usage


@lru_cache(maxsize=64)  # cells of the same exemplars share an answer
def _grounded(answer: str, exemplars: tuple[RegistryTrial, ...], at_most: int) -> tuple[Reason, ...]:
    try:
        raw = chat.read_reasons(answer, exemplars)
    except ParseError:
        return ()  # a record without reasons: its provenance says so, and the grounding rate counts it
    texts = {each.trial_id: render(each.protocol) for each in exemplars}
    return tuple(ground(each, texts) for each in raw[:at_most])


def _repair_request(
    source: Source,
    cell: Cell,
    exemplars: Sequence[RegistryTrial],
    reasons: Sequence[Reason],
    request: Request,
    index: int,
    error: str,
) -> Request:
    messages = _messages(source, cell, exemplars, reasons, repair=[error])
    return msgspec.structs.replace(request, messages=messages, n=1, seed=derive(request.seed, "repair", index))


def _messages(
    source: Source, cell: Cell, exemplars: Sequence[RegistryTrial], reasons: Sequence[Reason], repair: Sequence[str] = ()
) -> tuple[Message, ...]:
    options = source.recipe
    return chat.write_messages(cell, exemplars, reasons, options.write.exemplar_words, options.retrieve.shown, repair)
