"""What a check sees: the candidate, its cell, its exemplars and the shared view of the training split."""

from __future__ import annotations

import msgspec

from synthetrial.plan import Cell
from synthetrial.trial import Protocol, RegistryTrial


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A written record before judgement. `protocol` is None where the answer could not be read (`error` says why)."""

    cell: Cell
    exemplars: tuple[RegistryTrial, ...]
    text: str
    protocol: Protocol | None
    error: str | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """`codes` of the checks that failed (empty: passed all), with one line of detail for each code."""

    codes: tuple[str, ...]
    details: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        """Whether every check passed."""
        return not self.codes
