"""How browse.html holds records: in chunks of two script elements that no browser runs.

The rows of a chunk are JSON, read when the page opens; its bodies are JSON too, deflated and in base64, and are read when
one of them is. The script of the page (`browse_data.js`) is the other side of this.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, Literal

import msgspec

from synthetrial.report.browse_record import Body, Row
from synthetrial.text import SECTIONS

Kind = Literal["accepted", "rejected", "exemplar"]

SIZE: Final = 200
"""Records in a chunk: some 0.2 MB of text each hundred, a few milliseconds to unpack."""

GIVEN: Final = SECTIONS[: SECTIONS.index("Interventions")]
"""Sections that the plan gives: what they share with an exemplar was not copied by the writer."""


def about() -> bytes:
    """What the page's script knows of all records: the order of sections, and which of them the plan gives."""
    return _script("application/json", 'id="about"', _json({"sections": SECTIONS, "given": GIVEN}))


def chunks(kind: Kind, records: Iterable[tuple[Row, Body]]) -> Iterator[bytes]:
    """The records as script elements, `SIZE` of them at a time."""
    rest = iter(records)
    while part := list(islice(rest, SIZE)):
        yield _script("application/json", f'class="rows" data-kind="{kind}"', _json([row for row, _ in part]))
        packed = zlib.compress(msgspec.json.encode([body for _, body in part]))
        yield _script("text/plain", 'class="bodies"', base64.b64encode(packed))


def _json(value: object) -> bytes:
    """JSON that no text can break out of: `<` begins every tag and comment."""
    return msgspec.json.encode(value).replace(b"<", rb"\u003c")


def _script(kind: str, attributes: str, content: bytes) -> bytes:
    return f'<script type="{kind}" {attributes}>'.encode() + content + b"</script>\n"
