"""What calls cost: dated prices per million tokens, and the cost of an answer under them."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec

from synthetrial.errors import UsageError
from synthetrial.llm.model import Usage

BATCH_SHARE: Final = 0.5
"""What a batch call costs, as a share of the same call at once (OpenAI's Batch API and its likes)."""
FREE: Final = frozenset(("scripted", "llama.cpp"))
"""Engines that run here."""
BATCH: Final = "batch"
"""The engine of batch files."""

_AMOUNTS: Final = ("prompt", "completion", "cached")
_DATED: Final = re.compile(r"-(?:\d{4}-\d{2}-\d{2}|\d{4,8})$")


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """US dollars per million tokens of the prompt, of its part that the server had cached, and of the completion."""

    prompt: float
    completion: float
    cached: float | None = None
    date: dt.date | None = None
    source: str | None = None


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    models: dict[str, Price]


Prices = dict[str, Price]


def load_prices(path: str | None = None) -> Prices:
    """The bundled prices, those of the TOML file `path` going before them. Raises `UsageError` naming file and place."""
    found = _read((files("synthetrial.data") / "prices.toml").read_text("utf-8"), "the bundled prices")
    if path is None:
        return found
    try:
        return found | _read(Path(path).read_text("utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read ({error}); give a TOML file like the bundled prices.toml") from error


def price_of(model: str, engine: str, prices: Prices) -> Price | None:
    """The price of a model by its name, or by its name without a date, halved for batches; None where none is known."""
    if engine in FREE:
        return Price(prompt=0, completion=0)
    found = prices.get(model) or prices.get(_DATED.sub("", model))
    if found is None or engine != BATCH:
        return found
    halved = {each: None if (value := getattr(found, each)) is None else value * BATCH_SHARE for each in _AMOUNTS}
    return msgspec.structs.replace(found, **halved)


def cost(usage: Usage, price: Price | None) -> float | None:
    """US dollars for `usage`; None without a price."""
    if price is None:
        return None
    cached = price.prompt if price.cached is None else price.cached
    fresh = usage.prompt_tokens - usage.cached_tokens
    return (fresh * price.prompt + usage.cached_tokens * cached + usage.completion_tokens * price.completion) / 1e6


def _read(text: str, where: str) -> Prices:
    try:
        return msgspec.convert(tomllib.loads(text), _Table).models
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f'{where}: {error}; give [models."NAME"] tables with prompt and completion') from error
