"""The commands of batch files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthetrial import cli_options as options
from synthetrial.cli_output import out, out_json
from synthetrial.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Runs through files of the OpenAI Batch API: half the price, no rate limit.")

Run = Annotated[Path, typer.Argument(help="Run folder.")]


@app.command("export")
def export_(
    run: Run,
    file: Annotated[Path | None, typer.Option("--config", help="Run configuration (TOML); flags go first.")] = None,
    n: options.N = None,
    corpus: options.Corpus = None,
    model: options.Model = None,
    recipe: options.Recipe = None,
    seed: options.Seed = None,
    target: Annotated[Path | None, typer.Option("--out", "-o", help="File to write [RUN/batch.jsonl].")] = None,
    prices: options.PriceFile = None,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Write what the run asks next to a batch file; the first time, begin the run."""
    from synthetrial.config import RunConfig
    from synthetrial.generate.batch import export_batch
    from synthetrial.generate.run import stored_config

    flags = {"n": n, "corpus": corpus, "model": model, "recipe": recipe, "seed": seed, "prices": prices}
    config: RunConfig
    if (run / "run.sqlite").is_file() and file is None and all(each is None for each in flags.values()):
        config = stored_config(run)
    elif model is None and file is None:
        raise UsageError("a run through batches begins with --model NAME (the name that the batch's requests bear)")
    else:
        config = options.configured(file, **flags)
    found = export_batch(config, run, target or run / "batch.jsonl")
    if json:
        out_json({"files": [str(each) for each in found.files], "requests": found.requests, **found.counts})
    elif found.requests:
        out(f"{found.requests} requests in {', '.join(map(str, found.files))}; run them as a batch, then "
            f"`synthetrial batch import {run} RESULTS.jsonl`")  # fmt: skip
    else:
        out(f"nothing is open: {found.counts['accepted']} records in {run}")


@app.command("import")
def import_(
    run: Run,
    results: Annotated[list[Path], typer.Argument(help="Output files of batches (JSON lines).")],
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Take the answers of a batch into its run."""
    from synthetrial.generate.batch import import_batch
    from synthetrial.generate.run import stored_config

    found = import_batch(stored_config(run), run, results)
    if json:
        out_json(
            {"answers": found.answers, "failed": found.failed, "foreign": found.foreign, "open": found.open, **found.counts}
        )
        return
    out(f"{found.answers} answers taken; {found.counts['accepted']} records in {run}")
    if found.failed:
        out(f"{len(found.failed)} requests failed and stay open, the first: {found.failed[0]}")
    if found.foreign:
        out(f"{found.foreign} answers belong to no open request of this run")
    if found.open:
        out(f"{found.open} requests are open: `synthetrial batch export {run}` writes them")
