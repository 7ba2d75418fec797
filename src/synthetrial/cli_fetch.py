"""`synthetrial corpus fetch`: studies from the API of ClinicalTrials.gov."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from synthetrial import cli_options as options
from synthetrial.cli_output import out, out_json

if TYPE_CHECKING:
    from synthetrial.corpus.build import BuildResult
    from synthetrial.corpus.fetch.run import Fetched


def fetch(
    folder: Annotated[Path, typer.Option("--out", "-o", help="Folder to fetch into; the same command goes on with it.")],
    cond: Annotated[str | None, typer.Option(help="Condition or disease.")] = None,
    intr: Annotated[str | None, typer.Option(help="Intervention or treatment.")] = None,
    term: Annotated[str | None, typer.Option(help="Other terms, in the registry's search language.")] = None,
    status: Annotated[list[str] | None, typer.Option(help="Only of this overall status (COMPLETED, …); repeatable.")] = None,
    ids: Annotated[list[str] | None, typer.Option(help="Only these NCT numbers, or those in @FILE; repeatable.")] = None,
    fields: Annotated[
        str | None, typer.Option(help="Fields of the records, with commas, or `all`; without it those that a corpus takes.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Only studies updated on or after this day.")] = None,
    update: Annotated[bool, typer.Option("--update", help="What is newer than the last fetch, or than --corpus.")] = False,
    corpus: Annotated[Path | None, typer.Option("--corpus", help="Corpus to make of it, or to bring up to date.")] = None,
    most: Annotated[int | None, typer.Option("--max", help="Stop after so many studies.")] = None,
    page_size: Annotated[int, typer.Option(help="Studies of a request, 1000 at most.")] = 1000,
    rate: Annotated[float, typer.Option(help="Most requests a minute.")] = 45,
    url: Annotated[str | None, typer.Option(help="An API of the same form; the registry's own without it.")] = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Fetch studies from the API of ClinicalTrials.gov; killed or cut off, the same command goes on."""
    from rich.console import Console

    from synthetrial.corpus.fetch import query as queries
    from synthetrial.corpus.fetch.registry import API
    from synthetrial.corpus.fetch.run import fetch as fetched
    from synthetrial.terminal_fetch import FetchWatcher

    wanted = queries.listed(ids or ())
    named = queries.READ_BY_US if fields is None else () if fields == queries.ALL else fields.replace("|", ",").split(",")
    with FetchWatcher(Console(stderr=True), quiet=quiet or json) as watch:
        found = fetched(
            queries.query(cond=cond, intr=intr, term=term, status=status or (), ids=wanted, fields=named),
            folder,
            ids=wanted,
            since=None if since is None else queries.day(since),
            update=update,
            corpus=corpus,
            url=url or API,
            rate=rate,
            page_size=page_size,
            most=most,
            watch=watch,
            tell=watch.tell,
        )
    if corpus is None:
        out_json(found) if json else _say(found, None)
        return
    from synthetrial.corpus.fetch.into import into_corpus
    from synthetrial.terminal_run import ReadWatcher

    with ReadWatcher(Console(stderr=True), quiet=quiet or json) as read:
        built = into_corpus(folder, corpus, watch=read)
    if json:
        out_json({**msgspec.structs.asdict(found), "corpus": None if built is None else _counts(built)})
    else:
        _say(found, corpus)
        out(f"{corpus}: {_told(built)}")


def _say(found: Fetched, corpus: Path | None) -> None:
    ended = "" if found.done else "; stopped at --max, a larger one goes on"
    had = f"{_many(found.studies, 'study', 'studies')} in {_many(found.pages, 'page', 'pages')} ({found.size / 1e6:,.1f} MB)"
    out(f"{had} in {found.folder}, {found.new_studies:,} of them new; the registry's data are of {found.data_timestamp}{ended}")
    if found.missing:
        more = f" and {len(found.missing) - 5:,} more" if len(found.missing) > 5 else ""
        options.say(f"not in the registry: {', '.join(found.missing[:5])}{more}")
    if corpus is None and found.studies:
        from synthetrial.corpus.readers.source import STUDIES

        out(f"make a corpus of it: synthetrial corpus build {Path(found.folder) / STUDIES} -o CORPUS")


def _many(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"


def _told(built: BuildResult | None) -> str:
    if built is None:
        return "nothing new"
    counts = ", ".join(f"{name} {count:,}" for name, count in _counts(built).items())
    return f"{counts} ({built.label_rule})"


def _counts(built: BuildResult) -> dict[str, int]:
    names = ("read", "kept", "rejected", "labelled", "added", "replaced", "unchanged")
    return {name: getattr(built, name) for name in names}
