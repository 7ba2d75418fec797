"""The exemplar pool: the training split, looked up by drug, drug class, condition and label. It holds no other trial.

A retrieval climbs down a ladder and takes from each rung what is still missing:
same drug and label → same drug class and label → same condition and label → nearest by text and label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from synthetrial.retrieve.index import Index, Keys
from synthetrial.retrieve.lookup import Positions
from synthetrial.retrieve.words import ALL
from synthetrial.trial import PHASES, RegistryTrial

RUNGS: Final = ("drug", "class", "condition", "nearest")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A trial of the pool with its lookup keys: canonical drug names (the first is its own), classes, conditions."""

    position: int
    trial: RegistryTrial
    fold: int
    label: int
    drugs: tuple[str, ...]
    classes: tuple[str, ...]
    conditions: tuple[str, ...]


class Pool:
    """Labelled training trials that can be exemplars, by position in the order of their ids, and their lookups."""

    def __init__(self, index: Index, folds: npt.NDArray[np.uint8]) -> None:
        self._index, self._folds = index, folds
        self._sizes = np.bincount(folds.astype(np.int64) * 2 + index.labels, minlength=512)
        self._fits: dict[tuple[str | None, ...], Positions] = {}

    def __len__(self) -> int:
        return len(self._index.ids)

    @cached_property
    def position(self) -> dict[str, int]:
        """The position of each trial by its id."""
        return {each: at for at, each in enumerate(self._index.ids)}

    def trial_id(self, at: int) -> str:
        """The id of the trial at a position."""
        return self._index.ids[at]

    def trial(self, trial_id: str) -> RegistryTrial:
        """The pool's trial of that id."""
        return self._index.trials[self.position[trial_id]]

    def entry(self, at: int) -> Entry:
        """The trial at a position, and its keys."""
        drugs, classes, conditions = (self._names(kind, at) for kind in ("drug", "class", "condition"))
        return Entry(
            position=at,
            trial=self._index.trials[at],
            fold=int(self._folds[at]),
            label=int(self._index.labels[at]),
            drugs=drugs,
            classes=classes,
            conditions=conditions,
        )

    def labels(self) -> Counter[int]:
        """How many trials have each label."""
        return Counter(self._index.labels.tolist())

    def most_of_a_label(self) -> int:
        """How many trials the largest fold has of a label."""
        return int(self._sizes.max(initial=0))

    def of_fold(self, fold: int) -> Positions:
        """The trials of a fold, in order."""
        return np.flatnonzero(self._folds == fold).astype(np.int32)

    def similarity(self, index: int, others: Sequence[int] | Positions) -> npt.NDArray[np.float32]:
        """Cosine similarity (TF-IDF) of a trial's text with `others`, shape (len(others),)."""
        return self._index.words.similarity(index, others)

    def fitting(self, drug: str | None, condition: str | None, phase: str | None) -> Positions:
        """Trials with a known drug: with this one, of a condition that holds these words, in this phase; in order."""
        asked = (drug, condition, phase)
        if asked not in self._fits:
            drugs = self._index.keys["drug"]
            fits = np.diff(drugs.of.offsets) > 0
            if drug is not None:
                fits &= self._having(drugs, [drug])
            if condition is not None:
                said = self._index.keys["said"]
                fits &= self._having(said, [name for name in said.names if condition.casefold() in name])
            if phase is not None:
                fits &= (self._index.phases >> PHASES.index(phase)) & 1 == 1
            self._fits[asked] = np.flatnonzero(fits).astype(np.int32)
        return self._fits[asked]

    def of_label(self, positions: Positions, label: int) -> Positions:
        """Those of `positions` that have a label."""
        found: Positions = positions[self._index.labels[positions] == label]
        return found

    def ladder(self, seed: Entry, label: int) -> Iterator[tuple[str, Positions]]:
        """Rungs from `seed`, as they are asked for: (name, positions in order; the nearest ones first in the last) of its fold
        with `label`, each trial on its first rung only. None looks at all trials where there are many."""
        taken = np.zeros(len(self), dtype=np.bool_)
        taken[seed.position] = True
        for name in RUNGS:
            if name == "nearest":
                yield name, self._nearest(seed, label, taken)
                return
            found = self._rung(name, seed, label)
            found = found[(self._folds[found] == seed.fold) & ~taken[found]]
            taken[found] = True
            yield name, found

    def _rung(self, name: str, seed: Entry, label: int) -> Positions:
        keys = self._index.keys[name]
        if name == "drug":
            return self._at(keys, seed.drugs[:1], label)
        if name == "class":  # the rarest: -mab is no kinship, -limumab is
            shared = {each: self._eligible(self._at(keys, [each], label), seed) for each in seed.classes}
            rarest = min((each for each in shared if shared[each]), key=lambda each: (shared[each], each), default="")
            return self._at(keys, [rarest], label)
        return self._at(keys, seed.conditions, label)

    def _eligible(self, found: Positions, seed: Entry) -> int:
        """How many trials of the seed's fold these are, itself aside."""
        return int((self._folds[found] == seed.fold).sum()) - bool((found == seed.position).any())

    def _nearest(self, seed: Entry, label: int, taken: npt.NDArray[np.bool_]) -> Positions:
        if self._index.vectors is not None:
            found = self._index.vectors.near(seed.position, label, self._folds, seed.fold)
            return found[~taken[found]]
        if self._sizes[2 * seed.fold + label] > ALL:
            found = self._index.words.search(seed.position, label, self._folds, seed.fold)
            found = found[~taken[found]]
        else:
            found = np.flatnonzero((self._folds == seed.fold) & (self._index.labels == label) & ~taken).astype(np.int32)
        return found[np.argsort(-self.similarity(seed.position, found), kind="stable")]

    def _names(self, kind: str, at: int) -> tuple[str, ...]:
        keys = self._index.keys[kind]
        return tuple(keys.names[each] for each in keys.of[at])

    def _at(self, keys: Keys, names: Sequence[str], label: int) -> Positions:
        """The trials of a label with one of these keys, in order."""
        known = [at for each in names if (at := keys.number(each)) is not None]
        if len(known) == 1:
            return keys.at[2 * known[0] + label]
        together = np.sort(np.concatenate([np.zeros(0, np.int32), *(keys.at[2 * at + label] for at in known)]), kind="stable")
        return together[np.append(True, together[1:] != together[:-1])] if len(together) else together

    def _having(self, keys: Keys, names: Sequence[str]) -> npt.NDArray[np.bool_]:
        found = np.zeros(len(self), dtype=np.bool_)
        for label in (0, 1):
            found[self._at(keys, names, label)] = True
        return found
