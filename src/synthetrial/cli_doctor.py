"""`synthetrial doctor`."""

from __future__ import annotations

import typer

from synthetrial import cli_options as options
from synthetrial.cli_output import out, out_json


def doctor(
    base_url: options.BaseUrl = None,
    model: options.Model = None,
    api_key_env: options.KeyEnv = None,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Say what this machine can run, whether a server answers, and what mends each miss.

    Exit 1 if something is missing that records cannot be made without.
    """
    from synthetrial.doctor import examine

    found = examine(base_url, model, api_key_env or "OPENAI_API_KEY")
    if json:
        out_json(found)
    else:
        from synthetrial.terminal import findings_table

        out(findings_table(found))
    if any(each["needed"] and not each["ok"] for each in found):
        raise typer.Exit(1)
