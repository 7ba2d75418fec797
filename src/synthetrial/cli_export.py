"""The commands that hand records out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from synthetrial import cli_options as options
from synthetrial.cli_output import out, out_json
from synthetrial.errors import SynthetrialError, UsageError

Licence = Annotated[str | None, typer.Option(help="Licence of the set: an SPDX identifier (CC-BY-4.0), a name or a link.")]


def export(
    run: options.Run,
    format_: Annotated[str, typer.Option("--format", help="jsonl, parquet, csv, v2-json, hf or txt.")] = "jsonl",
    target: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write (hf: folder); in the run's export folder without it.")
    ] = None,
    provenance: Annotated[str, typer.Option(help="hashed (exemplar ids as salted hashes, no quotes) or full.")] = "hashed",
    licence: Licence = None,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Write the accepted records to a file, each marked synthetic."""
    from synthetrial.export.formats import export as exported

    if provenance not in ("hashed", "full"):
        raise UsageError(f"--provenance is hashed or full, not {provenance!r}")
    done = exported(run, format_, target, full=provenance == "full", licence=licence)
    for each in done.notes:
        options.say(f"warning: {each}")
    if json:
        out_json({"format": format_, "records": done.records, "path": str(done.path), "notes": done.notes})
    else:
        out(f"{done.records} records in {done.path}")


def publish(
    run: options.Run,
    repo: Annotated[str, typer.Option(help="Where to on the Hugging Face hub: ORG/NAME; it is made.")],
    licence: Licence = None,
    private: Annotated[bool, typer.Option("--private", help="Only members of ORG see it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Push the records to the Hugging Face hub as a new dataset, with a card; asks first.

    The run must be evaluated, and name nobody (`identity-scan` 0). The token is that of HF_TOKEN or `hf auth login`.
    """
    from synthetrial.export.publish import publish as published
    from synthetrial.export.publish import publishable

    ready = publishable(run, repo, licence=licence)
    for each in ready.notes:
        options.say(f"warning: {each}")
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("publishing asks first, and there is no terminal to answer on: add --yes")
        if not typer.confirm(f"publish {ready.records} records to {repo}?", default=False, err=True):
            raise SynthetrialError("nothing was published")
    done = published(run, repo, licence=licence, private=private, progress=sys.stderr.isatty() and not json)
    if json:
        out_json({"records": done.records, "url": done.url, "notes": ready.notes})
    else:
        out(f"{done.records} records at {done.url}")
