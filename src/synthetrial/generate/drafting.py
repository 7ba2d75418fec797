"""Writing with a base model: section by section, or from several drafts.

Drafts of a record come in one call. A record takes those of their lines that make it look most like a real trial to the run's
critic (`assembling.py`), and where it does not pass the checks so, the lines of drafts alone that pass as they are. Without a
critic, or where that does not pass either, a whole draft goes on: one that passes before others, and of those alike in that the
one that looks most like a real trial to the critic and most like one of the label that was asked for to the teacher, which
never saw the cell's exemplars. What is faulty in it is written again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from synthetrial.check import judge
from synthetrial.check.candidate import Candidate
from synthetrial.generate import completion
from synthetrial.generate.assembling import assembled
from synthetrial.generate.piece import Told
from synthetrial.generate.written import Ask, Source, Written, extractive, read, said, sampling_of, share_of
from synthetrial.llm.model import Answer, Request, Usage, total
from synthetrial.plan import Cell
from synthetrial.seeds import derive
from synthetrial.trial import Protocol, Reason, RegistryTrial
from synthetrial.verify.teacher import p_label


class _Draft(NamedTuple):
    """A draft, what was read from it, and whether it passes the checks as it is."""

    text: str
    finish: str
    protocol: Protocol | None
    error: str | None
    sound: bool


async def completed(
    source: Source, cell: Cell, exemplars: Sequence[RegistryTrial], attempt: int, n: int, ask: Ask
) -> tuple[Written, ...]:
    """The samples of one attempt at `cell`: `n` where the recipe has the best of several drafts gone on with, else one."""
    reasons = extractive(source, cell, exemplars)
    request = _request(source, cell, exemplars, reasons, attempt)
    told = [each for each in exemplars if each.trial_id in cell.exemplars]

    def sample(index: int, text: str, protocol: Protocol | None, error: str | None, usage: Usage, model: str) -> Written:
        return Written(
            index=index, text=text, protocol=protocol, error=error, reasons=reasons, usage=usage, model=model,
            prompt_version=completion.VERSION, sampling=said(request.sampling), seed=request.seed,
        )  # fmt: skip

    async def gone_on(index: int, lines: list[list[str]], spent: Usage, model: str) -> Written:
        async def complete(text: str, grammar: str, tokens: int, go: int) -> Answer:
            again = _again(request, text, grammar, tokens, derive(request.seed, text, go))
            return await ask("write", attempt, again)

        record = await completion.complete_record(cell, Told(cell, told, source.view), complete, lines)
        usage = total((spent, *(each.usage for each in record.answers)))
        by = record.answers[-1].model if record.answers else model
        return sample(index, record.text, *read(source, cell, record.text), usage, by)

    if source.recipe.write.best_of == 1:
        return (await gone_on(0, [], Usage(), ""),)
    answer = await ask("write", attempt, _draft(request, source, cell, n))
    share, written = share_of(answer.usage, n), list[Written]()
    for index, each in enumerate(await asyncio.to_thread(_best, source, cell, exemplars, answer, n)):
        if each.sound:
            written.append(sample(index, each.text, each.protocol, each.error, share, answer.model))
        else:
            written.append(await gone_on(index, completion.draft_lines(cell, each.text, each.finish), share, answer.model))
    return tuple(written)


def draft_request(source: Source, cell: Cell, exemplars: Sequence[RegistryTrial], attempt: int, n: int) -> Request:
    """The request for the drafts of `n` records: the same arguments give the same bytes."""
    request = _request(source, cell, exemplars, extractive(source, cell, exemplars), attempt)
    return _draft(request, source, cell, n)


async def first_drafts(source: Source, cell: Cell, exemplars: Sequence[RegistryTrial], ask: Ask, *, untaught: bool) -> Answer:
    """A cell's first drafts, which its first attempt finds answered; `untaught` ones are others, of which no record is made."""
    request = draft_request(source, cell, exemplars, 0, cell.count)
    if untaught:
        request = msgspec.structs.replace(request, seed=derive(request.seed, "untaught"))
    return await ask("write", 0, request)


def _best(source: Source, cell: Cell, exemplars: Sequence[RegistryTrial], answer: Answer, n: int) -> list[_Draft]:
    """The `n` drafts to go on with, the best first."""

    def judged(text: str, finish: str) -> _Draft:
        protocol, error = read(source, cell, text)
        candidate = Candidate(cell=cell, exemplars=tuple(exemplars), text=text, protocol=protocol, error=error)
        sound = finish == "stop" and judge(candidate, source.view, source.recipe.check.skip).accepted
        return _Draft(text, finish, protocol, error, sound)

    drafts = [judged(text, finish) for text, finish in zip(answer.texts, answer.finish, strict=True)]
    found: list[_Draft] = []
    if source.critic is not None:
        finished = tuple(each.text for each in drafts if each.finish == "stop")
        sound = tuple(each.text for each in drafts if each.sound)
        for of in dict.fromkeys((finished, sound)):  # once where they are the same
            texts = assembled(cell, of, n, source.critic.margins)
            found = max(found, [each for each in (judged(text, "stop") for text in texts) if each.sound], key=len)
            if len(found) == n:
                return found
    scores = _scores(source, cell, [completion.whole(cell, each.text) for each in drafts])
    order = sorted(range(len(drafts)), key=lambda at: (not drafts[at].sound, -scores[at]))
    return [*found, *(drafts[at] for at in order)][:n]


def _scores(source: Source, cell: Cell, texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """How much each of `texts` looks like a real trial, and like one of the cell's label."""
    scores = np.zeros(len(texts)) if source.critic is None else source.critic.margins(texts)
    if source.teacher is not None:
        likely = [p_label(p, cell.label) for p in source.teacher.p_success_texts(texts, [cell.fold] * len(texts)).tolist()]
        scores += source.recipe.verify.power * (np.log(likely) - np.log1p(-np.array(likely)))
    return scores


def _request(
    source: Source, cell: Cell, exemplars: Sequence[RegistryTrial], reasons: Sequence[Reason], attempt: int
) -> Request:
    """What all calls of an attempt share."""
    own = [each.protocol for each in exemplars if each.trial_id in cell.exemplars]
    words, shown = source.recipe.write.exemplar_words, source.recipe.retrieve.shown
    return Request(
        seed=derive(cell.seed, "write", attempt),
        sampling=sampling_of(source),
        prompt=completion.prompt(cell, exemplars, reasons, words, shown),
        avoid=completion.avoided(cell, own),
        tilt=source.tilts.get(cell.label, ()),
        max_tokens=0,
    )


def _draft(request: Request, source: Source, cell: Cell, n: int) -> Request:
    grammar, tokens = completion.draft_of(cell)
    return msgspec.structs.replace(request, n=n * source.recipe.write.best_of, grammar=grammar, max_tokens=tokens)


def _again(request: Request, text: str, grammar: str, tokens: int, seed: int) -> Request:
    return msgspec.structs.replace(request, written=text, grammar=grammar, max_tokens=tokens, seed=seed)
