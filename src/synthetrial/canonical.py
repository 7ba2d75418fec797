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
from collections.abc import Sequence
from typing import Final

import msgspec

from synthetrial.trial import Arm, Eligibility, Intervention, OutcomeMeasure, Protocol

_NEWLINES = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u200b\u200e\u200f\ufeff\ud800-\udfff]")
_MARKS: Final = "<>[]*_~&#|"
_ESCAPED = re.compile(rf"\\+([{re.escape(_MARKS)}])")
_BULLET = re.compile(r"(?:[-*•·▪◦‣–—+o](?=\s)|\(?\d{1,2}[.)](?=\s)|\(?[a-zA-Z][.)](?=\s)|[•·▪◦‣])\s*")
_AFTER_LETTER: Final = (".", ")", " ")
_WRAP_MIN, _WRAP_MAX = 75, 120


def line(text: str | None) -> str | None:
    """`text` on one line, blanks collapsed, markdown escapes and control characters removed; None if nothing is left."""
    if not text:
        return None
    # most lines are canonical already: what is printable has no blank but " ", no control and no zero-width character
    if (
        text.isprintable()
        and "\\" not in text
        and "  " not in text
        and text[0] != " " != text[-1]
        and (text.isascii() or unicodedata.is_normalized("NFC", text))
    ):
        return text
    return " ".join(_clean(text).split()) or None


def block(text: str | None) -> str | None:
    """`text` as paragraphs and "- " items, hard wraps joined; None if nothing is left."""
    if not text:
        return None
    lines = _lines_of(text)
    width = max(map(len, lines))
    while True:
        out = _reflow(lines, width, _WRAP_MIN <= width <= _WRAP_MAX)
        width = max(map(len, out), default=0)
        # lines that no wrap could have broken stay as they are: only such a width asks for another look
        if not _WRAP_MIN <= width <= _WRAP_MAX or out == lines:
            return "\n".join(out) or None
        lines = out


def _clean(text: str) -> str:
    text = _CONTROL.sub("", _NEWLINES.sub("\n", unicodedata.normalize("NFC", text)))
    # a removed character can bring two others together, so the form is settled again
    return unicodedata.normalize("NFC", _ESCAPED.sub(r"\1", text))


def _lines_of(text: str) -> list[str]:
    """The lines of a text, cleaned, with their blanks collapsed."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    if "\\" in plain:
        plain = _unescaped(plain)
    lines = plain.split("\n")
    if not all(map(str.isprintable, lines)) or not (plain.isascii() or unicodedata.is_normalized("NFC", plain)):
        return [" ".join(each.split()) for each in _clean(text).split("\n")]
    return [" ".join(each.split()) if "  " in each else each for each in map(str.strip, lines)]


def _unescaped(text: str) -> str:
    """What `_ESCAPED` leaves of a text, sooner where no backslash follows another."""
    first, *rest = text.split("\\")
    if not all(rest):
        return _ESCAPED.sub(r"\1", text)
    return first + "".join([each if each[0] in _MARKS else f"\\{each}" for each in rest])


def _reflow(lines: Sequence[str], width: int, wrapped: bool) -> list[str]:
    """The lines with items marked "- ", blank ones between plain paragraphs only, and with `wrapped` those joined that a
    wrap at `width` broke."""
    out: list[str] = []
    gap = False
    before = ""  # the line before as given, to tell a hard wrap; "" where no text can go on
    for each in lines:
        if not each:
            gap, before = True, ""
            continue
        start = each[:2]
        if start == "- ":
            out.append(each)
        elif start == "* ":
            out.append(f"- {each[2:]}")
        # a word that no mark follows is no bullet
        elif not (each[0].isalpha() and start[1:] not in _AFTER_LETTER) and (bullet := _BULLET.match(each)):
            item = each[bullet.end() :].strip()
            if not item:  # a bullet with nothing behind it
                gap = True
                continue
            out.append(f"- {item}")
        elif (
            wrapped
            and before
            and len(before) + 1 + (each.find(" ") if " " in each else len(each)) > width  # the first word had no room there
            and each[-1] != ":"  # a heading starts a line of its own
        ):
            out[-1] = f"{out[-1]} {each}"
        else:
            if gap and out and not _stands_apart(out[-1]) and not _stands_apart(each):
                out.append("")
            out.append(each)
        gap, before = False, each
    return out


def _stands_apart(each: str) -> bool:
    return each[-1] == ":" or each[:2] == "- "


def _lines(items: tuple[str, ...]) -> tuple[str, ...]:
    """Canonical lines, empty ones and exact repeats dropped, order kept."""
    return tuple(dict.fromkeys([done for each in items if (done := line(each))])) if items else ()


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
            [
                Arm(
                    label=label,
                    type=a.type,
                    description=line(a.description),
                    intervention_names=_lines(a.intervention_names),
                )
                for a in raw.arms
                if (label := line(a.label))
            ]
        ),
        interventions=tuple(
            [
                Intervention(name=name, type=i.type, description=line(i.description), other_names=_lines(i.other_names))
                for i in raw.interventions
                if (name := line(i.name))
            ]
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


def _measures(raw: tuple[OutcomeMeasure, ...]) -> tuple[OutcomeMeasure, ...]:
    return tuple(
        [
            OutcomeMeasure(measure=measure, time_frame=line(o.time_frame), description=line(o.description))
            for o in raw
            if (measure := line(o.measure))
        ]
    )
