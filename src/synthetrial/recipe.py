"""Recipes: how records are made (planner, retrieval, reasoning, writer, checks, teacher), as data.

A recipe is a TOML file; the bundled ones lie in `recipes/`. One with a `base` changes what it names and leaves the rest as it
is in that recipe.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from synthetrial.errors import UsageError

Validated = TypeVar("Validated", bound=BaseModel)
Shown = Literal["own", "both", "target-last", "target-first", "shuffled", "none"]
DEEPEST: Final = 8
"""Recipes that one may rest on, each on the next."""


class Checked(BaseModel):
    """A table whose keys are all known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PlanOptions(Checked):
    """How cells are drawn."""

    labels: Literal["match", "balanced", "minority"] = "match"
    """`match` keeps the training split's share of each label, `balanced` makes as many of each, `minority` the rarer alone."""
    seeds: Literal["drug", "any"] = "drug"
    """Which training trials may seed a cell: those of a known drug, or those of any intervention."""
    samples_per_prompt: int = Field(default=1, ge=1, le=64)
    """Records per cell, written from one prompt."""


class RetrieveOptions(Checked):
    """How exemplars are chosen."""

    policy: Literal["rotating", "random", "nearest", "diverse", "any"] = "rotating"
    """`any` takes trials of whatever drug and label: nothing is retrieved, but a design has to come from somewhere."""
    k: int = Field(default=3, ge=1, le=20)
    shown: Shown = "own"
    """Which records the writer sees: `own` those of the cell's label; `both` as many of the other label before them, marked;
    `target-last`, `target-first` and `shuffled` the same in another order, in one list; `none` none."""


class ReasonOptions(Checked):
    """How reasons are made."""

    mode: Literal["extractive", "same-label", "contrastive", "none"] = "contrastive"
    at_most: int = Field(default=5, ge=1, le=10)
    ungrounded: bool = False
    """Whether reasons without a quote found in an exemplar are shown to the writer."""


class WriteOptions(Checked):
    """How records are written."""

    by: Literal["model", "recombine", "duplicate", "eda"] = "model"
    """A model, or one of the controls that need none (see `control`)."""

    temperature: float = Field(default=1.0, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    best_of: int = Field(default=1, ge=1, le=16)
    """Drafts of a base model for each record, of which the one is gone on with that the teacher likes best; 1: it writes
    section by section, without a draft."""
    critic: int = Field(default=0, ge=0)
    """First cells whose drafts, beside the training trials, teach the critic what a real record looks like, before any record
    is made. A record is then made of the lines that the critic likes best among the drafts of its cell. The critic judges best
    the cells that taught it, so as many as there are records is best. 0: no critic, and whole drafts."""
    tilt: float = Field(default=0, ge=0, le=1)
    """How far each word is drawn towards its share among the training trials from that among other drafts of the first cells
    (see `verify.tilt`), by engines that can; 0: not at all."""
    label_tilt: float = Field(default=0, ge=0, le=4)
    """How far each word is drawn towards its share among the training trials of the cell's label from that among all."""
    exemplar_words: int = Field(default=400, ge=40)
    """Each exemplar is cut, section by section, to about this many words."""
    extra: dict[str, float | int | bool | str | list[str]] = {}
    """Sampling parameters passed on as they are (min_p, dry_multiplier, …)."""

    @model_validator(mode="after")
    def _taught(self) -> WriteOptions:
        if self.critic and self.best_of == 1:
            raise ValueError("a critic chooses among drafts; set best_of to 2 or more, or critic to 0")
        if (self.tilt or self.label_tilt) and not self.critic:
            raise ValueError("tilts are taught by the first cells' drafts; set critic to how many, or tilt and label_tilt to 0")
        return self


class CheckOptions(Checked):
    """Which checks run, and how often a cell is tried before it is planned anew."""

    skip: tuple[str, ...] = ()
    max_attempts: int = Field(default=4, ge=1, le=50)


class VerifyOptions(Checked):
    """How the teacher weighs accepted records."""

    mode: Literal["weight", "filter", "relabel", "dimp", "none"] = "weight"
    power: float = Field(default=3.0, ge=0)
    folds: int = Field(default=3, ge=2, le=10)


class Recipe(Checked):
    """How records are made; see `recipes/*.toml`."""

    name: str
    about: str = ""
    plan: PlanOptions = PlanOptions()
    retrieve: RetrieveOptions = RetrieveOptions()
    reason: ReasonOptions = ReasonOptions()
    write: WriteOptions = WriteOptions()
    check: CheckOptions = CheckOptions()
    verify: VerifyOptions = VerifyOptions()


def bundled_recipes() -> tuple[str, ...]:
    """Names of the recipes that ship with the package."""
    return tuple(sorted(each.name[:-5] for each in files("synthetrial.recipes").iterdir() if each.name.endswith(".toml")))


def load_recipe(name: str) -> Recipe:
    """The bundled recipe `name`, or the recipe in the TOML file of that path. Raises `UsageError`."""
    return recipe_from(_table(name), name, Path(name).parent)


def recipe_from(table: dict[str, Any], where: str, folder: Path = Path()) -> Recipe:
    """`table` as a recipe, on its `base` (a bundled name, or a file from `folder` on) if it names one. Raises `UsageError`
    naming the key that is wrong."""
    for _ in range(DEEPEST):
        if (base := table.get("base")) is None:
            return validated(Recipe, table, where)
        name = str(base) if base in bundled_recipes() else str(folder / str(base))
        table, folder = _over(_table(name), {key: value for key, value in table.items() if key != "base"}), Path(name).parent
    raise UsageError(f"{where}: its base rests on itself or on more than {DEEPEST} others; name a recipe that stands alone")


class Change(NamedTuple):
    """An option in which a recipe differs from another: its key, there and here."""

    key: str
    was: Any
    now: Any


def changes(recipe: Recipe, against: Recipe) -> Iterator[Change]:
    """What `recipe` changes against another, name and description aside."""
    mine, other = (dict(_flat(each.model_dump(exclude={"name", "about"}))) for each in (recipe, against))
    for key in dict.fromkeys([*other, *mine]):
        if mine.get(key) != other.get(key):
            yield Change(key, other.get(key), mine.get(key))


def _table(name: str) -> dict[str, Any]:
    if name in bundled_recipes():
        return tomllib.loads((files("synthetrial.recipes") / f"{name}.toml").read_text("utf-8"))
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"no recipe named {name!r} and no such file; bundled recipes: {', '.join(bundled_recipes())}")
    return read_toml(path)


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` laid over `below`, table by table."""
    mixed = dict(below)
    for key, value in above.items():
        held = mixed.get(key)
        mixed[key] = _over(held, value) if isinstance(held, Mapping) and isinstance(value, Mapping) else value
    return mixed


def _flat(table: Mapping[str, Any], lead: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{lead}{key}.")
        else:
            yield f"{lead}{key}", value


def read_toml(path: Path) -> dict[str, Any]:
    """The table in the TOML file `path`. Raises `UsageError` naming file and place."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); give the path of a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not valid TOML ({error})") from error


def validated(kind: type[Validated], table: dict[str, Any], where: str) -> Validated:
    """`table` as a value of `kind`. Raises `UsageError` naming the key that is wrong."""
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            raise UsageError(f"{where}: unknown key {key!r}; remove it or correct its spelling") from error
        place = f"{where}: {key}" if key else where
        if first["type"] == "value_error":  # of a check of our own, which says what it found
            raise UsageError(f"{place}: {first['ctx']['error']}") from error
        raise UsageError(f"{place}: {first['msg'].lower()}, found {first['input']!r}") from error
