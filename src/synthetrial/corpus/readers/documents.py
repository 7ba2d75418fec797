"""One document (a file, a zip member, a gunzipped stream) to its trials: tells the format by content and reads it."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from synthetrial.corpus.readers import legacy_xml, own_jsonl, top_csv, v2_json
from synthetrial.corpus.readers.json_values import MAX_DOCUMENT, MAX_RECORD, collection, is_collection, is_lines, lines
from synthetrial.corpus.readers.reject import READ_FAULTS, Reject, UnreadableError, fault, take
from synthetrial.trial import RegistryTrial

Result = RegistryTrial | Reject

_ID = re.compile(rb'"(?:nctId|trial_id|id)"\s*:\s*"([^"\\]{1,40})"')
_HTML = re.compile(rb"<!doctype html|<html|<head", re.IGNORECASE)
_TOO_LARGE = f"larger than {MAX_RECORD:,} bytes: no single registry record is"


_ABSENT = msgspec.Raw()


class _Shape(msgspec.Struct, rename={"section": "protocolSection"}):
    """The keys that tell the shapes of JSON records apart."""

    section: msgspec.Raw = _ABSENT
    trial_id: msgspec.Raw = _ABSENT
    id: msgspec.Raw = _ABSENT
    protocol: msgspec.Raw = _ABSENT


_SHAPE = msgspec.json.Decoder(_Shape)


def read(name: str, head: bytes, stream: BinaryIO, warnings: Counter[str], broken: str | None) -> Iterator[Result]:
    """The trials of the document that begins with `head` and is `stream`.

    `broken` says what cut the stream off, if something did: the whole records before the cut are read, then it is reported.
    """
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    try:
        if not text:
            raise UnreadableError("an empty file")
        if text.startswith((b"{", b"[")):
            yield from _json(name, head, stream, warnings, broken)
        elif text.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
            yield _xml(name, text, stream, warnings)
        else:
            yield from _csv(name, text, stream, warnings, broken)
    except UnreadableError as error:
        yield Reject(name, error.record, broken or error.reason)
    except READ_FAULTS as error:
        yield Reject(name, None, fault(error))
    else:
        if broken:
            yield Reject(name, None, broken)


def json_trial(data: bytes | msgspec.Raw, file: str, warnings: Counter[str]) -> RegistryTrial:
    """The trial of one JSON record of any known shape. Raises `UnreadableError` for anything else."""
    try:
        if b'"protocolSection"' in bytes(memoryview(data)[:256]):
            return v2_json.to_trial(v2_json.DECODER.decode(data), file, warnings)
        shape = _SHAPE.decode(data)
        if shape.section:
            return v2_json.to_trial(v2_json.DECODER.decode(data), file, warnings)
        if shape.trial_id:
            make = own_jsonl.demo_trial if not shape.protocol else own_jsonl.corpus_trial
            return make(data, file, warnings)
        if shape.id and shape.protocol:
            return own_jsonl.exported_trial(data, file, warnings)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError(f"not a readable JSON record: {error}") from error
    raise UnreadableError("JSON, but no trial record: neither protocolSection nor trial_id nor id and protocol in it")


def _json(name: str, head: bytes, stream: BinaryIO, warnings: Counter[str], broken: str | None) -> Iterator[Result]:
    if is_lines(head, name):
        whole = io.BytesIO(head[: head.rfind(b"\n") + 1]) if broken else stream
        for number, row in lines(whole):
            if row is None:
                yield Reject(name, f"line {number}", _TOO_LARGE)
            elif is_collection(row[:200]):
                yield from _collection(row, name, f"line {number}, ", warnings)
            else:
                yield _record(row, name, f"line {number}", warnings)
        return
    limit = MAX_DOCUMENT if is_collection(head) else MAX_RECORD
    data, cut = take(stream, limit + 1)
    if len(data) > limit:
        many = f"a JSON list of more than {limit:,} bytes: give it as .jsonl, folder or zip"
        raise UnreadableError(many if limit == MAX_DOCUMENT else _TOO_LARGE)
    if limit == MAX_DOCUMENT:
        yield from _collection(data.removeprefix(b"\xef\xbb\xbf"), name, "", warnings, cut)
    elif broken or cut:
        raise UnreadableError(broken or cut or "")
    else:
        yield _record(data.removeprefix(b"\xef\xbb\xbf"), name, None, warnings)


def _collection(data: bytes, name: str, place: str, warnings: Counter[str], cut: str | None = None) -> Iterator[Result]:
    try:
        for number, record in enumerate(collection(data), 1):
            yield _record(record, name, f"{place}record {number}", warnings)
    except UnreadableError as error:
        raise UnreadableError(cut or error.reason) from error


def _record(data: bytes | msgspec.Raw, name: str, place: str | None, warnings: Counter[str]) -> Result:
    view = memoryview(data)
    if len(view) > MAX_RECORD:
        return Reject(name, place, _TOO_LARGE)
    try:
        return json_trial(data, name, warnings)
    except UnreadableError as error:
        found = _ID.search(bytes(view[:4096]))
        return Reject(name, error.record or (found[1].decode("utf-8", "replace") if found else place), error.reason)


def _xml(name: str, text: bytes, stream: BinaryIO, warnings: Counter[str]) -> Result:
    if _HTML.match(text):
        raise UnreadableError("an HTML page, not a registry record: fetch it again")
    data, broken = take(stream, MAX_RECORD + 1)
    if len(data) > MAX_RECORD or broken:
        raise UnreadableError(broken or _TOO_LARGE)
    return legacy_xml.to_trial(legacy_xml.parse(data), name, warnings)


def _csv(name: str, text: bytes, stream: BinaryIO, warnings: Counter[str], broken: str | None) -> Iterator[Result]:
    header = {each.strip().strip('"') for each in text.partition(b"\n")[0].decode("utf-8", "replace").split(",")}
    if not header >= top_csv.COLUMNS:
        raise UnreadableError(_unknown(name, header))
    held = list(top_csv.rows(stream))[:-1] if broken else top_csv.rows(stream)  # the last row before a cut may be cut itself
    for number, row in held:
        try:
            yield top_csv.to_trial(row, name, warnings)
        except UnreadableError as error:
            yield Reject(name, error.record or f"line {number}", error.reason)


def _unknown(name: str, header: set[str]) -> str:
    if header & {"nct_id", "nctid", "trial_id"} and "label" in header:
        return "a label file, not trials: give it to --labels"
    if any("|" in each and "nct_id" in each for each in header):
        return "an AACT table by itself: give the folder that holds all of them"
    return "no known trial format (API v2 JSON, legacy XML, AACT tables, TOP CSV, trials.jsonl)"
