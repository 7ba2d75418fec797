"""Options that mean the same on every command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from synthetrial.config import RunConfig, run_config
from synthetrial.recipe import read_toml

DEBUG = {"on": False}
"""Whether errors come with their traceback; set by --debug."""


def _debug(value: bool) -> bool:
    DEBUG["on"] = DEBUG["on"] or value
    return value


Run = Annotated[Path, typer.Argument(help="Run folder.")]
Corpus = Annotated[Path | None, typer.Option("--corpus", help="Corpus folder; the bundled demo corpus without it.")]
N = Annotated[int | None, typer.Option("--n", help="Records to make [24].")]
Model = Annotated[
    str | None, typer.Option("--model", help="embedded (the default), scripted, FILE.gguf, or a model's name at --base-url.")
]
BaseUrl = Annotated[str | None, typer.Option("--base-url", help="An OpenAI-compatible endpoint (https://…/v1).")]
KeyEnv = Annotated[str | None, typer.Option("--api-key-env", help="Environment variable with the key [OPENAI_API_KEY].")]
Recipe = Annotated[str | None, typer.Option("--recipe", help="A bundled recipe or a TOML file; see `synthetrial recipes`.")]
Concurrency = Annotated[int | None, typer.Option("--concurrency", help="Most calls at once [8].")]
Seed = Annotated[int | None, typer.Option("--seed", help="Everything random derives from it [0].")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Run folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and no notes.")]
Debug = Annotated[bool, typer.Option("--debug", callback=_debug, help="Show the traceback of an error.")]
Rpm = Annotated[float | None, typer.Option("--rpm", help="Most requests a minute.")]
Tpm = Annotated[float | None, typer.Option("--tpm", help="Most tokens a minute.")]
Timeout = Annotated[float | None, typer.Option("--timeout", help="Seconds after which a call is made again [120].")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Neither take answers from the cache nor keep them there.")]
PriceFile = Annotated[Path | None, typer.Option("--prices", help="A TOML file with prices per million tokens.")]
MaxCost = Annotated[float | None, typer.Option("--max-cost", help="Stop when the calls have cost so many US dollars.")]
MaxTokens = Annotated[int | None, typer.Option("--max-tokens", help="Stop when the calls have taken so many tokens.")]
Deadline = Annotated[float | None, typer.Option("--deadline", help="Stop after so many minutes.")]
LogFile = Annotated[Path | None, typer.Option("--log-file", help="Append what happens to this file, a JSON object a line.")]
Executor = Annotated[str, typer.Option("--executor", help="local, or ray: the cluster at RAY_ADDRESS, or this machine.")]
AllowSynthetic = Annotated[bool, typer.Option("--allow-synthetic", help="Take synthetic records as a corpus.")]


def configured(file: Path | None, **flags: Any) -> RunConfig:
    """The run configuration of a TOML file and flags, flags first. Raises `UsageError`."""
    table = {} if file is None else read_toml(file)
    table |= {key: str(value) if isinstance(value, Path) else value for key, value in flags.items() if value is not None}
    return run_config(table, "flags" if file is None else str(file))


def say(text: str) -> None:
    """A note to the person at the terminal, on stderr."""
    print(text, file=sys.stderr)
