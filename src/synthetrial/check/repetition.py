"""`repetition`: the text does not go round in circles.

Refuses a word three times in a row or all over the record, an item or a sentence that comes twice, items that differ only in
small words, and sections in which a large share of the 4-grams is a repeat. The bounds are set so that fewer than 1.5 % of real
trials break them (tests/check/test_calibration.py). Outcome measures count as the same only with time frame and description.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from synthetrial.check.candidate import Candidate
from synthetrial.check.view import View
from synthetrial.shape import criteria_parts, slots
from synthetrial.similar.spans import sections, words
from synthetrial.trial import Protocol

CODE: Final = "repetition"
MOST_REPEATED: Final = 0.5
"""Largest share of a section's 4-grams that may be repeats of earlier ones."""
MOST_REPEATED_IN_LISTS: Final = 0.85
"""The same for arms, interventions and outcomes, whose items differ by a dose or a week in real trials too."""

MOST_OF_ONE_WORD: Final = 0.06
"""Largest share that one long word may have of a record's words, beside the planned names."""

_LISTS: Final = frozenset(("Arms", "Interventions", "Primary outcomes", "Secondary outcomes"))

_ITEMS_PER_REPEAT: Final = 12
_FEWEST_TIMES: Final = 10
_FEWEST_WORDS: Final = 5  # shorter items ("Age over 18") come once for each group of participants
_FEWEST: Final = 24  # 4-grams; below, the share says nothing
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")
_SMALL: Final = frozenset(
    (
        *("a", "an", "and", "any", "are", "as", "at", "be", "been", "by", "for", "from", "has", "have", "in", "is", "of", "on"),
        *("or", "other", "such", "that", "the", "this", "to", "was", "were", "will", "with"),
    )
)


def check(candidate: Candidate, view: View) -> str | None:
    """The first repetition, or None."""
    protocol = candidate.protocol
    return None if protocol is None else find(protocol)


def find(protocol: Protocol) -> str | None:
    """The first repetition in `protocol`, or None."""
    for section, text in slots(protocol):
        if word := stutter(words(text)):
            return f"{section}: {word!r} three times in a row"
    for section, tokens in sections(protocol).items():
        most = MOST_REPEATED_IN_LISTS if section in _LISTS else MOST_REPEATED
        if (share := repeated_share(tokens)) > most:
            return f"{section}: {share:.0%} of the 4-grams are repeats"
    if hammered := _hammered(protocol):
        return hammered
    for name, items in _lists(protocol).items():
        if twice := _twice(items):
            return f"{name}: {twice[:60]!r} comes twice"
    for name, body in (("summary", protocol.brief_summary), ("description", protocol.detailed_description)):
        counts = Counter(" ".join(words(each)) for each in _SENTENCE.split(body or "") if len(each.split()) >= 5)
        if counts and max(counts.values()) > 1:
            return f"{name}: the sentence {counts.most_common(1)[0][0][:60]!r} comes twice"
    return None


def repeated_share(tokens: Sequence[str], n: int = 4) -> float:
    """The share of the `n`-grams of `tokens` that stood there before; 0 for short texts."""
    grams = [tuple(tokens[each : each + n]) for each in range(len(tokens) - n + 1)]
    return 1 - len(set(grams)) / len(grams) if len(grams) >= _FEWEST else 0.0


def _hammered(protocol: Protocol) -> str | None:
    """The word that the record says over and over, if one does: hyphens do not hide it ("dose-dose-dose")."""
    given = set(words(" ".join((*protocol.conditions, *(each.name for each in protocol.interventions)))))
    tokens = [each for _, text in slots(protocol) for each in words(text)]
    counts = Counter(each for each in tokens if len(each) > 4 and each not in given)
    word, count = counts.most_common(1)[0] if counts else ("", 0)
    if count >= _FEWEST_TIMES and count > MOST_OF_ONE_WORD * len(tokens):
        return f"{word!r} is {count} of {len(tokens)} words"
    return None


def stutter(tokens: Sequence[str]) -> str | None:
    """The first word that comes three times in a row, or None."""
    triples = zip(tokens, tokens[1:], tokens[2:], strict=False)
    return next((a for a, b, c in triples if a == b == c and len(a) > 1 and not a[0].isdigit()), None)


def _lists(protocol: Protocol) -> dict[str, list[str]]:
    parts = criteria_parts(protocol.eligibility.criteria or "")
    outcomes = [
        " ".join(filter(None, (each.measure, each.time_frame, each.description)))
        for each in (*protocol.primary_outcomes, *protocol.secondary_outcomes)
    ]
    return {
        "inclusion": [each for each in parts.inclusion if not each.endswith(":")],
        "exclusion": [each for each in parts.exclusion if not each.endswith(":")],
        "outcomes": outcomes,
        "keywords": list(protocol.keywords),
        "arms": [f"{each.label} {each.description or ''}" for each in protocol.arms],
    }


def _twice(items: Sequence[str]) -> str | None:
    """The first item that came before, unless the list is long and such items are few (criteria of several groups)."""
    seen: set[tuple[str, ...]] = set()
    again: list[str] = []
    for each in items:
        key = tuple(word for word in words(each) if word not in _SMALL)
        if len(key) >= _FEWEST_WORDS and key in seen:
            again.append(each)
        seen.add(key)
    return again[0] if len(again) > len(items) // _ITEMS_PER_REPEAT else None
