"""The formats that a run can be handed out in, and the one function that does it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from synthetrial.errors import UsageError
from synthetrial.export import csv_table, hf, jsonl, parquet, txt, v2_json
from synthetrial.export.handout import Handout, opened
from synthetrial.export.terms import named_licence


class Exported(NamedTuple):
    """How many records were written, where to, and what the user has to know about it, a sentence each."""

    records: int
    path: Path
    notes: tuple[str, ...]


class Format(NamedTuple):
    """A format: what it writes, the name of its file in the run's `export` folder, the function that writes it, and what there
    is to know about a run handed out in it."""

    about: str
    file: str
    write: Callable[[Handout, Path], None]
    notes: Callable[[Handout], tuple[str, ...]] = lambda handout: ()


FORMATS: Final = {
    "jsonl": Format("a JSON object a line, with reasons and provenance", "{run}.jsonl", jsonl.write),
    "parquet": Format("typed columns, for data frames and query engines", "{run}.parquet", parquet.write),
    "csv": Format("a row a record, for spreadsheets", "{run}.csv", csv_table.write),
    "v2-json": Format("studies in the shape of the ClinicalTrials.gov API v2", "{run}.json", v2_json.write),
    "hf": Format("a folder for `datasets` and the Hugging Face hub, with a card", "{run}-hf", hf.write, hf.warnings),
    "txt": Format("plain text, to read", "{run}.txt", txt.write),
}


def export(run: Path, format: str, target: Path | None = None, *, full: bool = False, licence: str | None = None) -> Exported:
    """Write the accepted records of the run in folder `run` to `target`, in the run's `export` folder without one.

    Exemplars are named by salted hashes and reasons have no quotes, unless `full`. `licence` is what the card of `hf` says: an
    SPDX identifier, a name or a link. The file or folder is written whole or not at all, a record at a time. Raises
    `UsageError` for an unknown format, `StoreError` where the run cannot be read or the target not written.
    """
    found = FORMATS.get(format)
    if found is None:
        raise UsageError(f"no format {format!r}: one of {', '.join(FORMATS)}")
    if licence is not None and format != "hf":
        raise UsageError(f"--licence goes with --format hf, which has a card to say it; {format} has none")
    with opened(run, full=full, licence=named_licence(licence)) as handout:
        path = target or run / "export" / found.file.format(run=handout.name)
        found.write(handout, path)
        return Exported(handout.records, path, (*handout.unfinished(), *found.notes(handout)))
