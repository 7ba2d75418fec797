"""JSON lines: a record a line, with its mark, label, protocol, reasons and provenance. Our own readers read it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from synthetrial.export.handout import Handout
from synthetrial.run.files import write_whole


def write(handout: Handout, target: Path) -> None:
    """Write the records to the file `target`."""
    write_whole(target, lines(handout))


def lines(handout: Handout) -> Iterator[bytes]:
    """A line for each record. Reasons have their evidence only where the full provenance is told."""
    for each in handout.trials():
        record = {
            "id": each.id,
            "synthetic": True,
            "label": each.label,
            "protocol": each.protocol,
            "reasons": each.reasons
            if handout.full
            else [{"factor": one.factor, "statement": one.statement, "grounded": one.grounded} for one in each.reasons],
            "provenance": each.provenance,
        }
        yield msgspec.json.encode(record) + b"\n"
