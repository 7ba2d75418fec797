"""The one rendering of a protocol as text, and its inverse.

Exemplars in prompts, classifier inputs, retrieval and every metric see a protocol through `render`, real and synthetic
alike (invariant 3). `parse(render(p)) == p` for every canonical protocol (see `canonical`).

The form is a line per scalar field ("Phase: Phase 2"), a "- " line per item with its parts between bars
("- Drug: Metformin | 500 mg twice daily | Glucophage"), and blocks of lines for free text. What the planner decides
(design, conditions, interventions) stands first and what a writer writes stands after it, so that a prompt can end in the
header of a new record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Final, TypeVar

from synthetrial import trial
from synthetrial.errors import ParseError
from synthetrial.trial import Arm, Eligibility, Intervention, OutcomeMeasure, Protocol

SECTIONS: Final = (
    "Study type", "Phase", "Allocation", "Intervention model", "Primary purpose", "Masking", "Sponsor class",
    "Sex", "Minimum age", "Maximum age", "Healthy volunteers", "Conditions", "Interventions",
    "Title", "Official title", "Keywords", "Summary", "Arms", "Primary outcomes", "Secondary outcomes",
    "Eligibility", "Description",
)  # fmt: skip
"""Section headers, in the order of the rendering."""
FREE: Final = SECTIONS[SECTIONS.index("Conditions") :]
"""Sections whose words are free."""

_HEADER = re.compile(rf"(?P<escape>\\*)(?P<name>{'|'.join(map(re.escape, SECTIONS))}):(?P<rest>.*)", re.DOTALL)
_UNTYPED_ARM, _UNTYPED_INTERVENTION = "Arm", "Intervention"

Item = TypeVar("Item", Arm, Intervention, OutcomeMeasure)


@cache
def words(value: str) -> str:
    """An enumeration value in words: PHASE2 → "Phase 2", ACTIVE_COMPARATOR → "Active comparator", NA → "Not applicable"."""
    if value == "NA":
        return "Not applicable"
    if value == "NIH":
        return value
    return re.sub(r"(?<=[A-Z])(?=\d)", " ", value).replace("_", " ").capitalize()


_VALUES: Final = {
    words(value): value
    for values in (
        trial.STUDY_TYPES, trial.PHASES, trial.ALLOCATIONS, trial.INTERVENTION_MODELS, trial.PRIMARY_PURPOSES,
        trial.MASKINGS, trial.ARM_TYPES, trial.INTERVENTION_TYPES, trial.SEXES, trial.SPONSOR_CLASSES,
    )
    for value in values
}  # fmt: skip


def sections(protocol: Protocol) -> dict[str, str]:
    """The body of each section that the protocol has, by header, in the order of `SECTIONS`."""
    e = protocol.eligibility
    healthy = None if e.healthy_volunteers is None else ("Yes" if e.healthy_volunteers else "No")
    bodies = {
        "Study type": _enum(protocol.study_type),
        "Phase": _inline(words(each) for each in protocol.phases),
        "Allocation": _enum(protocol.allocation),
        "Intervention model": _enum(protocol.intervention_model),
        "Primary purpose": _enum(protocol.primary_purpose),
        "Masking": _enum(protocol.masking),
        "Sponsor class": _enum(protocol.lead_sponsor_class),
        "Sex": _enum(e.sex),
        "Minimum age": e.minimum_age,
        "Maximum age": e.maximum_age,
        "Healthy volunteers": healthy,
        "Conditions": _inline(protocol.conditions),
        "Interventions": _items(
            (f"{_enum(i.type) or _UNTYPED_INTERVENTION}: ", i.name, i.description, _inline(i.other_names))
            for i in protocol.interventions
        ),
        "Title": protocol.brief_title,
        "Official title": protocol.official_title,
        "Keywords": _inline(protocol.keywords),
        "Summary": _block(protocol.brief_summary),
        "Arms": _items(
            (f"{_enum(a.type) or _UNTYPED_ARM}: ", a.label, a.description, _inline(a.intervention_names)) for a in protocol.arms
        ),
        "Primary outcomes": _items(("", o.measure, o.time_frame, o.description) for o in protocol.primary_outcomes),
        "Secondary outcomes": _items(("", o.measure, o.time_frame, o.description) for o in protocol.secondary_outcomes),
        "Eligibility": _block(e.criteria),
        "Description": _block(protocol.detailed_description),
    }
    return {name: body for name, body in bodies.items() if body}


@lru_cache(maxsize=64)  # the same record is asked for by one step after another
def render(protocol: Protocol) -> str:
    """The protocol as canonical text, ending in a newline."""
    return "".join(f"{name}:{'' if body[0] == chr(10) else ' '}{body}\n" for name, body in sections(protocol).items())


def parse(text: str) -> Protocol:
    """The protocol that `text` renders. Raises `ParseError` naming the line that is not canonical."""
    bodies: dict[str, list[str]] = {}
    name = ""
    for number, row in enumerate(text.removesuffix("\n").split("\n"), 1):
        header = _HEADER.fullmatch(row)
        if header and not header["escape"]:
            name = header["name"]
            if name in bodies:
                raise ParseError(f"line {number}: section {name!r} occurs twice")
            bodies[name] = [rest] if (rest := header["rest"].removeprefix(" ")) else []
        elif not name:
            raise ParseError(f"line {number}: expected a section header such as 'Title:', found {row[:40]!r}")
        else:
            bodies[name].append(row[1:] if header else row)
    return _protocol({key: "\n".join(rows) for key, rows in bodies.items()})


def _protocol(bodies: dict[str, str]) -> Protocol:
    def one(section: str) -> str | None:
        body = bodies.get(section)
        if body is not None and "\n" in body:
            raise ParseError(f"section {section!r} takes one line, found {body.count(chr(10)) + 1}")
        return body or None

    def value(section: str) -> str | None:
        body = one(section)
        return None if body is None else _value(body, section)

    if not bodies.get("Title"):
        raise ParseError("no 'Title:' section")
    healthy = one("Healthy volunteers")
    if healthy not in (None, "Yes", "No"):
        raise ParseError(f"'Healthy volunteers' takes Yes or No, found {healthy!r}")
    return Protocol(
        brief_title=one("Title") or "",
        official_title=one("Official title"),
        brief_summary=bodies.get("Summary") or None,
        detailed_description=bodies.get("Description") or None,
        conditions=_split(one("Conditions"), ";"),
        keywords=_split(one("Keywords"), ";"),
        study_type=value("Study type"),
        phases=tuple(_value(each, "Phase") for each in _split(one("Phase"), ";")),
        allocation=value("Allocation"),
        intervention_model=value("Intervention model"),
        primary_purpose=value("Primary purpose"),
        masking=value("Masking"),
        arms=_parse_items(bodies, "Arms", _arm),
        interventions=_parse_items(bodies, "Interventions", _intervention),
        primary_outcomes=_parse_items(bodies, "Primary outcomes", _measure),
        secondary_outcomes=_parse_items(bodies, "Secondary outcomes", _measure),
        eligibility=Eligibility(
            criteria=bodies.get("Eligibility") or None,
            sex=value("Sex"),
            minimum_age=one("Minimum age"),
            maximum_age=one("Maximum age"),
            healthy_volunteers=None if healthy is None else healthy == "Yes",
        ),
        lead_sponsor_class=value("Sponsor class"),
    )


def _enum(value: str | None) -> str | None:
    return None if value is None else words(value)


def _value(body: str, section: str) -> str:
    if body not in _VALUES:
        raise ParseError(f"section {section!r}: unknown value {body[:40]!r}")
    return _VALUES[body]


def _escape(text: str, mark: str) -> str:
    if mark not in text and "\\" not in text:  # nearly always
        return text
    return re.sub(rf"[\\{mark}]", lambda found: "\\" + found[0], text)


def _inline(items: Iterable[str]) -> str:
    return "; ".join(_escape(each, ";") for each in items)


def _items(rows: Iterable[tuple[str, str, str | None, str | None]]) -> str:
    lines = []
    for lead, *parts in rows:
        while parts and not parts[-1]:
            parts.pop()
        lines.append(f"\n- {lead}" + " | ".join(_escape(part or "", "|") for part in parts))
    return "".join(lines)


def _block(text: str | None) -> str | None:
    if text is None:
        return None
    lines = ("\\" + each if _HEADER.fullmatch(each) else each for each in text.split("\n"))
    return "\n" + "\n".join(lines)


def _split(text: str | None, mark: str) -> tuple[str, ...]:
    """The parts of `text` between unescaped marks, unescaped and stripped."""
    if not text:
        return ()
    parts, part, escaped = [], "", False
    for char in text:
        if escaped:
            part, escaped = part + char, False
        elif char == "\\":
            escaped = True
        elif char == mark:
            parts.append(part.strip())
            part = ""
        else:
            part += char
    return (*parts, part.strip())


def _parse_items(bodies: dict[str, str], section: str, make: Callable[[list[str]], Item]) -> tuple[Item, ...]:
    items = []
    for row in bodies.get(section, "").split("\n"):
        if not row:
            continue
        if not row.startswith("- "):
            raise ParseError(f"section {section!r}: expected an item such as '- ...', found {row[:40]!r}")
        parts = list(_split(row[2:], "|"))
        if len(parts) > 3 or not parts[0]:
            raise ParseError(f"section {section!r}: an item has a name and up to two more parts, found {row[:60]!r}")
        items.append(make(parts + [""] * (3 - len(parts))))
    return tuple(items)


def _typed(part: str, untyped: str, section: str) -> tuple[str | None, str]:
    kind, colon, name = part.partition(": ")
    if not colon or not name:
        raise ParseError(f"section {section!r}: expected 'Type: name', found {part[:40]!r}")
    return (None if kind == untyped else _value(kind, section)), name


def _arm(parts: list[str]) -> Arm:
    kind, label = _typed(parts[0], _UNTYPED_ARM, "Arms")
    return Arm(label=label, type=kind, description=parts[1] or None, intervention_names=_split(parts[2], ";"))


def _intervention(parts: list[str]) -> Intervention:
    kind, name = _typed(parts[0], _UNTYPED_INTERVENTION, "Interventions")
    return Intervention(name=name, type=kind, description=parts[1] or None, other_names=_split(parts[2], ";"))


def _measure(parts: list[str]) -> OutcomeMeasure:
    return OutcomeMeasure(measure=parts[0], time_frame=parts[1] or None, description=parts[2] or None)
