"""The exemplar pool: the training split, looked up by drug, drug class, condition and label. It holds no other trial.

A retrieval climbs down a ladder and takes from each rung what is still missing:
same drug and label → same drug class and label → same condition and label → nearest by text and label.
"""

from __future__ import annotations

import bisect
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from synthetrial.retrieve import lookup, rungs
from synthetrial.retrieve.index import Index
from synthetrial.retrieve.lookup import Lists, Positions
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
    """Labelled training trials that can be exemplars, by position in the order of their ids, and their lookups.

    A cell is a fold and a label. Which trials of a cell have a key is laid out once, so that a query looks at no others.
    """

    def __init__(self, index: Index, folds: npt.NDArray[np.uint8]) -> None:
        self._index, self._folds = index, folds
        cells = 2 * folds.astype(np.int64) + index.labels
        self._cells = 2 * (int(folds.max(initial=0)) + 1)
        every = Lists(np.arange(len(self) + 1), np.zeros(len(self), np.int32))
        self._of_cell = lookup.by_class(every, 1, cells, self._cells)
        self._having = {
            kind: lookup.by_class(each.of, len(each.names), cells, self._cells) for kind, each in index.keys.items()
        }
        self._fits: dict[tuple[str | bool | None, ...], Positions] = {}

    def __len__(self) -> int:
        return len(self._index.ids)

    def position(self, trial_id: str) -> int:
        """The position of the trial of that id. Raises `KeyError` where there is none."""
        at = bisect.bisect_left(self._index.ids, trial_id)
        if at == len(self) or self._index.ids[at] != trial_id:
            raise KeyError(trial_id)
        return at

    def trial_id(self, at: int) -> str:
        """The id of the trial at a position."""
        return self._index.ids[at]

    def trial(self, trial_id: str) -> RegistryTrial:
        """The pool's trial of that id."""
        return self._index.trials[self.position(trial_id)]

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
        return int(np.diff(self._of_cell.offsets).max(initial=0))

    def of_fold(self, fold: int) -> Positions:
        """The trials of a fold, in order."""
        return np.flatnonzero(self._folds == fold).astype(np.int32)

    def similarity(self, index: int, others: Sequence[int] | Positions) -> npt.NDArray[np.float32]:
        """Cosine similarity (TF-IDF) of a trial's text with `others`, shape (len(others),)."""
        return self._index.words.similarity(index, others)

    def fitting(self, drug: str | None, condition: str | None, phase: str | None, whatever: bool = False) -> Positions:
        """Trials with a known drug (`whatever`: with none as well): with this one, of a condition that holds these words, in
        this phase; in order."""
        asked = (drug, condition, phase, whatever)
        if asked not in self._fits:
            drugs = self._index.keys["drug"]
            fits = (np.diff(drugs.of.offsets) > 0) | whatever
            if drug is not None:
                fits &= self._any_with("drug", [drug])
            if condition is not None:
                names = self._index.keys["said"].names
                fits &= self._any_with("said", (each for each in names if condition.casefold() in each))
            if phase is not None:
                fits &= (self._index.phases >> PHASES.index(phase)) & 1 == 1
            self._fits[asked] = np.flatnonzero(fits).astype(np.int32)
        return self._fits[asked]

    def of_label(self, positions: Positions, label: int) -> Positions:
        """Those of `positions` that have a label."""
        found: Positions = positions[self._index.labels[positions] == label]
        return found

    def ladder(self, seed: Entry, label: int, rng: random.Random | None = None) -> Iterator[tuple[str, Positions]]:
        """Rungs from `seed`, as they are asked for: (name, positions in order; the nearest ones first in the last) of its fold
        with `label`, each trial on its first rung only. With `rng`, some of a rung of many trials (`rungs.some`). None looks at
        all trials where there are many."""
        before = [np.array([seed.position], np.int32)]
        for name in RUNGS[:-1]:
            lists = self._rung(name, seed, label)
            yield name, rungs.whole(lists, before) if rng is None else rungs.some(lists, before, rng)
            before += lists
        yield RUNGS[-1], self._nearest(seed, label, before)

    def _rung(self, name: str, seed: Entry, label: int) -> list[Positions]:
        """Lists of the trials on a rung, earlier rungs' among them."""
        if name == "drug":
            return [self._with(name, each, seed.fold, label) for each in seed.drugs[:1]]
        if name == "class":  # the rarest: -mab is no kinship, -limumab is
            shared = ((each, self._with(name, each, seed.fold, label)) for each in seed.classes)
            fitting = [(len(found), each, found) for each, found in shared if len(found) > (seed.label == label)]  # not itself
            return [found for *_, found in sorted(fitting, key=lambda each: each[:2])[:1]]
        return [self._with(name, each, seed.fold, label) for each in seed.conditions]

    def _nearest(self, seed: Entry, label: int, before: Sequence[Positions]) -> Positions:
        if self._index.vectors is not None:
            return rungs.left(self._index.vectors.near(seed.position, label, self._folds, seed.fold), before)
        found = self._of_cell[2 * seed.fold + label]
        if len(found) > ALL:
            found = self._index.words.search(seed.position, label, self._folds, seed.fold)
        found = rungs.left(found, before)
        return found[np.argsort(-self.similarity(seed.position, found), kind="stable")]

    def _names(self, kind: str, at: int) -> tuple[str, ...]:
        keys = self._index.keys[kind]
        return tuple(keys.names[each] for each in keys.of[at])

    def _with(self, kind: str, name: str, fold: int, label: int) -> Positions:
        """The trials of a cell that have a key of an entry, in order."""
        at = self._index.keys[kind].number(name)
        assert at is not None
        return self._having[kind][self._cells * at + 2 * fold + label]

    def _any_with(self, kind: str, names: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Which trials have one of these keys."""
        found = np.zeros(len(self), dtype=np.bool_)
        for name in names:
            if (at := self._index.keys[kind].number(name)) is not None:
                found[self._having[kind].span(self._cells * at, self._cells * (at + 1))] = True
        return found
