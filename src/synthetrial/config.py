"""Recipes and run configurations: what a user may set, checked, with the line to mend when something is wrong.

A *recipe* says how records are made (planner, retrieval, reasoning, writer, checks, teacher) and is a TOML file; the bundled
ones lie in `recipes/`. A *run configuration* says what to make from which corpus with which model: a TOML file, flags, or
both, flags first. A run folder keeps the resolved configuration.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synthetrial.errors import UsageError

Validated = TypeVar("Validated", bound=BaseModel)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlanOptions(_Model):
    """How cells are drawn."""

    labels: Literal["match", "balanced"] = "match"
    """`match` keeps the training split's share of each label, `balanced` makes as many of each."""
    samples_per_prompt: int = Field(default=1, ge=1, le=64)
    """Records per cell, written from one prompt."""


class RetrieveOptions(_Model):
    """How exemplars are chosen."""

    policy: Literal["rotating", "random", "nearest", "diverse"] = "rotating"
    k: int = Field(default=3, ge=1, le=20)


class ReasonOptions(_Model):
    """How reasons are made."""

    mode: Literal["extractive", "same-label", "contrastive", "none"] = "contrastive"
    at_most: int = Field(default=5, ge=1, le=10)
    ungrounded: bool = False
    """Whether reasons without a quote found in an exemplar are shown to the writer."""


class WriteOptions(_Model):
    """How records are written."""

    temperature: float = Field(default=1.0, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    exemplar_words: int = Field(default=400, ge=40)
    """Each exemplar is cut, section by section, to about this many words."""
    extra: dict[str, float | int | bool | str | list[str]] = {}
    """Sampling parameters passed on as they are (min_p, dry_multiplier, …)."""


class CheckOptions(_Model):
    """Which checks run, and how often a cell is tried before it is planned anew."""

    skip: tuple[str, ...] = ()
    max_attempts: int = Field(default=4, ge=1, le=50)


class VerifyOptions(_Model):
    """How the teacher weighs accepted records."""

    mode: Literal["weight", "filter", "relabel", "none"] = "weight"
    power: float = Field(default=3.0, ge=0)
    folds: int = Field(default=3, ge=2, le=10)


class Recipe(_Model):
    """How records are made; see `recipes/*.toml`."""

    name: str
    about: str = ""
    plan: PlanOptions = PlanOptions()
    retrieve: RetrieveOptions = RetrieveOptions()
    reason: ReasonOptions = ReasonOptions()
    write: WriteOptions = WriteOptions()
    check: CheckOptions = CheckOptions()
    verify: VerifyOptions = VerifyOptions()


class RunConfig(_Model):
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


def bundled_recipes() -> tuple[str, ...]:
    """Names of the recipes that ship with the package."""
    return tuple(sorted(each.name[:-5] for each in files("synthetrial.recipes").iterdir() if each.name.endswith(".toml")))


def load_recipe(name: str) -> Recipe:
    """The bundled recipe `name`, or the recipe in the TOML file of that path. Raises `UsageError`."""
    if name in bundled_recipes():
        return recipe_from(tomllib.loads((files("synthetrial.recipes") / f"{name}.toml").read_text("utf-8")), f"recipe {name}")
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"no recipe named {name!r} and no such file; bundled recipes: {', '.join(bundled_recipes())}")
    return recipe_from(read_toml(path), str(path))


def recipe_from(table: dict[str, Any], where: str) -> Recipe:
    """`table` as a recipe. Raises `UsageError` naming the key that is wrong."""
    return _validated(Recipe, table, where)


def run_config(table: dict[str, Any], where: str) -> RunConfig:
    """`table` as a run configuration; `recipe` may be a name or a table. Raises `UsageError` naming the key that is wrong."""
    recipe = table.get("recipe", default_recipe(table.get("model", "embedded")))
    if isinstance(recipe, str):
        table = {**table, "recipe": load_recipe(recipe).model_dump()}
    return _validated(RunConfig, table, where)


def default_recipe(model: str) -> str:
    """The bundled recipe for a kind of model: a small base model cannot reason, so the embedded one gets extractive reasons."""
    return "grounded-embedded" if model == "embedded" or model.endswith(".gguf") else "grounded"


def read_toml(path: Path) -> dict[str, Any]:
    """The table in the TOML file `path`. Raises `UsageError` naming file and place."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); give the path of a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not valid TOML ({error})") from error


def to_toml(config: BaseModel) -> str:
    """`config` as TOML, fields that are unset left out."""
    return tomli_w.dumps(config.model_dump(exclude_none=True))


def _validated(kind: type[Validated], table: dict[str, Any], where: str) -> Validated:
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            raise UsageError(f"{where}: unknown key {key!r}; remove it or correct its spelling") from error
        raise UsageError(f"{where}: {key}: {first['msg'].lower()}, found {first['input']!r}") from error
