"""`synthetrial corpus …`: build, stats, split, audit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from synthetrial import cli_options as options
from synthetrial.cli_output import out, out_json

app = typer.Typer(no_args_is_help=True, help="Real trials: read, label, count, split.")


@app.command()
def build(
    sources: Annotated[
        list[Path], typer.Argument(help="Files, folders or zips: API v2 JSON, XML, AACT, TOP CSV, trials.jsonl.")
    ],
    folder: Annotated[Path, typer.Option("--out", "-o", help="Corpus folder to write.")],
    labels: Annotated[str, typer.Option(help="completion, source, or a CSV of nct_id,label.")] = "completion",
    unexplained: Annotated[str, typer.Option(help="What a stop without a reason is: exclude or failure.")] = "exclude",
    strict: Annotated[bool, typer.Option(help="Exit 1 if anything was rejected.")] = False,
    allow_synthetic: options.AllowSynthetic = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Read any mix of formats into one Parquet corpus."""
    from synthetrial.corpus.store import build as build_corpus
    from synthetrial.errors import UsageError

    if unexplained not in ("exclude", "failure"):
        raise UsageError(f"--unexplained is exclude or failure, not {unexplained!r}")
    result = build_corpus(
        sources,
        folder,
        labels=labels if labels in ("completion", "source") else Path(labels),
        unexplained="failure" if unexplained == "failure" else "exclude",
        allow_synthetic=allow_synthetic,
    )
    if json:
        out_json(
            {
                "read": result.read,
                "kept": result.kept,
                "rejected": result.rejected,
                "labelled": result.labelled,
                "label_rule": result.label_rule,
                "fingerprint": result.fingerprint,
                "warnings": result.warnings,
                "rejects": [{"source": each.source, "record": each.record, "reason": each.reason} for each in result.rejects],
            }
        )
    else:
        out(
            f"read {result.read}, kept {result.kept}, rejected {result.rejected}, "
            f"labelled {result.labelled} ({result.label_rule})"
        )
        for each in result.rejects[:20]:
            options.say(f"rejected: {each.source}{f' ({each.record})' if each.record else ''}: {each.reason}")
        if len(result.rejects) > 20:
            options.say(f"… and {len(result.rejects) - 20} more in {folder}")
        for value, count in result.warnings.items():
            options.say(f"left out: {value} ({count} times)")
        if result.foreign_labels:
            options.say(f"{result.foreign_labels} labels are of trials that the corpus does not hold")
    if strict and result.rejected:
        raise typer.Exit(1)


@app.command()
def stats(
    corpus: Annotated[Path | None, typer.Argument(help="Corpus folder; the demo corpus without it.")] = None,
    allow_synthetic: options.AllowSynthetic = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Count what a corpus holds."""
    from synthetrial.corpus.opening import open_corpus
    from synthetrial.corpus.store import stats as count

    found = count(open_corpus(None if corpus is None else str(corpus), allow_synthetic=allow_synthetic))
    if json:
        out_json(found)
    else:
        from synthetrial.terminal import counts_table

        out(counts_table(f"{corpus or 'the demo corpus'}", found))


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
def audit(
    corpus: Annotated[Path | None, typer.Argument(help="Corpus folder; the demo corpus without it.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of folds and resamples.")] = 0,
    quick: Annotated[bool, typer.Option(help="Fewer repeats and resamples.")] = False,
    allow_synthetic: options.AllowSynthetic = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Probe a corpus for leaks: does length, source, start year or the like alone tell the label?"""
    from synthetrial.corpus.opening import open_corpus
    from synthetrial.evaluate.inputs import FULL, QUICK
    from synthetrial.evaluate.leaks.audit import audit as audited
    from synthetrial.verify.threads import one_thread

    loaded = open_corpus(None if corpus is None else str(corpus), allow_synthetic=allow_synthetic)
    with one_thread():
        found = audited(loaded, seed=seed, effort=QUICK if quick else FULL)
    if json:
        out_json({**msgspec.structs.asdict(found), "fires": found.fires})
    else:
        from synthetrial.terminal import audit_tables

        out(audit_tables(found))
