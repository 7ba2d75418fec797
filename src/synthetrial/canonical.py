"""Canonical field text: the one spelling that every reader, writer and metric uses.

Sources differ in what does not matter: hard-wrapped lines (legacy XML, AACT), markdown escapes and star bullets (API v2),
runs of blanks. If such traces stayed in, the format would predict the label. `protocol()` brings every field to one form:

- a *line* (titles, names, labels, measures, item descriptions) has no newline and no run of blanks;
- a *block* (summary, description, criteria) has paragraphs unwrapped, list items as "- item" lines, a blank line only
  between two plain paragraphs that had one.

All functions are idempotent; "" becomes None.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import msgspec

from synthetrial.trial import Arm, Eligibility, Intervention, OutcomeMeasure, Protocol

_BLANKS = re.compile(r"[^\S\n]+")
_NEWLINES = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u200b\u200e\u200f\ufeff\ud800-\udfff]")
_ESCAPED = re.compile(r"\\+([<>\[\]*_~&#|])")
_BULLET = re.compile(r"(?:[-*•·▪◦‣–—+o](?=\s)|\(?\d{1,2}[.)](?=\s)|\(?[a-zA-Z][.)](?=\s)|[•·▪◦‣])\s*")
_WRAP_MIN, _WRAP_MAX = 75, 120


def line(text: str | None) -> str | None:
    """`text` on one line, blanks collapsed, markdown escapes and control characters removed; None if nothing is left."""
    if not text:
        return None
    return " ".join(_clean(text).split()) or None


def block(text: str | None) -> str | None:
    """`text` as paragraphs and "- " items, hard wraps joined; None if nothing is left."""
    if not text:
        return None
    current = _clean(text)
    while (following := _reflow(current)) != current:
        current = following
    return current or None


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    text = _CONTROL.sub("", _NEWLINES.sub("\n", text))
    # a removed character can bring two others together, so the form is settled again
    return _ESCAPED.sub(r"\1", unicodedata.normalize("NFC", text))


def _reflow(text: str) -> str:
    raw = [_BLANKS.sub(" ", each).strip() for each in text.split("\n")]
    width = max(map(len, raw), default=0)
    wrapped = _WRAP_MIN <= width <= _WRAP_MAX
    out: list[str] = []
    gap = False
    previous = ""  # the last raw line, to tell a hard wrap
    for each in raw:
        if not each:
            gap, previous = True, ""
            continue
        bullet = _BULLET.match(each)
        item = each[bullet.end() :].strip() if bullet else ""
        if bullet and item:
            out.append(f"- {item}")
        elif bullet:  # a bullet with nothing behind it
            gap = True
            continue
        elif (
            wrapped
            and previous
            and out
            and not each.endswith(":")  # a heading starts a line of its own
            and len(previous) + 1 + len(each.split(" ", 1)[0]) > width
        ):
            out[-1] = f"{out[-1]} {each}"
        else:
            if gap and out and not _stands_apart(out[-1]) and not _stands_apart(each):
                out.append("")
            out.append(each)
        gap, previous = False, each
    return "\n".join(out).strip("\n")


def _stands_apart(each: str) -> bool:
    return each.startswith("- ") or each.endswith(":")


def _lines(items: Iterable[str | None]) -> tuple[str, ...]:
    """Canonical lines, empty ones and exact repeats dropped, order kept."""
    return tuple(dict.fromkeys(done for each in items if (done := line(each))))


def protocol(raw: Protocol) -> Protocol:
    """`raw` with every text in canonical form; items without a name are dropped. Idempotent."""
    return Protocol(
        brief_title=line(raw.brief_title) or "",
        official_title=line(raw.official_title),
        brief_summary=block(raw.brief_summary),
        detailed_description=block(raw.detailed_description),
        conditions=_lines(raw.conditions),
        keywords=_lines(raw.keywords),
        study_type=raw.study_type,
        phases=raw.phases,
        allocation=raw.allocation,
        intervention_model=raw.intervention_model,
        primary_purpose=raw.primary_purpose,
        masking=raw.masking,
        arms=tuple(
            Arm(
                label=label,
                type=a.type,
                description=line(a.description),
                intervention_names=_lines(a.intervention_names),
            )
            for a in raw.arms
            if (label := line(a.label))
        ),
        interventions=tuple(
            Intervention(name=name, type=i.type, description=line(i.description), other_names=_lines(i.other_names))
            for i in raw.interventions
            if (name := line(i.name))
        ),
        primary_outcomes=_measures(raw.primary_outcomes),
        secondary_outcomes=_measures(raw.secondary_outcomes),
        eligibility=msgspec.structs.replace(
            raw.eligibility,
            criteria=block(raw.eligibility.criteria),
            minimum_age=line(raw.eligibility.minimum_age),
            maximum_age=line(raw.eligibility.maximum_age),
        )
        if raw.eligibility != Eligibility()
        else raw.eligibility,
        lead_sponsor_class=raw.lead_sponsor_class,
    )


def _measures(raw: Iterable[OutcomeMeasure]) -> tuple[OutcomeMeasure, ...]:
    return tuple(
        OutcomeMeasure(measure=measure, time_frame=line(o.time_frame), description=line(o.description))
        for o in raw
        if (measure := line(o.measure))
    )
