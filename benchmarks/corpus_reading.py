"""What the benchmark of the corpus runs in other processes: functions of a module that they can import."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable

import orjson
from lxml import etree

from synthetrial.corpus.readers.inflating import skip_header
from synthetrial.corpus.readers.source import Unit, read_unit


def count(unit: Unit) -> int:
    """How many results reading a unit gives."""
    return sum(1 for _ in read_unit(unit, warnings=Counter()))


def bare_v2_json(unit: Unit) -> int:
    """How many members of a unit there are, unzipped and parsed, no more."""
    return _bare(unit, orjson.loads)


def bare_xml(unit: Unit) -> int:
    """How many members of a unit there are, unzipped and parsed, no more."""
    return _bare(unit, etree.fromstring)


def _bare(unit: Unit, parse: Callable[[bytes], object]) -> int:
    with unit.path.open("rb") as file:
        for each in unit.members:
            file.seek(each.offset)
            skip_header(file, each)
            parse(zlib.decompress(file.read(each.packed), -zlib.MAX_WBITS))
    return len(unit.members)
