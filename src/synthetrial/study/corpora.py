"""The corpora of a study: a copy of the labelled trials for each split, and for the augment scenario one with a recipient's own
trials in the place of the pool. A set is made from one of them, so that nothing else can reach it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from synthetrial.corpus import split as splits
from synthetrial.corpus.draft import SPLIT
from synthetrial.corpus.manifest import read_manifest
from synthetrial.corpus.opening import open_corpus, stored_split
from synthetrial.corpus.readers.own_jsonl import encode
from synthetrial.corpus.split import Side, Split
from synthetrial.corpus.store import build, load_corpus
from synthetrial.seeds import derive
from synthetrial.study.settings import Study
from synthetrial.trial import RegistryTrial


class Trials(msgspec.Struct, frozen=True):
    """The real trials of a split: the holder's pool, those that recipients have, those that λ is chosen on, those that are
    tested on; and the fingerprint of the split."""

    pool: tuple[RegistryTrial, ...]
    rest: tuple[RegistryTrial, ...]
    valid: tuple[RegistryTrial, ...]
    test: tuple[RegistryTrial, ...]
    fingerprint: str


def corpus_of(study: Study, folder: Path, split: int, n_real: int | None = None) -> Path:
    """The corpus for sets of a split (by its seed): of the share scenario, or with `n_real` of the augment scenario. Written
    where it is not there yet. Raises `CorpusError`."""
    target = folder / "corpora" / (f"split-{split}" if n_real is None else f"split-{split}-own-{n_real}")
    if (target / SPLIT).is_file():
        return target
    if n_real is None:
        whole = open_corpus(study.corpus).labelled
        sides = splits.make(whole, study.sides.kind, seed=split, fractions=study.sides.fractions)
        _write(target, whole, sides)
    else:
        shared = corpus_of(study, folder, split)
        trials, known = load_corpus(shared).trials, stored_split(shared)
        own = owned(splits.side(known, trials, "train"), n_real, split)
        kept = tuple(each for each in trials if known.sides[each.trial_id] != "train" or each.trial_id in own)
        _write(target, kept, msgspec.structs.replace(known, sides={each.trial_id: known.sides[each.trial_id] for each in kept}))
    return target


def trials_of(study: Study, corpus: Path) -> Trials:
    """The sides of a study's corpus. Recipients have a part of the validation side, stratified by label, and λ the rest."""
    trials, split = load_corpus(corpus).trials, stored_split(corpus)
    valid = splits.side(split, trials, "valid")
    ordered = _dealt(valid, split.seed)
    number = round(study.sides.recipients * len(ordered))
    rest = {each.trial_id for each in ordered[:number]}
    return Trials(
        pool=splits.side(split, trials, "train"),
        rest=tuple(each for each in valid if each.trial_id in rest),
        valid=tuple(each for each in valid if each.trial_id not in rest),
        test=splits.side(split, trials, "test"),
        fingerprint=split.fingerprint,
    )


def owned(pool: Sequence[RegistryTrial], n: int, seed: int) -> frozenset[str]:
    """The trials of the recipient who has `n` of a pool, labels in the pool's proportion."""
    return frozenset(each.trial_id for each in _dealt(pool, seed)[:n])


def _dealt(trials: Sequence[RegistryTrial], seed: int) -> list[RegistryTrial]:
    """Trials in an order in which any first so many have the labels in proportion."""
    rng = np.random.default_rng(derive("recipients", seed))
    place: dict[str, float] = {}
    for label in (0, 1):
        own = sorted(each.trial_id for each in trials if each.label is not None and each.label.value == label)
        rng.shuffle(own)
        place |= {each: (at + 0.5) / len(own) for at, each in enumerate(own)}
    return sorted(trials, key=lambda each: (place[each.trial_id], each.trial_id))


def _write(target: Path, trials: Sequence[RegistryTrial], split: Split) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "trials.jsonl"
        with lines.open("wb") as file:
            file.writelines(map(encode, trials))
        build([lines], target, labels="source")
    sides: dict[str, Side] = {each.trial_id: split.sides[each.trial_id] for each in trials}
    known = read_manifest(target).fingerprint
    splits.write(
        msgspec.structs.replace(split, sides=sides, fingerprint=splits.fingerprint(sides), corpus=known), target / SPLIT
    )
