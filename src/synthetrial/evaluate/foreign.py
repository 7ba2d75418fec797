"""The records of other people's synthetic sets, one by one: API v2 JSON, our JSON lines, XML, JSON lines of text, text files.

What cannot be read comes as a `Found` with the reason in place of the protocol; nothing is left out.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from synthetrial.corpus.readers import documents
from synthetrial.corpus.readers.json_values import is_lines
from synthetrial.corpus.readers.reject import READ_FAULTS, UnreadableError, fault
from synthetrial.errors import ParseError
from synthetrial.evaluate.free_text import of_json, protocol_of
from synthetrial.trial import Protocol

TEXT_KEYS: Final = (
    "text",
    "document",
    "content",
    "trial_text",
    "generated_text",
    "generated",
    "output",
    "response",
    "completion",
)
ID_KEYS: Final = ("id", "trial_id", "nct_id", "nctid", "name")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A record as found: its file, its place in words, its id, its label as written, and its protocol or why there is none."""

    file: str
    place: str
    id: str = ""
    label: object = None
    protocol: Protocol | None = None
    error: str | None = None
    exemplars: tuple[str, ...] = ()
    plan: dict[str, object] = {}
    cell: int | None = None
    reasons: object = ()


def read_set(path: Path, beside: Collection[Path] = ()) -> Iterator[Found]:
    """The records of a file, or of all files of a folder by name; hidden files and those of `beside` are left out."""
    if not path.is_dir():
        yield from _file(path, path.name)
        return
    left = {each.resolve() for each in beside}
    for each in sorted(path.rglob("*")):
        name = each.relative_to(path).as_posix()
        if each.is_file() and each.resolve() not in left and not any(part.startswith(".") for part in name.split("/")):
            yield from _file(each, name)


def _file(path: Path, name: str) -> Iterator[Found]:
    try:
        data = path.read_bytes()
        if data.startswith(b"\x1f\x8b"):
            data, name = gzip.decompress(data), name.removesuffix(".gz")
    except READ_FAULTS as error:
        yield Found(file=name, place=name, error=fault(error))
        return
    if data.startswith(b"PK\x03\x04"):
        yield Found(file=name, place=name, error="a zip; unpack it first")
        return
    data = data.removeprefix(b"\xef\xbb\xbf")
    if data.lstrip().startswith((b"{", b"[")) or name.endswith((".jsonl", ".ndjson")):
        yield from _json(data, name)
    else:
        yield _text(data, name)


def _text(data: bytes, name: str) -> Found:
    try:
        return Found(file=name, place=name, id=Path(name).stem, protocol=protocol_of(data.decode()))
    except UnicodeDecodeError as error:
        return Found(file=name, place=name, error=f"not UTF-8 (byte {error.start})")
    except ParseError as error:
        return Found(file=name, place=name, error=str(error))


def _json(data: bytes, name: str) -> Iterator[Found]:
    if is_lines(data, name):
        for number, row in enumerate(data.split(b"\n"), 1):
            if row.strip():
                yield _row(row, name, f"{name}, line {number}")
        return
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is one too
        yield Found(file=name, place=name, error=f"broken JSON: {error}")
        return
    records = whole.get("studies", [whole]) if isinstance(whole, dict) else whole
    if not isinstance(records, list):
        yield Found(file=name, place=name, error="JSON, but no record")
        return
    for number, each in enumerate(records, 1):
        yield _value(each, name, f"{name}, record {number}" if len(records) > 1 else name)


def _row(row: bytes, name: str, place: str) -> Found:
    try:
        return _value(json.loads(row.decode()), name, place)
    except UnicodeDecodeError as error:
        return Found(file=name, place=place, error=f"not UTF-8 (byte {error.start} of the line)")
    except (ValueError, RecursionError) as error:
        return Found(file=name, place=place, error=f"broken JSON: {error}")


def _value(value: Any, name: str, place: str) -> Found:
    if not isinstance(value, dict):
        return Found(file=name, place=place, error=f"no record but {type(value).__name__}")
    key = next((str(value[each]).strip() for each in ID_KEYS if value.get(each) not in (None, "")), "") or _nct_id(value)
    place = f"{place} ({key[:40]})" if key else place
    made = _table(value.get("provenance"))
    exemplars = value.get("exemplars") or made.get("exemplars") or ()
    try:
        protocol = _protocol(value)
    except (ParseError, UnreadableError, msgspec.DecodeError, TypeError, AttributeError) as error:
        return Found(file=name, place=place, id=key, error=str(error).splitlines()[0] if str(error) else type(error).__name__)
    return Found(
        file=name,
        place=place,
        id=key or place,
        label=value.get("label"),
        protocol=protocol,
        exemplars=tuple(str(each) for each in exemplars) if isinstance(exemplars, list | tuple) else (),
        plan=_table(made.get("plan")),
        cell=made.get("cell") if isinstance(made.get("cell"), int) else None,
        reasons=value.get("reasons") or (),
    )


def _protocol(value: dict[str, Any]) -> Protocol:
    if isinstance(value.get("protocol"), dict) and (value.get("id") or value.get("trial_id")):
        ours = {key: each for key, each in value.items() if key not in ("label", "reasons", "provenance")}
        return documents.json_trial(msgspec.json.encode(ours), "", Counter()).protocol
    text = next((value[each] for each in TEXT_KEYS if each in value), None)
    if text is None:
        return of_json(value)
    if not isinstance(text, str):
        raise ParseError("empty text" if text is None else f"its text is no text but {type(text).__name__}")
    return protocol_of(text)


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _nct_id(value: dict[str, Any]) -> str:
    return str(_table(_table(value.get("protocolSection")).get("identificationModule")).get("nctId") or "")
