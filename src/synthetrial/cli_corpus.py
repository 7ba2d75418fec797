"""`synthetrial corpus …`: build, update. The other commands are in `cli_corpus_parts`, `cli_corpus_views`, `cli_fetch`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthetrial import cli_options as options
from synthetrial.cli_output import out, out_json

if TYPE_CHECKING:
    from synthetrial.corpus.build import BuildResult
    from synthetrial.terminal_run import ReadWatcher

app = typer.Typer(no_args_is_help=True, help="Real trials: read, label, count, split.")
Database = Annotated[
    str | None, typer.Option("--from", help="A live AACT database: postgresql://user@host/aact (extra `aact`).")
]
DrugNames = Annotated[
    Path | None, typer.Option("--drug-names", help="A CSV of name,drug: spellings of your own, which the corpus brings along.")
]


@app.command()
def build(
    folder: Annotated[Path, typer.Option("--out", "-o", help="Corpus folder to write.")],
    sources: Annotated[
        list[Path] | None,
        typer.Argument(help="Files, folders or zips: API v2 JSON, XML, AACT, TOP CSV, trials.jsonl, what `fetch` fetched."),
    ] = None,
    database: Database = None,
    labels: Annotated[str, typer.Option(help="completion, source, or a CSV of nct_id,label.")] = "completion",
    unexplained: Annotated[str, typer.Option(help="What a stop without a reason is: exclude or failure.")] = "exclude",
    names: DrugNames = None,
    strict: Annotated[bool, typer.Option(help="Exit 1 if anything was rejected.")] = False,
    allow_synthetic: options.AllowSynthetic = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Read any mix of formats into one Parquet corpus."""
    from synthetrial.corpus.store import build as build_corpus
    from synthetrial.errors import UsageError

    if unexplained not in ("exclude", "failure"):
        raise UsageError(f"--unexplained is exclude or failure, not {unexplained!r}")
    with _reading(quiet=quiet or json) as watch:
        result = build_corpus(
            _sources(sources, database),
            folder,
            labels=labels if labels in ("completion", "source") else Path(labels),
            unexplained="failure" if unexplained == "failure" else "exclude",
            names=names,
            allow_synthetic=allow_synthetic,
            watch=watch,
        )
    if json:
        out_json(_plain(result))
    else:
        out(
            f"read {result.read}, kept {result.kept}, rejected {result.rejected}, "
            f"labelled {result.labelled} ({result.label_rule})"
        )
        _told(result, folder)
    if strict and result.rejected:
        raise typer.Exit(1)


@app.command()
def update(
    corpus: Annotated[Path, typer.Argument(help="Corpus folder.")],
    sources: Annotated[list[Path] | None, typer.Argument(help="Files, folders or zips, as for `build`.")] = None,
    database: Database = None,
    names: DrugNames = None,
    strict: Annotated[bool, typer.Option(help="Exit 1 if anything was rejected.")] = False,
    allow_synthetic: options.AllowSynthetic = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Bring a corpus up to date: new trials are added, older versions replaced."""
    from synthetrial.corpus.store import update as update_corpus

    with _reading(quiet=quiet or json) as watch:
        result = update_corpus(_sources(sources, database), corpus, names=names, allow_synthetic=allow_synthetic, watch=watch)
    if json:
        counts = {name: getattr(result, name) for name in ("added", "replaced", "unchanged", "conflicting")}
        out_json(_plain(result) | counts)
    else:
        out(
            f"read {result.read}: {result.added} added, {result.replaced} replaced, {result.unchanged} unchanged, "
            f"{result.rejected} rejected; {result.kept} trials, {result.labelled} labelled ({result.label_rule})"
        )
        if result.conflicting:
            options.say(f"{result.conflicting} say something else under the date of the version that is kept")
        _told(result, corpus)
    if strict and result.rejected:
        raise typer.Exit(1)


def _sources(sources: list[Path] | None, database: str | None) -> list[Path | str]:
    from synthetrial.errors import UsageError

    found: list[Path | str] = [*(sources or ()), *([database] if database else [])]
    if not found:
        raise UsageError("no source: give files, folders or zips, or --from postgresql://…")
    return found


def _reading(*, quiet: bool) -> ReadWatcher:
    from rich.console import Console

    from synthetrial.terminal_run import ReadWatcher

    return ReadWatcher(Console(stderr=True), quiet=quiet)


def _plain(result: BuildResult) -> dict[str, object]:
    names = ("read", "kept", "rejected", "labelled", "label_rule", "fingerprint", "warnings", "rejects")
    return {name: getattr(result, name) for name in names}


def _told(result: BuildResult, folder: Path) -> None:
    """Say what was rejected and left out."""
    for each in result.rejects[:20]:
        options.say(f"rejected: {each.source}{f' ({each.record})' if each.record else ''}: {each.reason}")
    if len(result.rejects) > 20:
        options.say(f"… and {len(result.rejects) - 20} more in {folder}")
    for value, count in result.warnings.items():
        options.say(f"left out: {value} ({count} times)")
    if result.foreign_labels:
        options.say(f"{result.foreign_labels} labels are of trials that the corpus does not hold")
