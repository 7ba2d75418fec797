"""A study as data: which recipes on which corpus, how they are measured, and the comparison named before it is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, model_validator

from synthetrial.config import default_recipe
from synthetrial.corpus.split import Kind
from synthetrial.recipe import Checked, Recipe, load_recipe, read_toml, recipe_from, validated
from synthetrial.verify.teacher import Mode

Scenario = Literal["share", "augment"]
Classifier = Literal["tfidf", "minilm"]
REAL: Final = "real"
"""What a set is held against where it is not held against another: the recipient's real trials alone."""


class Sides(Checked):
    """How the corpus is divided. Recipients' trials are drawn from a part of the validation side that λ is not chosen on."""

    kind: Kind = "random"
    fractions: tuple[float, float, float] = (0.6, 0.2, 0.2)
    recipients: float = Field(default=0.5, ge=0, lt=1)
    """Share of the validation side that recipients are drawn from."""


class SetOf(Checked):
    """Sets of one recipe: a set a seed. `recipe` is a name, a file, or a table (on a `base`)."""

    recipe: Recipe
    n: int | None = Field(default=None, ge=1)
    """Records of a set; the study's `n` where it is absent."""
    seeds: tuple[int, ...] | None = None
    splits: tuple[int, ...] | None = None
    model: str | None = None
    augment: bool = False
    """Whether sets are made for the augment scenario as well: from each recipient's own trials."""


class Primary(Checked):
    """The comparison that the study is for, named before it is run."""

    set: str
    against: str = REAL
    mode: Mode = "weight"
    classifier: Classifier = "tfidf"
    n_real: int = 100
    scenario: Scenario = "share"
    effect: float = Field(default=0.02, gt=0)
    """The smallest difference in ROC-AUC that would matter: what `--power` plans for."""


class Question(Checked):
    """A comparison of two sets, or of two modes of one, and what it answers."""

    ask: str
    set: str
    against: str
    mode: Mode | None = None
    """The primary comparison's where it is absent."""
    against_mode: Mode | None = None
    """The same mode where it is absent."""


class Study(Checked):
    """What to make and how to measure it."""

    name: str = Field(pattern=r"^[A-Za-z0-9][\w.-]*$")
    about: str = ""
    corpus: str | None = None
    """A corpus folder; the bundled demo corpus where it is absent."""
    model: str = "embedded"
    base_url: str | None = None
    api_key_env: str = "OPENAI_API_KEY"
    concurrency: int = Field(default=8, ge=1, le=4096)
    n: int = Field(default=100, ge=1)
    seeds: tuple[int, ...] = (0,)
    splits: tuple[int, ...] = (0,)
    sides: Sides = Sides()
    sets: tuple[SetOf, ...] = Field(min_length=1)
    """They are made in this order."""
    n_real: tuple[int, ...] = (0, 50, 100, 200, 400)
    augment: tuple[int, ...] = ()
    """Sizes of the augment scenario: the recipient's own trials, from which the set is made as well."""
    classifiers: tuple[Classifier, ...] = ("tfidf", "minilm")
    modes: tuple[Mode, ...] = ("none", "weight", "filter", "relabel", "dimp")
    growth: tuple[int, ...] = ()
    """Sizes at which the primary set, and sets of more than `n` records beside it, are measured as well: their first ones."""
    draws: int = Field(default=20, ge=2)
    resamples: int = Field(default=1000, ge=100)
    primary: Primary
    questions: tuple[Question, ...] = ()
    """Exploratory comparisons; where there are none, the primary set against each other one."""

    @model_validator(mode="after")
    def _named(self) -> Study:
        names = [each.recipe.name for each in self.sets]
        for one in self.sets:
            if any(other.recipe.name == one.recipe.name and other.recipe != one.recipe for other in self.sets):
                raise ValueError(f"two recipes are called {one.recipe.name!r}; give each a name of its own")
        made = [
            (each.recipe.name, split, seed)
            for each in self.sets
            for split in self.splits_of(each)
            for seed in self.seeds_of(each)
        ]
        if len(set(made)) < len(made):
            raise ValueError("a set is there twice: of one recipe, split and seed")
        asked = [(each.set, each.against, f"question {each.ask!r}") for each in self.questions]
        for first, second, where in [(self.primary.set, self.primary.against, "primary"), *asked]:
            for name in (first, second):
                if name not in (*names, REAL):
                    raise ValueError(
                        f"{where} names {name!r}, which is no set; known: {', '.join(dict.fromkeys(names))}, {REAL}"
                    )
        sizes = self.n_real if self.primary.scenario == "share" else self.augment
        if self.primary.n_real not in sizes or self.primary.mode not in self.modes:
            raise ValueError("primary's n_real and mode are to be among those that are measured")
        if self.primary.classifier not in self.classifiers:
            raise ValueError("primary's classifier is to be among those that are measured")
        return self

    def seeds_of(self, each: SetOf) -> tuple[int, ...]:
        """The seeds of a recipe's sets."""
        return self.seeds if each.seeds is None else each.seeds

    def splits_of(self, each: SetOf) -> tuple[int, ...]:
        """The splits on which a recipe's sets are made."""
        return self.splits if each.splits is None else each.splits


def load_study(path: Path) -> Study:
    """The study in a TOML file; recipes and corpus are named from its folder on. Raises `UsageError` naming the key that is
    wrong."""
    return study_from(read_toml(path), str(path), path.parent)


def study_from(table: dict[str, Any], where: str, folder: Path) -> Study:
    """`table` as a study. Raises `UsageError`."""
    table = dict(table)
    if table.get("corpus") is not None:
        table["corpus"] = str(folder / table["corpus"])
    if isinstance(table.get("sets"), list):
        table["sets"] = [_with_recipe(each, where, folder, table.get("model", "embedded")) for each in table["sets"]]
    return validated(Study, table, where)


def _with_recipe(table: Any, where: str, folder: Path, model: str) -> Any:
    """A set's table with its recipe in full."""
    if not isinstance(table, dict):
        return table
    named = table.get("recipe", default_recipe(table.get("model") or model))
    if isinstance(named, str):
        file = folder / named
        recipe = load_recipe(str(file) if file.is_file() else named)
    elif isinstance(named, dict):
        recipe = recipe_from(named, f"{where}: recipe", folder)
    else:
        return table
    return {**table, "recipe": recipe.model_dump()}
