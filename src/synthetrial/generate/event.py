"""What a run tells those who watch it."""

from __future__ import annotations

from typing import NamedTuple

from synthetrial.llm.model import Answer
from synthetrial.trial import SyntheticTrial


class Event(NamedTuple):
    """Something to show: kind is "call" (with stage, answer, cost), "passed" (judged sound; its cell's turn may come later),
    "rejected" (with codes) or "accepted" (with the trial)."""

    kind: str
    cell: int
    attempt: int
    stage: str | None = None
    answer: Answer | None = None
    cost: float | None = None
    codes: tuple[str, ...] = ()
    trial: SyntheticTrial | None = None
