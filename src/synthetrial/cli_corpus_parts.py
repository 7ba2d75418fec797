"""`synthetrial corpus …`: split, subset, index: parts of a corpus and the way to them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthetrial import cli_options as options
from synthetrial.cli_output import out, out_json

app = typer.Typer()


@app.command()
def split(
    corpus: Annotated[Path, typer.Argument(help="Corpus folder.")],
    kind: Annotated[str, typer.Option(help="random, temporal, unseen-drug or unseen-condition.")] = "random",
    seed: Annotated[int, typer.Option(help="Seed of the draw.")] = 0,
    before: Annotated[str | None, typer.Option(help="temporal: trials from this date on are the test side.")] = None,
    allow_synthetic: options.AllowSynthetic = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Divide a corpus into train, validation and test, once, before anything is retrieved."""
    from synthetrial.corpus import split as splits
    from synthetrial.corpus.draft import SPLIT
    from synthetrial.errors import UsageError

    if kind not in splits.KINDS:
        raise UsageError(f"--kind is one of {', '.join(splits.KINDS)}, not {kind!r}")
    made = splits.of_corpus(
        corpus,
        next(each for each in splits.KINDS if each == kind),
        seed=seed,
        before=before,
        allow_synthetic=allow_synthetic,
    )
    splits.write(made, corpus / SPLIT)
    said = {"kind": made.kind, "seed": made.seed, "fractions": made.fractions, "fingerprint": made.fingerprint}
    if json:
        out_json(said)
    else:
        shares = ", ".join(f"{side} {share:.3f}" for side, share in made.fractions.items())
        out(f"{made.kind} split, seed {made.seed}: {shares} of the labelled trials; fingerprint {made.fingerprint[:12]}")


@app.command()
def subset(
    corpus: Annotated[Path, typer.Argument(help="Corpus folder.")],
    folder: Annotated[Path, typer.Option("--out", "-o", help="Corpus folder to write.")],
    labelled: Annotated[bool, typer.Option("--labelled", help="Only trials with a label.")] = False,
    drug: Annotated[str | None, typer.Option(help="Only trials of this drug.")] = None,
    condition: Annotated[str | None, typer.Option(help="Only trials of a condition with these words.")] = None,
    phase: Annotated[str | None, typer.Option(help="Only trials in this phase, such as PHASE2.")] = None,
    since: Annotated[int | None, typer.Option(help="Only trials that began in this year or later.")] = None,
    sample: Annotated[int | None, typer.Option(help="At most so many of them, drawn at random.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the draw.")] = 0,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Carve a corpus from another: the trials that a question is about, or a sample."""
    from synthetrial.corpus.subset import Wanted
    from synthetrial.corpus.subset import subset as carved
    from synthetrial.errors import UsageError
    from synthetrial.trial import PHASES

    if phase is not None and phase not in PHASES:
        raise UsageError(f"--phase is one of {', '.join(PHASES)}, not {phase!r}")
    wanted = Wanted(labelled=labelled, drug=drug, condition=condition, phase=phase, since=since)
    count = carved(corpus, folder, wanted, sample=sample, seed=seed)
    out_json({"trials": count}) if json else out(f"{count:,} trials in {folder}")


@app.command()
def index(
    corpus: Annotated[Path, typer.Argument(help="Corpus folder.")],
    vectors: Annotated[
        bool, typer.Option("--vectors", help="Nearest trials by embedding (extras `embed` and `vectors`; slow).")
    ] = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Build the retrieval index of the training side; `generate` does it where it is missing or out of date."""
    from synthetrial.corpus.opening import stored_split
    from synthetrial.retrieve.index import build as built

    made = built(corpus, stored_split(corpus), vectors=vectors)
    out_json(made) if json else out(f"{made.trials:,} labelled training trials are in the index of {corpus}")
