"""Exemplars in other words by word operations: what a paraphrase is worth that needs no model.

Easy data augmentation (Wei & Zou 2019, section 2) without its dictionary of synonyms: in every free text a share of the words
is swapped with others, left out, put in a second time elsewhere, or doubled.
"""

from __future__ import annotations

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
    changed = {name: _perhaps(getattr(protocol, name), rng) for name in FREE_TEXTS}
    eligibility = msgspec.structs.replace(protocol.eligibility, criteria=_perhaps(protocol.eligibility.criteria, rng))
    endpoints = {
        name: tuple(_endpoint(each, rng) for each in getattr(protocol, name))
        for name in ("primary_outcomes", "secondary_outcomes")
    }
    return msgspec.structs.replace(protocol, **changed, **endpoints, eligibility=eligibility)


def altered(text: str, rng: np.random.Generator) -> str:
    """`text` after swaps, deletions, insertions and duplications of `SHARE` of its words each; lines stay lines.

    A line of fewer than three words stays as it is.
    """
    return "\n".join(_line(each, rng) for each in text.split("\n"))


def _perhaps(text: str | None, rng: np.random.Generator) -> str | None:
    return None if text is None else altered(text, rng)


def _endpoint(endpoint: OutcomeMeasure, rng: np.random.Generator) -> OutcomeMeasure:
    return msgspec.structs.replace(endpoint, measure=altered(endpoint.measure, rng))


def _line(line: str, rng: np.random.Generator) -> str:
    words = line.split()
    if len(words) < _LEAST:
        return line
    times = max(1, round(SHARE * len(words)))
    for a, b in rng.integers(len(words), size=(times, 2)).tolist():
        words[a], words[b] = words[b], words[a]
    dropped = set(rng.choice(len(words), times, replace=False).tolist())
    words = [word for at, word in enumerate(words) if at not in dropped]
    for source, at in rng.integers(len(words), size=(times, 2)).tolist():
        words.insert(at, words[source])  # Wei & Zou insert a synonym of the word
    for at in sorted(rng.integers(len(words), size=times).tolist(), reverse=True):
        words.insert(at, words[at])
    return " ".join(words)
