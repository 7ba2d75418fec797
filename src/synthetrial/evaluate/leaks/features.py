"""The one thing each leak probe sees, as columns of numbers.

Nothing here may tell the label: where it does, a classifier learns the leak and not the trial (EVALUATION.md, section 5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from synthetrial import text
from synthetrial.trial import Protocol

Floats = npt.NDArray[np.float64]

STATUS_WORDS: Final = (
    "terminated", "terminate", "withdrawn", "suspended", "completed", "halted", "stopped", "discontinued", "prematurely",
    "closed", "failed", "successful", "results showed", "was approved",
)  # fmt: skip
"""Words that say what became of a trial (or of patients in it, which is why their presence alone is no finding)."""

_STATUS = [(each, re.compile(rf"\b{re.escape(each)}\b")) for each in STATUS_WORDS]
_ID_NUMBER = re.compile(r"\b(?:NCT\d{8}|\d{4}-\d{6}-\d{2}|ISRCTN\d{6,8})\b", re.IGNORECASE)


class Probed(msgspec.Struct, frozen=True, dict=True):
    """What probes may see of a trial or record: id, protocol, and, for real trials only, source and start date."""

    id: str
    protocol: Protocol
    source: str | None
    start_date: str | None

    @cached_property
    def text(self) -> str:
        """The rendering."""
        return text.render(self.protocol)

    @cached_property
    def present(self) -> frozenset[str]:
        """The headers of the sections that are there."""
        return frozenset(text.sections(self.protocol))


class Probe(NamedTuple):
    """A probe: its name, its columns, and whether it has a meaning for real trials only."""

    name: str
    columns: Callable[[Sequence[Probed]], Floats]
    real_only: bool = False


def _numbers(of: Callable[[Probed], Sequence[float]]) -> Callable[[Sequence[Probed]], Floats]:
    return lambda probed: np.array([[float(each) for each in of(one)] for one in probed])


def _categories(of: Callable[[Probed], str]) -> Callable[[Sequence[Probed]], Floats]:
    def columns(probed: Sequence[Probed]) -> Floats:
        values = [of(each) for each in probed]
        return np.array([[float(each == name) for name in sorted(set(values))] for each in values])

    return columns


def _length(one: Probed) -> list[float]:
    words = float(np.log1p(len(one.text.split())))
    return [words, words**2]


def _counted(one: Probed) -> list[float]:
    p = one.protocol
    counts = [len(one.present), len(p.arms), len(p.interventions), len(p.primary_outcomes), len(p.secondary_outcomes)]
    return [float(each) for each in counts]


def _missing(one: Probed) -> list[float]:
    return [float(each not in one.present) for each in text.SECTIONS]


def _status_words(one: Probed) -> list[float]:
    lowered = one.text.lower()
    return [float(word in lowered and bool(pattern.search(lowered))) for word, pattern in _STATUS]


def _ids(one: Probed) -> list[float]:
    digits = re.sub(r"\D", "", one.id)
    return [float(digits or 0), float(len(_ID_NUMBER.findall(one.text)))]


def _start_year(one: Probed) -> list[float]:
    year = re.match(r"\d{4}", one.start_date or "")
    return [float(year[0]) if year else 0.0, float(year is None)]


PROBES: Final = (
    Probe("text length", _numbers(_length)),
    Probe("number of sections, arms, interventions, outcomes", _numbers(_counted)),
    Probe("missing fields", _numbers(_missing)),
    Probe("source", _categories(lambda one: one.source or ""), real_only=True),
    Probe("start year", _numbers(_start_year), real_only=True),
    Probe("status words", _numbers(_status_words)),
    Probe("ids", _numbers(_ids)),
    Probe("sponsor class", _categories(lambda one: one.protocol.lead_sponsor_class or "")),
    Probe("phase", _categories(lambda one: ";".join(one.protocol.phases))),
)
