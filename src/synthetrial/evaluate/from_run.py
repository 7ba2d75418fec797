"""The inputs of an evaluation from a run folder: its records, its split, its teacher folds."""

from __future__ import annotations

from pathlib import Path

from synthetrial.config import run_config
from synthetrial.corpus import canaries
from synthetrial.corpus import split as splits
from synthetrial.corpus.opening import open_corpus, split_of
from synthetrial.errors import StoreError
from synthetrial.evaluate.inputs import Inputs
from synthetrial.run.store import RunStore


def inputs_of(folder: Path) -> Inputs:
    """What `evaluate` needs of the run in `folder`.

    Raises `StoreError` where there is no run, it has no record, or corpus or split are no longer those it was made from.
    """
    with RunStore.read(folder) as store:
        table, made = store.get_meta("config"), store.get_meta("fingerprints")
        records = tuple(store.trials())
    if table is None or made is None or not records:
        raise StoreError(f"{folder}: the run has no accepted record yet; go on with `synthetrial generate --out {folder}`")
    config = run_config(table, str(folder))
    corpus = open_corpus(config.corpus, allow_synthetic=True)
    split = split_of(corpus)
    for name, found in (("corpus", corpus.fingerprint), ("split", split.fingerprint)):
        if made[name] != found:
            raise StoreError(
                f"{folder}: the {name} has changed since the run was made ({made[name][:12]} then, {found[:12]} now); "
                "restore it, or make a new run"
            )
    train = tuple(each for each in splits.side(split, corpus.trials, "train") if each.label is not None)
    return Inputs(
        run=folder.name,
        synthetic=records,
        train=train,
        valid=splits.side(split, corpus.trials, "valid"),
        test=splits.side(split, corpus.trials, "test"),
        canaries=canaries.beside(corpus.path),
        folds=splits.folds(train, config.recipe.verify.folds, seed=config.seed),
        split={
            "kind": split.kind,
            "seed": split.seed,
            "fingerprint": split.fingerprint,
            "corpus": corpus.fingerprint,
            "trials": len(corpus.trials),
        },
    )
