"""Other people's trial texts to protocols: our rendering, JSON, XML-like markup, or "key: value" text, in code fences or not.

Tolerant of form, never of loss: a text that gives no protocol raises `ParseError` with the reason, and whoever reads a set
counts it as invalid.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, Final

import msgspec

from synthetrial import text as rendering
from synthetrial.corpus.readers import legacy_xml, v2_json
from synthetrial.corpus.readers.admit import MARK
from synthetrial.corpus.readers.reject import UnreadableError
from synthetrial.errors import ParseError
from synthetrial.evaluate.free_fields import Fields, known, normal
from synthetrial.trial import Protocol

_NO_ID: Final = "SYN-0"
"""Stands in where a registry record has no id: the readers ask for one, and a set's own ids are kept elsewhere."""

_FENCE = re.compile(r"```[\w-]*[ \t]*\n(.*?)(?:\n```|\Z)", re.DOTALL)
_TAGGED = re.compile(r"<([A-Za-z_][\w-]*)(?:\s[^<>]*)?>.*?</\1\s*>", re.DOTALL)
_KEYED = re.compile(
    r"[ \t]*(?:[-*#>•]+[ \t]*)?\**[ \t]*(?P<key>[A-Za-z][A-Za-z0-9 /_()-]{1,40}?)[ \t]*\**[ \t]*[:=][ \t]*\**[ \t]*(?P<rest>.*)"
)
_SNAKE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")
"""A name that no prose has: it opens a field, known or not."""
_HEADING = re.compile(r"[ \t]*#+[ \t]*\**(?P<key>[A-Za-z][A-Za-z0-9 /_()-]{1,40}?)\**[ \t]*")


def protocol_of(text: str) -> Protocol:
    """The protocol that `text` tells, in canonical form. Raises `ParseError`: empty, or in no form that is known."""
    body = text.strip().removeprefix("\ufeff").strip()
    if fenced := _FENCE.findall(body):
        body = max(fenced, key=len).strip()
    if not body:
        raise ParseError("empty text")
    try:
        return _unmarked(rendering.parse(body))
    except ParseError:
        pass  # not ours: another form
    if body[0] in "{[":
        try:
            return of_json(json.loads(body))
        except ValueError as error:
            raise ParseError(f"broken JSON: {error}") from error
    if _TAGGED.search(body):
        return _unmarked(_of_markup(body))
    return _unmarked(_of_keys(body))


def of_json(value: Any) -> Protocol:
    """The protocol of a JSON value: an API v2 record, or any nesting of known names. Raises `ParseError`."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        raise ParseError(f"JSON, but no record: {type(value).__name__}")
    if isinstance(value.get("protocolSection"), dict):
        return _of_v2(value)
    fields = Fields()
    _walk(value, fields)
    return _unmarked(fields.protocol())


def _of_v2(value: dict[str, Any]) -> Protocol:
    section = value["protocolSection"]
    identified = {"nctId": _NO_ID, **{k: v for k, v in (section.get("identificationModule") or {}).items() if v is not None}}
    try:
        study = v2_json.DECODER.decode(
            msgspec.json.encode({**value, "protocolSection": {**section, "identificationModule": identified}})
        )
        return v2_json.to_trial(study, "", Counter()).protocol
    except (msgspec.DecodeError, UnreadableError) as error:
        raise ParseError(f"no readable API v2 record: {error}") from error


def _walk(value: Any, fields: Fields) -> None:
    for name, each in value.items():
        key = normal(str(name))
        for one in each if isinstance(each, list) else (each,):
            if one is None or not fields.open(key):
                continue
            if isinstance(one, dict):
                _walk(one, fields)
            elif isinstance(one, list):
                fields.text("\n".join(str(part) for part in one))
            else:
                fields.text("Yes" if one is True else "No" if one is False else str(one))
            fields.close(key)


def _of_markup(body: str) -> Protocol:
    from lxml import etree

    start = body.find("<")
    try:
        study = legacy_xml.parse(body[start:].encode())
        if not study.findtext("id_info/nct_id"):
            etree.SubElement(etree.SubElement(study, "id_info"), "nct_id").text = _NO_ID
        return legacy_xml.to_trial(study, "", Counter()).protocol
    except UnreadableError:
        pass  # like the registry's XML, but not it
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, remove_comments=True)
    bare = re.sub(r"<\?.*?\?>|<!DOCTYPE[^>]*>", "", body[start:], flags=re.DOTALL)
    bare = re.sub(r"&(?!#?\w+;)", "&amp;", re.sub(r"<(?![A-Za-z/])", "&lt;", bare))
    try:
        root = etree.fromstring(f"<record>{bare}</record>".encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ParseError(f"markup that cannot be read: {error}") from error
    if root is None:
        raise ParseError("markup that cannot be read")
    fields = Fields()
    _walk_markup(root, fields)
    return fields.protocol()


def _walk_markup(node: Any, fields: Fields) -> None:
    name = normal(str(node.tag))
    if not fields.open(name):
        return
    fields.text(node.text or "")
    for each in node:
        _walk_markup(each, fields)
        if (tail := each.tail or "").strip():
            fields.dropping = False
            fields.text(tail)
    fields.close(name)


def _of_keys(body: str) -> Protocol:
    fields, seen = Fields(), 0
    hidden: int | None = None  # the indent of a name that is left out: what is indented deeper belongs to it
    for row in body.split("\n"):
        indent = len(row) - len(row.lstrip())
        if hidden is not None and row.strip() and indent > hidden:
            continue
        keyed = _KEYED.fullmatch(row) or _HEADING.fullmatch(row)
        key = normal(keyed["key"]) if keyed else ""
        within = fields.in_criteria and key.startswith(("inclusion", "exclusion"))
        named = keyed and (known(key) or _SNAKE.fullmatch(keyed["key"]))
        if not keyed or not named or within or fields.types_item(keyed["key"]):
            fields.text(row)
            continue
        seen += known(key)
        hidden = None if fields.open(key) else indent
        fields.text(keyed.groupdict().get("rest") or "")
    if not seen:
        raise ParseError("neither our rendering nor JSON, markup or 'key: value' text")
    return fields.protocol()


def _unmarked(protocol: Protocol) -> Protocol:
    """Without the mark that exports for people put before titles."""
    titles = {"brief_title": protocol.brief_title, "official_title": protocol.official_title}
    bare = {name: (each or "").removeprefix(MARK).lstrip() or None for name, each in titles.items()}
    if not bare["brief_title"]:
        raise ParseError("no title found")
    return msgspec.structs.replace(protocol, **bare)
