"""What a study makes: its sets, each a run of its own, and where each stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from synthetrial.config import RunConfig, run_config
from synthetrial.recipe import Recipe
from synthetrial.study.corpora import corpus_of
from synthetrial.study.settings import SetOf, Study


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A set: of which recipe, split and seed, how many records, and in the augment scenario from how many trials."""

    recipe: Recipe
    split: int
    seed: int
    n: int
    n_real: int | None = None
    model: str

    @property
    def name(self) -> str:
        """The set's name in folders."""
        own = "" if self.n_real is None else f"-own-{self.n_real}"
        return f"{self.recipe.name}-split-{self.split}-seed-{self.seed}{own}"


def sets(study: Study) -> Iterator[Made]:
    """The sets of a study, in the order in which they are made: that of the file, which has what matters most first."""
    for each in study.sets:
        for split in study.splits_of(each):
            for seed in study.seeds_of(each):
                yield _made(study, each, split, seed)
        for n_real in study.augment if each.augment else ():
            yield _made(study, each, study.splits_of(each)[0], study.seeds_of(each)[0], n_real)


def config_of(study: Study, made: Made, folder: Path) -> RunConfig:
    """The configuration of a set's run; its corpus is written where it is not there yet."""
    table: dict[str, Any] = {
        "n": made.n,
        "corpus": str(corpus_of(study, folder, made.split, made.n_real)),
        "model": made.model,
        "base_url": study.base_url,
        "api_key_env": study.api_key_env,
        "concurrency": study.concurrency,
        "seed": made.seed,
        "recipe": made.recipe.model_dump(),
    }
    return run_config(table, f"study {study.name}, set {made.name}")


def run_folder(folder: Path, made: Made) -> Path:
    """Where a set's run lies."""
    return folder / "sets" / made.name


def _made(study: Study, each: SetOf, split: int, seed: int, n_real: int | None = None) -> Made:
    return Made(recipe=each.recipe, split=split, seed=seed, n=each.n or study.n, n_real=n_real, model=each.model or study.model)
