"""A reason is grounded when its quotes are found in the exemplars they name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from synthetrial.trial import Evidence, Reason

FOUND: Final = 90.0
"""Least score (0-100, `rapidfuzz.fuzz.partial_ratio` on lower-cased text) at which a quote counts as found."""


def ground(reason: Reason, texts: Mapping[str, str]) -> Reason:
    """`reason` with only the quotes that are found in `texts` (exemplar id → its rendering), each with its score."""
    kept = []
    for each in reason.evidence:
        score = found(each.quote, texts.get(each.trial_id, ""))
        if score >= FOUND:
            kept.append(Evidence(trial_id=each.trial_id, quote=each.quote, score=round(score, 1)))
    return Reason(factor=reason.factor, statement=reason.statement, evidence=tuple(kept), grounded=bool(kept))


def found(quote: str, text: str) -> float:
    """How well `quote` is found in `text`, 0-100; 100 = verbatim but for case and blanks. Quotes under 3 words score 0."""
    from rapidfuzz.fuzz import partial_ratio

    sought, within = _plain(quote), _plain(text)
    if len(sought.split()) < 3 or len(sought) > len(within):
        return 0.0
    return 100.0 if sought in within else float(partial_ratio(sought, within))


@lru_cache(maxsize=256)  # many quotes are looked for in one exemplar
def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
