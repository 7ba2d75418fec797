"""Loose ends of a written record: an item that stops in the middle of a phrase, a comma at its end, a sentence without one.

A grammar that ends an item at its planned length makes a small model run words together to get its phrase in. So it leaves
room, and what goes beyond the plan or dangles is cut off here; nothing is added. What a small model says twice in one list is
kept once, and what it both includes and excludes is included.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

import msgspec

from synthetrial.plan import Shape
from synthetrial.shape import CriteriaParts, compose_criteria, criteria_parts
from synthetrial.trial import OutcomeMeasure, Protocol

Item = TypeVar("Item")
Plan = TypeVar("Plan")

_DANGLING = """
a an the and or nor but of in on at by for from with without within to into than that which who whom whose where when while as
is are was were be been being has have had having do does did will would shall should can could may might must not no if any
some such other their its his her this these those either both per via between during after before until over under about
including e.g i.e least up due prior
"""
DANGLING: Final = frozenset(_DANGLING.split())
"""Words that a finished phrase does not end in."""


def tidy(protocol: Protocol, shape: Shape) -> Protocol:
    """`protocol` with every title, label, description, measure, frame and criterion ending in a finished phrase, and none
    much longer than `shape` plans. A list of another length than planned is not cut."""
    return msgspec.structs.replace(
        protocol,
        brief_title=phrase(protocol.brief_title, shape.title),
        official_title=_maybe(protocol.official_title, shape.official_title),
        keywords=_once(phrase(each, plan) for each, plan in _planned(protocol.keywords, shape.keywords)),
        brief_summary=sentences(protocol.brief_summary, shape.summary),
        detailed_description=sentences(protocol.detailed_description, shape.description),
        interventions=tuple(
            msgspec.structs.replace(each, description=_maybe(each.description, plan))
            for each, plan in _planned(protocol.interventions, shape.interventions)
        ),
        arms=tuple(
            msgspec.structs.replace(each, label=phrase(each.label), description=_maybe(each.description, plan and plan[1]))
            for each, plan in _planned(protocol.arms, shape.arms)
        ),
        primary_outcomes=_measures(protocol.primary_outcomes, shape.primary_outcomes),
        secondary_outcomes=_measures(protocol.secondary_outcomes, shape.secondary_outcomes),
        eligibility=msgspec.structs.replace(protocol.eligibility, criteria=_criteria(protocol.eligibility.criteria, shape)),
    )


def longest(count: int) -> int:
    """Most words of a phrase or text planned at `count`."""
    return count + 1 if count <= 6 else round(count * 1.15)


def phrase(text: str, plan: int | None = None) -> str:
    """`text`, cut to what `plan` words allow, without words, brackets and marks that dangle at its end; never empty."""
    words = text.split() if plan is None else text.split()[: longest(plan)]
    while len(words) > 1 and _dangles(words[-1]):
        words.pop()
    done = " ".join(words).rstrip(" ,;:-")
    opened = done.rfind("(")
    if opened > done.rfind(")"):  # a bracket that was never closed
        done = phrase(done[:opened]) if done[:opened].strip() else done.replace("(", "")
    return done.rstrip(" ,;:-") or text


def sentences(text: str | None, plan: int) -> str | None:
    """`text` up to the last sentence that ends within what `plan` words allow, or, where that leaves less than half of the
    plan, up to its last finished sentence."""
    if text is None:
        return None
    ends = [found.end() for found in re.finditer(r"[.!?](?=\s|$)", text)]
    sizes = [len(text[:end].split()) for end in ends]
    fitting = [end for end, size in zip(ends, sizes, strict=True) if plan / 2 <= size <= longest(plan)]
    if fitting:
        return text[: fitting[-1]]
    return text[: ends[-1]] if ends and ends[-1] >= len(text) / 2 else text


def _dangles(word: str) -> bool:
    bare = word.strip(" ,;:-(").casefold()
    return not bare or bare.rstrip(".") in DANGLING


def _maybe(text: str | None, plan: int | None) -> str | None:
    return phrase(text, plan) if text else None


def _planned(items: Sequence[Item], plans: Sequence[Plan]) -> list[tuple[Item, Plan | None]]:
    """Each item with its plan; with None where there are more or fewer items than plans."""
    return list(zip(items, plans if len(items) == len(plans) else [None] * len(items), strict=True))


def _measures(measures: tuple[OutcomeMeasure, ...], plans: Sequence[tuple[int, int, int]]) -> tuple[OutcomeMeasure, ...]:
    told: dict[str, OutcomeMeasure] = {}
    for each, plan in _planned(measures, plans):
        measure = phrase(each.measure, plan and plan[0])
        told.setdefault(
            measure.casefold(),
            OutcomeMeasure(
                measure=measure,
                time_frame=_maybe(each.time_frame, None),
                description=_maybe(each.description, plan and plan[2]),
            ),
        )
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


def _criteria(criteria: str | None, shape: Shape) -> str | None:
    if criteria is None:
        return None
    parts = criteria_parts(criteria)
    if not parts.inclusion and not parts.exclusion:
        return sentences(criteria, shape.criteria_other)
    inclusion = _once(phrase(each, plan) for each, plan in _planned(parts.inclusion, shape.inclusion))
    exclusion = _once((phrase(each, plan) for each, plan in _planned(parts.exclusion, shape.exclusion)), but=inclusion)
    return compose_criteria(CriteriaParts(inclusion=inclusion, exclusion=exclusion, other=parts.other))
