"""Exemplars as prompts show them: in what order, and each as canonical text cut to a budget, ids and links taken out."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

from synthetrial.plan import Cell
from synthetrial.reason.pointer import POINTER
from synthetrial.recipe import Shown
from synthetrial.seeds import derive
from synthetrial.shape import CriteriaParts, compose_criteria, criteria_parts
from synthetrial.text import render
from synthetrial.trial import Arm, Intervention, OutcomeMeasure, Protocol, RegistryTrial

SHARES: Final = {"brief_summary": 0.3, "criteria": 0.35, "detailed_description": 0.1, "items": 0.25}
"""Share of the word budget for each long section; what a short section leaves goes to the criteria."""


def arranged(
    cell: Cell, exemplars: Sequence[RegistryTrial], order: Shown, *, nearest_last: bool = False
) -> tuple[RegistryTrial, ...]:
    """Exemplars of a cell in the order in which a writer sees them: those of its own label nearest first (or last), and where
    `order` asks for them those of the other label."""
    own = [each for each in exemplars if each.trial_id in cell.exemplars]
    others = [each for each in exemplars if each.trial_id not in cell.exemplars]
    if nearest_last:
        own.reverse()
    match order:
        case "none":
            return ()
        case "own":
            return tuple(own)
        case "target-first":
            return (*own, *others)
        case "shuffled":
            return tuple(random.Random(derive(cell.seed, "shown")).sample([*own, *others], len(own) + len(others)))
        case _:
            return (*others, *own)


@lru_cache(maxsize=1024)
def shown(protocol: Protocol, words: int) -> str:
    """`protocol` as a prompt shows it: `cut` to about `words` words and rendered, registry ids and addresses taken out."""
    return POINTER.sub("", render(cut(protocol, words)))


def cut(protocol: Protocol, words: int) -> Protocol:
    """`protocol` within about `words` words: long sections end at a line or sentence, lists keep their first items, no
    section is dropped but the official title of a record that says little more."""
    budget = {name: max(8, round(share * words)) for name, share in SHARES.items()}
    spare = sum(
        max(0, budget[name] - len((text or "").split()))
        for name, text in (("brief_summary", protocol.brief_summary), ("detailed_description", protocol.detailed_description))
    )
    items = len(protocol.arms) + len(protocol.primary_outcomes) + len(protocol.secondary_outcomes)
    per_item = max(6, budget["items"] // max(1, items))
    return msgspec.structs.replace(
        protocol,
        official_title=None if protocol.detailed_description is None else protocol.official_title,
        brief_summary=_cut(protocol.brief_summary, budget["brief_summary"]),
        detailed_description=_cut(protocol.detailed_description, budget["detailed_description"]),
        keywords=protocol.keywords[:6],
        interventions=tuple(_intervention(each, per_item) for each in protocol.interventions[:6]),
        arms=tuple(_arm(each, per_item) for each in protocol.arms[:6]),
        primary_outcomes=tuple(_measure(each, per_item) for each in protocol.primary_outcomes[:4]),
        secondary_outcomes=tuple(_measure(each, per_item) for each in protocol.secondary_outcomes[:4]),
        eligibility=msgspec.structs.replace(
            protocol.eligibility, criteria=_cut_items(protocol.eligibility.criteria, budget["criteria"] + spare)
        ),
    )


def _intervention(each: Intervention, words: int) -> Intervention:
    return Intervention(name=each.name, type=each.type, description=_cut(each.description, words))


def _arm(each: Arm, words: int) -> Arm:
    return Arm(label=each.label, type=each.type, description=_cut(each.description, words))


def _measure(each: OutcomeMeasure, words: int) -> OutcomeMeasure:
    return OutcomeMeasure(measure=each.measure, time_frame=each.time_frame, description=_cut(each.description, words))


def _cut(text: str | None, words: int) -> str | None:
    """`text` up to the last sentence end within `words` words, or cut at the word where no sentence ends."""
    if text is None or len(text.split()) <= words:
        return text
    head = " ".join(text.split()[:words])
    ends = [found.end() for found in re.finditer(r"[.!?](?=\s)", head + " ")]
    return head[: ends[-1]] if ends else head


def _cut_items(criteria: str | None, words: int) -> str | None:
    """Criteria with as many items of each heading as fit, the first ones of each."""
    if criteria is None or len(criteria.split()) <= words:
        return criteria
    parts = criteria_parts(criteria)
    total = sum(len(each.split()) for group in (parts.inclusion, parts.exclusion) for each in group)
    if not total:
        return _cut(criteria, words)
    return compose_criteria(
        CriteriaParts(inclusion=_fit(parts.inclusion, words, total), exclusion=_fit(parts.exclusion, words, total))
    )


def _fit(items: tuple[str, ...], words: int, total: int) -> tuple[str, ...]:
    room = words * sum(len(each.split()) for each in items) / total
    kept: list[str] = []
    for each in items:
        room -= len(each.split())
        if room < 0 and kept:
            break
        kept.append(each)
    return tuple(kept)
