"""The commands that hand records out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthetrial import cli_options as options
from synthetrial.cli_output import out
from synthetrial.errors import UsageError


def export(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    format_: Annotated[str, typer.Option("--format", help="jsonl")] = "jsonl",
    target: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; in the run's export folder without it.")
    ] = None,
    provenance: Annotated[str, typer.Option(help="hashed (exemplar ids as salted hashes, no quotes) or full.")] = "hashed",
    debug: options.Debug = False,
) -> None:
    """Write the accepted records to a file, each marked synthetic."""
    from synthetrial.export.jsonl import export_run

    if format_ != "jsonl":
        raise UsageError(f"--format is jsonl, not {format_!r}")
    if provenance not in ("hashed", "full"):
        raise UsageError(f"--provenance is hashed or full, not {provenance!r}")
    path = target or run / "export" / f"{run.name}.jsonl"
    count = export_run(run, path, full=provenance == "full")
    out(f"{count} records in {path}")
