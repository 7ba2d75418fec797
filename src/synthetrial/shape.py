"""The shape of a record: how many words each slot holds, and eligibility criteria in parts.

A planner takes the shape of a real trial (`shape_of`) and gives it to the writer; the `complete` check compares. Registries
keep criteria as one text under headings of many spellings; `criteria_parts` reads them and `compose_criteria` writes the one
spelling that generated records have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import msgspec

from synthetrial.plan import Shape
from synthetrial.trial import Protocol

INCLUSION_HEADING: Final = "Inclusion Criteria:"
EXCLUSION_HEADING: Final = "Exclusion Criteria:"

_KIND = r"(?P<kind>(?:non[- ]?)?inclusion|exclusion)"
_HEADING = re.compile(  # "Key Inclusion Criteria:", "EXCLUSION CRITERIA", "Inclusion criteria for adults:", "Exclusion:"
    rf"(?:[\w'-]+ ){{0,2}}{_KIND}(?P<noun> criteri(?:a|on))?(?P<tail> [^:.]{{0,60}}?)?\s*(?P<colon>[:.;]*)[-\s]*", re.IGNORECASE
)
_LEAD_IN = re.compile(rf".{{0,80}}\b{_KIND} criteria(?: (?:are|were|include|includes))?\s*:", re.IGNORECASE)
_RUN_IN = re.compile(rf"(?:[\w'-]+ ){{0,1}}{_KIND}(?: criteri(?:a|on))\s*:(?=\s*\S)", re.IGNORECASE)
_INLINE = re.compile(  # a heading run into the item before it
    r"(?<=\S)\s+(?=(?:(?:Key|Main|Major) )?(?:(?:In|Ex)clusion [Cc]riteria|(?:IN|EX)CLUSION CRITERIA)(?:\s?:|$))"
)
_MARKS = re.compile(r"^(?:-(?:\s+|$))+")
_QUALIFIERS: Final = frozenset(
    """additional angiographic basic clinical common control controls disease donor eligibility female general healthy
    important initial key laboratory main major male medical minimum other participant participants patient patients pre
    preoperative preliminary primary principal recipient screening select selected specific stage study subject subjects
    the""".split()  # noqa: SIM905 (a list of one word a line would be forty lines)
)


class CriteriaParts(msgspec.Struct, frozen=True, kw_only=True):
    """Eligibility criteria: items under an inclusion and an exclusion heading, and the text that stands before either."""

    inclusion: tuple[str, ...] = ()
    exclusion: tuple[str, ...] = ()
    other: str = ""


@lru_cache(maxsize=64)  # every check of a record asks for the same
def criteria_parts(criteria: str) -> CriteriaParts:
    """The parts of canonical `criteria`. Sections of one kind ("Donor Inclusion Criteria:") are put together in order.

    Inverse of `compose_criteria` on what that composes.
    """
    items: dict[str, list[str]] = {"inclusion": [], "exclusion": []}
    other: list[str] = []
    kind = ""
    rows = criteria.split("\n")
    while rows:
        row = rows.pop(0)
        body = _MARKS.sub("", row.strip())
        if found := _heading(body):
            kind, rest = found
            rows[:0] = [f"- {rest}"] if rest else []
        elif inline := _INLINE.search(body):
            rows[:0] = [row[: row.index(body)] + body[: inline.start()], body[inline.end() :]]
        elif kind:
            items[kind] += [body] if body else []
        else:
            other.append(row.rstrip())
    return CriteriaParts(
        inclusion=tuple(items["inclusion"]), exclusion=tuple(items["exclusion"]), other="\n".join(other).strip()
    )


def compose_criteria(parts: CriteriaParts) -> str:
    """`parts` as criteria text: other text first, then "- " items under the two headings; "" when there is nothing."""
    rows = [parts.other] if parts.other else []
    for heading, items in ((INCLUSION_HEADING, parts.inclusion), (EXCLUSION_HEADING, parts.exclusion)):
        if items:
            rows += [heading, *(f"- {each}" for each in items)]
    return "\n".join(rows)


def _heading(row: str) -> tuple[str, str] | None:
    """The kind of criteria that `row` announces and what stands behind the heading on its line, if it is a heading."""
    head = _HEADING.fullmatch(row)
    if head and _announces(row, head):
        return _kind(head), ""
    lead = _LEAD_IN.fullmatch(row)
    if lead and not _names_both(row):
        return _kind(lead), ""
    run_in = _RUN_IN.match(row)
    if run_in and (run_in.start("kind") == 0 or row.split(" ", 1)[0].casefold() in _QUALIFIERS):
        return _kind(run_in), row[run_in.end() :].strip()
    return None


def _announces(row: str, head: re.Match[str]) -> bool:
    if _names_both(row):
        return False
    colon = ":" in head["colon"]
    if not head["noun"]:  # "Exclusion:" or a line that is the bare word
        return not head["tail"] and head.start("kind") == 0 and (colon or (row[0].isupper() and not head["colon"]))
    if head["tail"] and not colon:
        return False
    return colon or all(word.casefold() in _QUALIFIERS for word in row[: head.start("kind")].split())


def _names_both(row: str) -> bool:
    lowered = row.casefold()
    return "inclusion" in lowered and "exclusion" in lowered


def _kind(found: re.Match[str]) -> str:
    return "inclusion" if found["kind"].casefold() == "inclusion" else "exclusion"


def word_count(text: str | None) -> int:
    """How many words (runs without blanks) `text` has; list marks count as none."""
    return sum(1 for each in (text or "").split() if each != "-")


def shape_of(protocol: Protocol) -> Shape:
    """The words per slot of a canonical `protocol` (see `plan.Shape`)."""
    parts = criteria_parts(protocol.eligibility.criteria or "")
    return Shape(
        title=word_count(protocol.brief_title),
        official_title=word_count(protocol.official_title),
        keywords=tuple(word_count(each) for each in protocol.keywords),
        summary=word_count(protocol.brief_summary),
        interventions=tuple(word_count(each.description) for each in protocol.interventions),
        arms=tuple((word_count(each.label), word_count(each.description)) for each in protocol.arms),
        primary_outcomes=tuple(
            (word_count(each.measure), word_count(each.time_frame), word_count(each.description))
            for each in protocol.primary_outcomes
        ),
        secondary_outcomes=tuple(
            (word_count(each.measure), word_count(each.time_frame), word_count(each.description))
            for each in protocol.secondary_outcomes
        ),
        inclusion=tuple(word_count(each) for each in parts.inclusion),
        exclusion=tuple(word_count(each) for each in parts.exclusion),
        criteria_other=word_count(parts.other),
        description=word_count(protocol.detailed_description),
    )


@lru_cache(maxsize=64)
def slots(protocol: Protocol) -> tuple[tuple[str, str], ...]:
    """Every text that a writer writes into `protocol`, as (section of `text.SECTIONS`, text), in the order of the rendering.

    What a plan gives is left out: design values, ages, conditions and the interventions' names.
    """
    return tuple(_slots(protocol))


def _slots(protocol: Protocol) -> Iterator[tuple[str, str]]:
    for intervention in protocol.interventions:
        yield from (("Interventions", each) for each in (intervention.description, *intervention.other_names) if each)
    yield "Title", protocol.brief_title
    if protocol.official_title:
        yield "Official title", protocol.official_title
    yield from (("Keywords", each) for each in protocol.keywords)
    if protocol.brief_summary:
        yield from (("Summary", each) for each in protocol.brief_summary.split("\n") if each)
    for arm in protocol.arms:
        yield from (("Arms", each) for each in (arm.label, arm.description) if each)
    for section, measures in (
        ("Primary outcomes", protocol.primary_outcomes),
        ("Secondary outcomes", protocol.secondary_outcomes),
    ):
        for outcome in measures:
            yield from ((section, each) for each in (outcome.measure, outcome.time_frame, outcome.description) if each)
    if protocol.eligibility.criteria:
        yield from (("Eligibility", each) for each in protocol.eligibility.criteria.split("\n") if each)
    if protocol.detailed_description:
        yield from (("Description", each) for each in protocol.detailed_description.split("\n") if each)
