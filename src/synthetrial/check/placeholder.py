"""`placeholder`: nothing is left to fill in, and no machinery shows.

Refuses "[insert dose]", "TBD", "XX mg", "<drug>", "___", lorem ipsum, "N/A" as a whole item, template marks, code fences,
markdown and JSON debris, "[30346]" and "(10mg) (10mg)", chat and control tokens, and section headers of the canonical rendering
inside free text: 12 of 25 records of the published set held placeholders.
"""

from __future__ import annotations

import re
from typing import Final

from synthetrial.check.candidate import Candidate
from synthetrial.check.view import View
from synthetrial.shape import slots
from synthetrial.text import SECTIONS
from synthetrial.trial import Protocol

CODE: Final = "placeholder"

_MARKS: Final = (
    re.compile(r"\[\s*(?:insert|add|enter|fill|specify|your|name of|placeholder|x{2,})\b[^\]]*\]", re.IGNORECASE),
    re.compile(
        r"\[\s*(?:the )?(?:study |trial )?(?:drug|dose|dosage|number|date|intervention|condition|disease|site|"
        r"sponsor|investigator|"
        r"institution|location|city|country|age|duration|name)(?: name| here)?\s*\]",
        re.IGNORECASE,
    ),
    re.compile(r"\[\s*(?:\.{2,}|…|_+)\s*\]"),
    re.compile(r"\b(?:TBD|TBA|TBC|FIXME|TODO)\b"),
    re.compile(
        r"(?<![\w,])(?<!46 )(?:X{2,}|x{3,})(?:[.-]X+)*(?=\s*(?:%|mg|mcg|µg|g|ml|kg|weeks?|days?|months?|years?|hours?|"
        r"patients|subjects|participants)\b)"
    ),
    re.compile(r"\b(?:X{3,}|xxx+)\b(?!\s*(?:chromosome|syndrome|karyotype))"),
    re.compile(r"\blorem ipsum\b|\bdolor sit amet\b", re.IGNORECASE),
    re.compile(r"<\s*/?\s*[A-Za-z][A-Za-z _/-]{0,30}>"),
    re.compile(r"<\|[^|]{0,40}\|>|\[/?INST\]|</?s>"),
    re.compile(r"_{3,}"),
    re.compile(r"\{\{|\}\}|\{%|%\}|\$\{|\{[a-z_]{2,30}\}"),
    re.compile(r"```|\*\*[^*]+\*\*|^#{2,6} |^\|.*\|$"),
    re.compile(r"""["'][\w ]{1,30}["']\s*:\s*["'\[{]|^\s*[{\[]\s*["'{]|["'}\]]\s*,?\s*[}\]]\s*$"""),
    re.compile(r"[A-Za-z]{25,}"),  # words run together: 3 of 1,000 real records have so long a one, all names of substances
    re.compile(r"\[\d{3,}\]|\(([^()\n]{2,30})\),? \(\1\)"),
    re.compile(r"\\[nt]|\\u[0-9a-f]{4}"),
    re.compile(
        r"\bas an? (?:AI|language model)\b|\bI(?: am|'m) (?:sorry|unable)\b|^(?:Sure|Certainly|Here is|Here's)[ ,!]",
        re.IGNORECASE,
    ),
)
_EMPTY = re.compile(
    r"\W*(?:n\s?[/.]\s?a\.?|null|nan|nil|undefined|string|text|example|placeholder|not (?:provided|available))\W*",
    re.IGNORECASE,
)
_HEADER = re.compile(rf"(?:^|[-|]\s)(?:{'|'.join(map(re.escape, SECTIONS))}):(?=\s|$)")
_SPEAKING_HEADERS: Final = frozenset(
    ("Sex:", "Phase:", "Interventions:", "Masking:", "Description:", "Eligibility:", "Conditions:")
)
"""Headers that real descriptions use as headings of their own; refused where a text of one line starts with them."""


def check(candidate: Candidate, view: View) -> str | None:
    """The first mark of a placeholder or of machinery, or None."""
    protocol = candidate.protocol
    return None if protocol is None else find(protocol)


def find(protocol: Protocol) -> str | None:
    """The first mark of a placeholder or of machinery in `protocol`, with the section it stands in, or None."""
    for section, text in slots(protocol):
        if mark := find_in(text):
            return f"{section}: {mark[:60]!r}"
        if _EMPTY.fullmatch(text):
            return f"{section}: {text!r} is no content"
        header = _HEADER.search(text)
        if header and not (section == "Description" and header[0].lstrip("-| ") in _SPEAKING_HEADERS):
            return f"{section}: section header {header[0].strip()!r} inside the text"
    return None


def find_in(text: str) -> str | None:
    """The first mark of a placeholder or of machinery in `text`, or None."""
    return next((found[0] for pattern in _MARKS if (found := pattern.search(text))), None)
