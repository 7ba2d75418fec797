"""The commands that look at runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthetrial import cli_options as options
from synthetrial.cli_output import out, out_json
from synthetrial.errors import SynthetrialError


def runs(
    folder: Annotated[Path, typer.Argument(help="Where the runs are.")] = options.RUNS,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """List the runs with how far each is."""
    from synthetrial.run.overview import overview

    found = overview(folder)
    if json:
        out_json(found)
    elif not found:
        out(f"no runs in {folder}; `synthetrial demo` makes one")
    else:
        for each in found:
            out(f"{each['name']:<32} {each['accepted']:>6} of {each['wanted']:<6} {each['state']}")


def stats(run: options.Run, json: options.Json = False, debug: options.Debug = False) -> None:
    """Say what a run took: calls, latencies, tokens, cost, time."""
    from synthetrial.run.stats import said
    from synthetrial.run.stats import stats as figures
    from synthetrial.run.store import RunStore

    with RunStore.read(run) as store:
        found = figures(store)
    out_json(found) if json else out("\n".join(said(found)))


def show(
    run: options.Run,
    record_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="A record; the first without it.")] = None,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Print a record of a run."""
    from synthetrial.generate.run import trials_of

    found = next((each for each in trials_of(run) if record_id in (None, each.id)), None)
    if found is None:
        raise SynthetrialError(f"{run}: no record {record_id or 'yet'}; `synthetrial export` lists them")
    if json:
        out_json(found)
    else:
        from synthetrial.terminal import record

        out(record(found))
