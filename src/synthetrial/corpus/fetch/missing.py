"""Which of the ids that were asked for the registry did not give."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec


class _Identification(msgspec.Struct, rename="camel"):
    nct_id: str | None = None
    nct_id_aliases: tuple[str, ...] = ()


class _Section(msgspec.Struct):
    identification: _Identification = msgspec.field(name="identificationModule", default_factory=_Identification)


class _Study(msgspec.Struct):
    section: _Section = msgspec.field(name="protocolSection", default_factory=_Section)


_DECODER = msgspec.json.Decoder(_Study)


def missing(wanted: Iterable[str], files: Iterable[Path]) -> list[str]:
    """Those of the ids that no study in the files of pages has, neither as its own nor as an older one of its."""
    return sorted(set(wanted).difference(*map(_ids, files)))


def _ids(file: Path) -> Iterator[str]:
    with gzip.open(file) as lines:
        for line in lines:
            try:
                found = _DECODER.decode(line).section.identification
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue  # no study: told when it is read into a corpus
            if found.nct_id:
                yield found.nct_id
            yield from found.nct_id_aliases
