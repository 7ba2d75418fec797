"""Exemplars in other words by word operations: what a paraphrase is worth that needs no model.

Easy data augmentation (Wei & Zou 2019, section 2) without its dictionary of synonyms: in every free text a share of the words
is swapped with others, left out, put in a second time elsewhere, or doubled.
"""

from __future__ import annotations

import random
from typing import Final

import msgspec
import numpy as np

from synthetrial.trial import OutcomeMeasure, Protocol

SHARE: Final = 0.1
"""α of Wei & Zou: the share of a text's words that each operation touches."""
FREE_TEXTS: Final = ("brief_title", "official_title", "brief_summary", "detailed_description")
_LEAST: Final = 3


def paraphrased(protocol: Protocol, rng: np.random.Generator) -> Protocol:
    """`protocol` with the words of titles, summary, description, endpoints and criteria changed; the design stays."""
    draw = random.Random(int(rng.integers(2**62)))  # a number at a time: ten times faster than numpy's

    def perhaps(text: str | None) -> str | None:
        return None if text is None else altered(text, draw)

    def endpoints(planned: tuple[OutcomeMeasure, ...]) -> tuple[OutcomeMeasure, ...]:
        return tuple(msgspec.structs.replace(each, measure=altered(each.measure, draw)) for each in planned)

    return msgspec.structs.replace(
        protocol,
        **{name: perhaps(getattr(protocol, name)) for name in FREE_TEXTS},
        primary_outcomes=endpoints(protocol.primary_outcomes),
        secondary_outcomes=endpoints(protocol.secondary_outcomes),
        eligibility=msgspec.structs.replace(protocol.eligibility, criteria=perhaps(protocol.eligibility.criteria)),
    )


def altered(text: str, draw: random.Random) -> str:
    """`text` after swaps, deletions, insertions and duplications of `SHARE` of its words each; lines stay lines.

    A line of fewer than three words stays as it is.
    """
    return "\n".join(_line(each, draw) for each in text.split("\n"))


def _line(line: str, draw: random.Random) -> str:
    words = line.split()
    if len(words) < _LEAST:
        return line
    times = max(1, round(SHARE * len(words)))

    def place() -> int:
        return int(draw.random() * len(words))

    for _ in range(times):
        a, b = place(), place()
        words[a], words[b] = words[b], words[a]
    for _ in range(times):
        del words[place()]
    for _ in range(times):
        words.insert(place(), words[place()])  # Wei & Zou insert a synonym of the word
    for _ in range(times):
        at = place()
        words.insert(at, words[at])
    return " ".join(words)
