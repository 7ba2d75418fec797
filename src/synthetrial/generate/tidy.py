"""Loose ends of a written record: an item that stops in the middle of a phrase, a comma at its end, a sentence without one.

What dangles is cut off; nothing is added. What a small model says twice in one list is kept once, and what it both includes and
excludes is included.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from synthetrial.shape import CriteriaParts, compose_criteria, criteria_parts
from synthetrial.trial import OutcomeMeasure, Protocol

_DANGLING = """
a an the and or nor but of in on at by for from with without within to into than that which who whom whose where when while as
is are was were be been being has have had having do does did will would shall should can could may might must not no if any
some such other their its his her this these those either both per via between during after before until over under about
including e.g i.e least up due prior
"""
DANGLING: Final = frozenset(_DANGLING.split())
"""Words that a finished phrase does not end in."""


def tidy(protocol: Protocol) -> Protocol:
    """`protocol` with every title, label, description, measure, frame and criterion ending in a finished phrase."""
    return msgspec.structs.replace(
        protocol,
        brief_title=phrase(protocol.brief_title),
        official_title=_maybe(protocol.official_title),
        keywords=_once(map(phrase, protocol.keywords)),
        brief_summary=whole_sentences(protocol.brief_summary),
        detailed_description=whole_sentences(protocol.detailed_description),
        interventions=tuple(
            msgspec.structs.replace(each, description=_maybe(each.description)) for each in protocol.interventions
        ),
        arms=tuple(
            msgspec.structs.replace(each, label=phrase(each.label), description=_maybe(each.description))
            for each in protocol.arms
        ),
        primary_outcomes=_measures(protocol.primary_outcomes),
        secondary_outcomes=_measures(protocol.secondary_outcomes),
        eligibility=msgspec.structs.replace(protocol.eligibility, criteria=_criteria(protocol.eligibility.criteria)),
    )


def phrase(text: str) -> str:
    """`text` without words, brackets and marks that dangle at its end; never empty."""
    words = text.split()
    while len(words) > 1 and _dangles(words[-1]):
        words.pop()
    done = " ".join(words).rstrip(" ,;:-")
    opened = done.rfind("(")
    if opened > done.rfind(")"):  # a bracket that was never closed: without it, or, late in the phrase, up to it
        early = len(done[:opened].split()) <= len(words) / 2
        done = phrase(done[:opened] + done[opened + 1 :] if early else done[:opened])
    return done.rstrip(" ,;:-") or text


def whole_sentences(text: str | None) -> str | None:
    """`text` up to its last finished sentence, where that leaves half of it."""
    ends = [found.end() for found in re.finditer(r"[.!?](?=\s|$)", text or "")]
    return text[: ends[-1]] if text and ends and ends[-1] >= len(text) / 2 else text


def dangles(text: str) -> bool:
    """Whether `text` stops in the middle of a phrase."""
    return not text.split() or _dangles(text.split()[-1])


def _dangles(word: str) -> bool:
    bare = word.strip(" ,;:-(").casefold()
    return not bare or bare.rstrip(".") in DANGLING


def _maybe(text: str | None) -> str | None:
    return phrase(text) if text else None


def _measures(measures: tuple[OutcomeMeasure, ...]) -> tuple[OutcomeMeasure, ...]:
    told: dict[str, OutcomeMeasure] = {}
    for each in measures:
        measure = phrase(each.measure)
        tidied = OutcomeMeasure(measure=measure, time_frame=_maybe(each.time_frame), description=_maybe(each.description))
        told.setdefault(measure.casefold(), tidied)
    return tuple(told.values())


def _once(items: Iterable[str], but: Iterable[str] = ()) -> tuple[str, ...]:
    """`items` without repeats and without those of `but`, whatever their case."""
    seen = {each.casefold() for each in but}
    kept = []
    for each in items:
        if each.casefold() not in seen:
            seen.add(each.casefold())
            kept.append(each)
    return tuple(kept)


def _criteria(criteria: str | None) -> str | None:
    if criteria is None:
        return None
    parts = criteria_parts(criteria)
    if not parts.inclusion and not parts.exclusion:
        return whole_sentences(criteria)
    inclusion = _once(map(phrase, parts.inclusion))
    exclusion = _once(map(phrase, parts.exclusion), but=inclusion)
    return compose_criteria(CriteriaParts(inclusion=inclusion, exclusion=exclusion, other=parts.other))
