"""Writing with a base model: section by section, or from the best of several drafts, of which what is faulty is written again.

Drafts of a record come in one call. The best looks most like a real trial to the run's critic, and most like one of the label
that was asked for to the teacher, which never saw the cell's exemplars.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from synthetrial.generate import completion
from synthetrial.generate.piece import Told
from synthetrial.generate.written import Ask, Source, Written, extractive, read, said, sampling_of, share_of
from synthetrial.llm.model import Answer, Request, Usage, total
from synthetrial.plan import Cell
from synthetrial.seeds import derive
from synthetrial.trial import Reason, RegistryTrial
from synthetrial.verify.teacher import p_label


async def completed(
    source: Source, cell: Cell, exemplars: Sequence[RegistryTrial], attempt: int, n: int, ask: Ask
) -> tuple[Written, ...]:
    """The samples of one attempt at `cell`: `n` where the recipe has the best of several drafts gone on with, else one."""
    own = [each for each in exemplars if each.trial_id in cell.exemplars]
    reasons = extractive(source, cell, exemplars)
    request = _request(source, cell, exemplars, reasons, attempt)
    best, model = list[tuple[list[list[str]], Usage]](), ""
    if source.recipe.write.best_of > 1:
        draft = await ask("write", attempt, _draft(request, source, cell, n))
        share, model = share_of(draft.usage, n), draft.model
        chosen = _best(source, cell, draft.texts, n)
        best += [(completion.draft_lines(cell, draft.texts[at], draft.finish[at]), share) for at in chosen]

    async def complete(text: str, grammar: str, tokens: int, go: int) -> Answer:
        again = _again(request, text, grammar, tokens, derive(request.seed, text, go))
        return await ask("write", attempt, again)

    written = []
    for index, (lines, share) in enumerate(best or [([], Usage())]):
        record = await completion.complete_record(cell, Told(cell, own, source.view), complete, lines)
        protocol, error = read(source, cell, record.text)
        written.append(
            Written(
                index=index,
                text=record.text,
                protocol=protocol,
                error=error,
                reasons=reasons,
                usage=total((share, *(each.usage for each in record.answers))),
                model=record.answers[-1].model if record.answers else model,
                prompt_version=completion.VERSION,
                sampling=said(request.sampling),
                seed=request.seed,
            )
        )
    return tuple(written)


def draft_request(source: Source, cell: Cell, exemplars: Sequence[RegistryTrial], attempt: int, n: int) -> Request:
    """The request for the drafts of `n` records: the same arguments give the same bytes."""
    request = _request(source, cell, exemplars, extractive(source, cell, exemplars), attempt)
    return _draft(request, source, cell, n)


async def first_drafts(source: Source, cell: Cell, exemplars: Sequence[RegistryTrial], ask: Ask) -> list[str]:
    """The texts of a cell's first drafts, which its first attempt finds answered."""
    answer = await ask("write", 0, draft_request(source, cell, exemplars, 0, cell.count))
    return [completion.whole(cell, each) for each in answer.texts]


def _best(source: Source, cell: Cell, texts: Sequence[str], n: int) -> list[int]:
    """Which `n` of a cell's drafts to go on with, in their order."""
    if len(texts) <= n:
        return list(range(len(texts)))
    whole = [completion.whole(cell, each) for each in texts]
    scores = np.zeros(len(texts)) if source.critic is None else source.critic.margins(whole)
    if source.teacher is not None:
        likely = [p_label(p, cell.label) for p in source.teacher.p_success_texts(whole, [cell.fold] * len(whole)).tolist()]
        scores += np.log(likely) - np.log1p(-np.array(likely))
    found: list[int] = sorted(np.argsort(-scores, kind="stable")[:n].tolist())
    return found


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
        max_tokens=0,
    )


def _draft(request: Request, source: Source, cell: Cell, n: int) -> Request:
    grammar, tokens = completion.draft_of(cell)
    return msgspec.structs.replace(request, n=n * source.recipe.write.best_of, grammar=grammar, max_tokens=tokens)


def _again(request: Request, text: str, grammar: str, tokens: int, seed: int) -> Request:
    return msgspec.structs.replace(request, written=text, grammar=grammar, max_tokens=tokens, seed=seed)
