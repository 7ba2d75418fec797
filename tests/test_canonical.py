"""The canonical form is what its plain definition says, however it is had: fast ways must not change a character."""

import re
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from synthetrial import canonical

NEWLINES = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u200b\u200e\u200f\ufeff\ud800-\udfff]")
ESCAPED = re.compile(r"\\+([<>\[\]*_~&#|])")
BULLET = re.compile(r"(?:[-*•·▪◦‣–—+o](?=\s)|\(?\d{1,2}[.)](?=\s)|\(?[a-zA-Z][.)](?=\s)|[•·▪◦‣])\s*")


def clean(text):
    text = CONTROL.sub("", NEWLINES.sub("\n", unicodedata.normalize("NFC", text)))
    return unicodedata.normalize("NFC", ESCAPED.sub(r"\1", text))


def line(text):
    return " ".join(clean(text).split()) or None


def block(text):
    """Passes over the text until none changes it."""
    text = clean(text)
    while (following := once(text)) != text:
        text = following
    return text or None


def once(text):
    rows = [re.sub(r"[^\S\n]+", " ", each).strip() for each in text.split("\n")]
    width = max(map(len, rows))
    out, gap, previous = [], False, ""
    for row in rows:
        bullet = BULLET.match(row) if row else None
        item = row[bullet.end() :].strip() if bullet else ""
        first = row.split(" ", 1)[0]
        if not row:
            gap, previous = True, ""
            continue
        if bullet and not item:
            gap = True
            continue
        if bullet:
            out.append(f"- {item}")
        elif 75 <= width <= 120 and previous and not row.endswith(":") and len(previous) + 1 + len(first) > width:
            out[-1] = f"{out[-1]} {row}"
        else:
            if gap and out and not apart(out[-1]) and not apart(row):
                out.append("")
            out.append(row)
        gap, previous = False, row
    return "\n".join(out)


def apart(row):
    return row.startswith("- ") or row.endswith(":")


PIECES = [
    *"ab1.):-*•o(\\~ \n\t\r\xa0\u200b\u0301\x85\u2028\x1c\ud800é", "e\u0301", "\n\n", "* ", "1. ", "- ", "\n- ", "\r\n      ",
    "\\>", "\\\\*", "word " * 14, "x" * 70, "long text here " * 5, "Criteria:\n",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(TEXTS)
@example("\r\n      Wrapped at eighty columns, as the old XML format is, with its indents and\r\n      carriage returns\r\n")
@example("-\n" + "x" * 74 + "\n•y")
def test_the_form_is_that_of_the_plain_definition(text):
    assert canonical.line(text) == line(text)
    assert canonical.block(text) == block(text)
