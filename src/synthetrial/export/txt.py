"""Plain text for people: the canonical rendering of one record after another, a banner before each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from synthetrial.export.handout import STATEMENT, Handout, titled
from synthetrial.run.files import write_whole
from synthetrial.text import render

_RULE = "=" * 100


def write(handout: Handout, target: Path) -> None:
    """Write the records to the file `target`."""
    write_whole(target, texts(handout))


def texts(handout: Handout) -> Iterator[bytes]:
    """A banner that says what the record is, and the record with its titles marked."""
    for number, each in enumerate(handout.trials(), 1):
        made = each.provenance
        banner = (
            f"SYNTHETIC RECORD {number} of {handout.records}: {each.id}, planned as a "
            f"{'success' if each.label else 'failure'}\n"
            f"{STATEMENT}\n"
            f"Written by {made.model} ({made.engine}), recipe {made.recipe}, seed {made.seed}, {made.date}."
        )
        yield f"{_RULE}\n{banner}\n{_RULE}\n{render(titled(each.protocol))}\n".encode()
