"""What the benchmark of the corpus runs in other processes: functions of a module that they can import."""

from __future__ import annotations

from collections import Counter

from synthetrial.corpus.readers.source import Unit, read_unit


def count(unit: Unit) -> int:
    """How many results reading a unit gives."""
    return sum(1 for _ in read_unit(unit, warnings=Counter()))
