"""What a run works with, made once from corpus, split and recipe: pool, checks' view, teacher, log-odds."""

from __future__ import annotations

from typing import Final

import msgspec

from synthetrial.check.view import View
from synthetrial.config import RunConfig
from synthetrial.corpus import split as splits
from synthetrial.corpus.split import Split
from synthetrial.corpus.store import Corpus
from synthetrial.errors import CorpusError
from synthetrial.plan import Cell
from synthetrial.reason.extractive import LogOdds, learn
from synthetrial.retrieve import index
from synthetrial.retrieve.pool import Pool
from synthetrial.trial import RegistryTrial
from synthetrial.verify.teacher import Teacher

STORED: Final = 5_000
"""Labelled training trials from which on the index is kept beside the corpus: making it takes half a millisecond each."""


class Workbench(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is made from the training split and no other trial."""

    corpus: Corpus
    split: Split
    train: tuple[RegistryTrial, ...]
    folds: dict[str, int]
    pool: Pool
    view: View
    log_odds: LogOdds
    teacher: Teacher | None

    def exemplars(self, cell: Cell) -> tuple[RegistryTrial, ...]:
        """The exemplars of a cell, the contrasting ones last."""
        return tuple(self.pool.trial(each) for each in (*cell.exemplars, *cell.contrast))


def prepare(corpus: Corpus, split: Split, config: RunConfig) -> Workbench:
    """The workbench of a run. Raises `CorpusError` for a corpus without labels or a split of another corpus."""
    if not corpus.labelled:
        raise CorpusError(f"{corpus.path or 'the corpus'}: no trial has a label; build it with --labels completion or a CSV")
    if missing := [each for each in split.sides if each not in {t.trial_id for t in corpus.trials}]:
        raise CorpusError(
            f"the split names {len(missing)} trials that the corpus lacks ({missing[0]}); run `corpus split` again"
        )
    train = splits.side(split, corpus.trials, "train")
    labelled = [each for each in train if each.label is not None]
    found = index.of_trials(labelled) if len(labelled) < STORED or corpus.path is None else index.stored(corpus.path, split)
    folds = found.folds(config.recipe.verify.folds, config.seed)
    fold_of = dict(zip(found.ids, folds.tolist(), strict=True))
    return Workbench(
        corpus=corpus,
        split=split,
        train=train,
        folds=fold_of,
        pool=Pool(found, folds),
        view=View.build(train),
        log_odds=learn(labelled),
        teacher=None if config.recipe.verify.mode == "none" else Teacher.fit(labelled, fold_of),
    )
