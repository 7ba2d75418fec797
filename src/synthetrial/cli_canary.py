"""`synthetrial canary …`: plant marked records, so that an evaluation can read how well they can be told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthetrial import cli_options as options
from synthetrial.cli_output import out, out_json

app = typer.Typer(no_args_is_help=True, help="Canaries: does a synthetic set give away what it was made from?")


@app.callback()
def canary() -> None:
    """Canaries: does a synthetic set give away what it was made from?"""


@app.command()
def plant(
    corpus: Annotated[Path, typer.Argument(help="Corpus folder, or `demo` for the bundled one.")],
    folder: Annotated[Path, typer.Option("--out", "-o", help="Corpus folder to write: a copy with canaries.")],
    n: Annotated[int, typer.Option("--n", help="Canaries: half are planted in the training split, half kept out.")] = 50,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the draw.")] = 0,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Copy a corpus and plant canaries in its training split. Generate from the copy, then evaluate that run."""
    from synthetrial.corpus.canaries import FILE
    from synthetrial.corpus.canaries import plant as planted

    named = None if str(corpus) == "demo" and not corpus.exists() else str(corpus)
    made = planted(named, folder, n=n, seed=seed)
    said = {"corpus": str(folder), "planted": sum(each.planted for each in made), "kept_out": sum(not e.planted for e in made)}
    if json:
        out_json(said)
    else:
        out(
            f"{said['planted']} canaries planted in {folder}, {said['kept_out']} kept out (both in {folder / FILE}). Next: "
            f"`synthetrial generate --corpus {folder} …`, then `synthetrial evaluate RUN --only canary-inference`"
        )
