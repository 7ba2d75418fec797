"""Run configurations: what to make from which corpus with which model, checked, with the line to mend when something is wrong.

A TOML file, flags, or both, flags first. A run folder keeps the resolved configuration.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import tomli_w
from pydantic import BaseModel, Field

from synthetrial.recipe import Checked, Recipe, load_recipe, recipe_from, validated


class RunConfig(Checked):
    """What to make: corpus, number of records, model, recipe, and the filters on the plan."""

    n: int = Field(default=24, ge=1)
    corpus: str | None = None
    """A corpus folder; the bundled demo corpus where it is absent."""
    model: str = "embedded"
    base_url: str | None = None
    api_key_env: str = "OPENAI_API_KEY"
    recipe: Recipe
    seed: int = Field(default=0, ge=0)
    concurrency: int = Field(default=8, ge=1, le=4096)
    drug: str | None = None
    condition: str | None = None
    phase: str | None = None
    label: Literal[0, 1] | None = None
    plan_file: str | None = None
    requests_per_minute: float | None = Field(default=None, gt=0)
    tokens_per_minute: float | None = Field(default=None, gt=0)
    timeout: float = Field(default=120, gt=0)
    """Seconds after which a call is made again."""
    cache: bool = True
    """Whether answers are kept between runs, and taken from there."""
    prices: str | None = None
    """A TOML file with prices that go before the bundled ones."""
    max_cost: float | None = Field(default=None, gt=0)
    """US dollars; a run stops, to be gone on with, when its calls have cost more."""
    max_tokens: int | None = Field(default=None, gt=0)
    deadline: float | None = Field(default=None, gt=0)
    """Minutes after which a sitting stops."""


HOW: Final = frozenset(
    ("concurrency", "base_url", "api_key_env", "requests_per_minute", "tokens_per_minute", "timeout", "cache", "prices",
     "max_cost", "max_tokens", "deadline")
)  # fmt: skip
"""Keys that say how a run is made, not what: it may go on with others."""


def run_config(table: dict[str, Any], where: str) -> RunConfig:
    """`table` as a run configuration; `recipe` may be a name or a table. Raises `UsageError` naming the key that is wrong."""
    recipe = table.get("recipe", default_recipe(table.get("model", "embedded")))
    if isinstance(recipe, str | dict):
        found = load_recipe(recipe) if isinstance(recipe, str) else recipe_from(recipe, f"{where}: recipe")
        table = {**table, "recipe": found.model_dump()}
    return validated(RunConfig, table, where)


def default_recipe(model: str) -> str:
    """The bundled recipe for a kind of model: a small base model cannot reason, so the embedded one gets extractive reasons."""
    return "grounded-embedded" if model == "embedded" or model.endswith(".gguf") else "grounded"


def to_toml(config: BaseModel) -> str:
    """`config` as TOML, fields that are unset left out."""
    return tomli_w.dumps(config.model_dump(exclude_none=True))
