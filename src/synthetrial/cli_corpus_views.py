"""`synthetrial corpus …`: stats, diff, audit: what a corpus holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from synthetrial import cli_options as options
from synthetrial.cli_output import out, out_json

app = typer.Typer()


@app.command()
def stats(
    corpus: Annotated[Path | None, typer.Argument(help="Corpus folder; the demo corpus without it.")] = None,
    allow_synthetic: options.AllowSynthetic = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Count what a corpus holds, and list the names in which no drug is recognised."""
    from synthetrial.corpus.demo import demo_corpus
    from synthetrial.corpus.stats import stats as count
    from synthetrial.corpus.stats import stats_of

    found = count(demo_corpus()) if corpus is None else stats_of(corpus, allow_synthetic=allow_synthetic)
    if json:
        out_json(found)
    else:
        from synthetrial.terminal import counts_table

        out(counts_table(f"{corpus or 'the demo corpus'}", found))


@app.command()
def diff(
    one: Annotated[Path, typer.Argument(help="Corpus folder.")],
    other: Annotated[Path, typer.Argument(help="Corpus folder to hold against it.")],
    most: Annotated[int, typer.Option("--most", help="Trials and changes that are listed; all with --json.")] = 10,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Say what one corpus has that another has not, and which fields of the others differ."""
    from synthetrial.corpus.diff import diff as compared

    found = compared(one, other)
    if json:
        out_json(found)
        return
    out(f"{len(found.added):,} added, {len(found.removed):,} removed, {len(found.changed):,} changed, {found.same:,} the same")
    for what, ids in (("added", found.added), ("removed", found.removed)):
        if ids:
            out(f"{what}: {', '.join(ids[:most])}{f' and {len(ids) - most:,} more' if len(ids) > most else ''}")
    if found.fields:
        out("fields: " + ", ".join(f"{name} {count:,}" for name, count in found.fields.items()))
    for each in found.changes[:most]:
        out(f"{each.trial_id} {each.field}: {each.before or 'nothing'} → {each.after or 'nothing'}")
    if len(found.changes) > most:
        out(f"… and {len(found.changes) - most:,} more changes")


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
