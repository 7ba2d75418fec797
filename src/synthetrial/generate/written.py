"""What a writer is given and what it gives, and what all ways of writing share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Literal

import msgspec

from synthetrial.check.view import View
from synthetrial.errors import ParseError
from synthetrial.generate import chat, completion
from synthetrial.llm.model import Answer, Request, Sampling, Usage
from synthetrial.plan import Cell
from synthetrial.reason.extractive import LogOdds, reasons
from synthetrial.recipe import Recipe
from synthetrial.trial import Protocol, Reason, RegistryTrial
from synthetrial.verify.critic import Critic
from synthetrial.verify.teacher import Teacher
from synthetrial.verify.tilt import Tilt

Stage = Literal["reasons", "write", "repair"]
Ask = Callable[[Stage, int, Request], Awaitable[Answer]]
"""(stage, attempt, request) → answer."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """One sample of a write call: its text, the protocol read from it or why none was, and the reasons it was given.

    `usage` is this sample's share of the tokens of all calls behind it.
    """

    index: int
    text: str
    protocol: Protocol | None
    error: str | None
    reasons: tuple[Reason, ...]
    usage: Usage
    model: str
    prompt_version: str
    sampling: dict[str, object]
    seed: int


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What a writer draws on: recipe and seed of the run, the kind of model, the log-odds behind extractive reasons, the
    checks' view, who chooses among drafts (the teacher and, once it is learnt, the critic), and the tilt of words by label."""

    recipe: Recipe
    seed: int
    mode: Literal["completion", "chat"]
    log_odds: LogOdds
    view: View
    teacher: Teacher | None = None
    critic: Critic | None = None
    tilts: Mapping[int, Tilt] = {}


def extractive(source: Source, cell: Cell, exemplars: Sequence[RegistryTrial]) -> tuple[Reason, ...]:
    """Reasons without a call: the exemplars' own sentences; none where the recipe wants none."""
    if source.recipe.reason.mode == "none":
        return ()
    own = [each for each in exemplars if each.trial_id in cell.exemplars]
    return reasons(own, cell.label, source.log_odds, source.recipe.reason.at_most)


def sampling_of(source: Source) -> Sampling:
    """The sampling of the recipe."""
    options = source.recipe.write
    return Sampling(temperature=options.temperature, top_p=options.top_p, extra=dict(options.extra))


def read(source: Source, cell: Cell, text: str) -> tuple[Protocol | None, str | None]:
    """The protocol in a text, or what is wrong with it."""
    try:
        return (chat.read_draft(cell, text) if source.mode == "chat" else completion.read(cell, text)), None
    except ParseError as error:
        return None, str(error)


def share_of(usage: Usage, n: int) -> Usage:
    """A sample's share of the tokens of a call for `n`."""
    return Usage(
        prompt_tokens=usage.prompt_tokens // n,
        completion_tokens=usage.completion_tokens // n,
        cached_tokens=usage.cached_tokens // n,
    )


def said(sampling: Sampling) -> dict[str, object]:
    """Sampling parameters as provenance keeps them."""
    return {"temperature": sampling.temperature, **({"top_p": sampling.top_p} if sampling.top_p else {}), **sampling.extra}
