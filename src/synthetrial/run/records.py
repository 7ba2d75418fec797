"""What a run store keeps: calls, candidates with their verdicts, stage times, and the counts over them."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypedDict

import msgspec

from synthetrial.llm.model import Answer, Request
from synthetrial.trial import Protocol

Stage = Literal["reasons", "write", "repair"]
State = Literal["passed", "rejected", "accepted", "surplus"]


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call to a model with its answer. `key` names what was asked: the same key, the same question.

    `cost` in US dollars, None where no price is known; `cache_hit` where the answer came from a cache and cost nothing.
    """

    key: str
    cell: int
    attempt: int
    stage: Stage
    request: Request
    answer: Answer
    round: int = 0
    cost: float | None = None
    cache_hit: bool = False


class CandidateKey(NamedTuple):
    """Which candidate: cell, round of planning, attempt, and sample of that attempt's call."""

    cell: int
    round: int
    attempt: int
    sample: int


class StoredCandidate(msgspec.Struct, frozen=True, kw_only=True):
    """A written record with its verdict: `codes` of failed checks with a line of `details` each.

    State: `passed` all checks of its own, `rejected`, `accepted` as a trial, or `surplus` (passed, but its cell was full).
    """

    key: CandidateKey
    text: str
    protocol: Protocol | None
    state: State
    codes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


class StageTime(msgspec.Struct, frozen=True):
    """How long a stage took, and when it ended (ISO, UTC)."""

    stage: str
    seconds: float
    detail: str | None
    created: str


class Counts(TypedDict):
    """Where a run stands. `rejected_by` counts a candidate once for each of its codes. Tokens and seconds are those of
    calls that were made, not of answers from the cache (`cache_hits` of all `calls`); `cost` is None where one has no price."""

    accepted: int
    candidates: int
    states: dict[str, int]
    rejected_by: dict[str, int]
    calls: int
    cache_hits: int
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    seconds: float
    cost: float | None
