"""The records of a JSON document or of JSON lines, one by one, as bytes that are decoded later."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

import msgspec

from synthetrial.corpus.readers.reject import UnreadableError

MAX_RECORD: Final = 50_000_000
"""Bytes of one record; the largest in the registry has about 20 MB."""
MAX_DOCUMENT: Final = 1_000_000_000
"""Bytes of one JSON list or API page, which is held in memory; larger sets come as JSON lines, folder or zip."""

_PAGE = re.compile(rb'\s*\{\s*"(?:studies|nextPageToken|totalCount)"\s*:')
_NEXT = re.compile(r"[\s,]*")


class _Page(msgspec.Struct):
    studies: list[msgspec.Raw] | None = None


_LIST_DECODER = msgspec.json.Decoder(list[msgspec.Raw])
_PAGE_DECODER = msgspec.json.Decoder(_Page)
_ANY_DECODER = msgspec.json.Decoder(msgspec.Raw)


def is_collection(head: bytes) -> bool:
    """Whether the document that begins with `head` is a list or an API page rather than one record."""
    return head.lstrip().startswith(b"[") or bool(_PAGE.match(head))


def is_lines(head: bytes, name: str) -> bool:
    """Whether `head` begins JSON lines: by name, by a first line that is a whole object, or by a second that begins one."""
    if name.removesuffix(".gz").endswith((".jsonl", ".ndjson")):
        return True
    first, newline, rest = head.lstrip().partition(b"\n")
    if not newline or is_collection(head):
        return False
    if rest.startswith(b'{"'):
        return True
    if not first.rstrip().endswith(b"}"):
        return False
    try:
        _ANY_DECODER.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def collection(data: bytes) -> Iterator[bytes | msgspec.Raw]:
    """The records of a list or of an API page.

    Raises `UnreadableError` where it breaks off, after the records that stand before the break.
    """
    try:
        if data.lstrip().startswith(b"["):
            yield from _LIST_DECODER.decode(data)
        else:
            yield from _PAGE_DECODER.decode(data).studies or ()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        yield from _salvaged(data, str(error))


def _salvaged(data: bytes, reason: str) -> Iterator[bytes]:
    """The whole records before the place where a list or page is broken."""
    text = data.decode("utf-8", "replace")
    decoder, place, done = json.JSONDecoder(), text.find("[") + 1, 0
    while place and (found := _NEXT.match(text, place)):
        place = found.end()
        if place >= len(text) or text[place] != "{":
            break
        try:
            value, place = decoder.raw_decode(text, place)
            record = msgspec.json.encode(value)
        except (ValueError, RecursionError):  # broken JSON, or half a surrogate pair in it
            break
        done += 1
        yield record
    raise UnreadableError(f"broken JSON ({reason}); the {done} whole records before the break are kept")


def lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """The lines of a stream that hold something, with their numbers; None in place of a line above `MAX_RECORD` bytes."""
    number = 0
    while row := stream.readline(MAX_RECORD + 1):
        number += 1
        if len(row) > MAX_RECORD:
            while row and not row.endswith(b"\n"):
                row = stream.readline(MAX_RECORD)
            yield number, None
        elif row := row.removeprefix(b"\xef\xbb\xbf").strip():
            yield number, row
