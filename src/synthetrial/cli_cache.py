"""The commands of the answer cache."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from synthetrial import cli_options as options
from synthetrial.cli_output import out, out_json
from synthetrial.errors import SynthetrialError

if TYPE_CHECKING:
    from synthetrial.llm.cache import AnswerCache

app = typer.Typer(no_args_is_help=True, help="Answers kept between runs, so that the same study again costs no call.")


@app.command()
def stats(json: options.Json = False, debug: options.Debug = False) -> None:
    """Say what the cache holds."""
    cache = _opened()
    found = cache.stats()
    cache.close()
    if json:
        out_json({**found._asdict(), "path": str(found.path)})
        return
    samples = ", ".join(f"{model} {count}" for model, count in found.samples.items()) or "none"
    used = "" if found.oldest is None else f"; oldest use {dt.datetime.fromtimestamp(found.oldest, dt.UTC):%Y-%m-%d}"
    out(f"{found.path}: {found.bytes / 1e6:.1f} MB; samples by model: {samples}{used}")


@app.command()
def prune(
    days: Annotated[float, typer.Option(min=0, help="Keep what was used in so many days; 0 deletes all.")] = 90,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Delete what was not used for a while."""
    cache = _opened()
    deleted = cache.prune(days)
    cache.close()
    out_json({"deleted": deleted}) if json else out(f"{deleted} samples deleted")


def _opened() -> AnswerCache:
    from synthetrial.llm.cache import open_cache
    from synthetrial.paths import cache_dir

    cache = open_cache()
    if cache is None:
        raise SynthetrialError(f"the cache in {cache_dir()} cannot be opened; name a writable file in SYNTHETRIAL_ANSWERS")
    return cache
