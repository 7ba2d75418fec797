"""The exemplar pool: the training split, looked up by drug, drug class, condition and label. It holds no other trial.

A retrieval climbs down a ladder and takes from each rung what is still missing:
same drug and label → same drug class and label → same condition and label → nearest by text and label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, Final

import msgspec
import numpy as np

from synthetrial.corpus.drugs import classes, trial_drugs
from synthetrial.text import render
from synthetrial.trial import RegistryTrial

RUNGS: Final = ("drug", "class", "condition", "nearest")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A trial of the pool with its lookup keys: canonical drug names (the first is its own), classes, conditions."""

    trial: RegistryTrial
    fold: int
    drugs: tuple[str, ...]
    classes: frozenset[str]
    conditions: frozenset[str]

    @property
    def label(self) -> int:
        """The trial's label, 1 or 0."""
        assert self.trial.label is not None
        return self.trial.label.value


class Pool:
    """Labelled training trials that can be exemplars, in id order, and their lookups."""

    def __init__(self, trials: Iterable[RegistryTrial], folds: dict[str, int]) -> None:
        ordered = sorted((t for t in trials if t.label is not None), key=lambda t: t.trial_id)
        self.entries: tuple[Entry, ...] = tuple(_entry(t, folds[t.trial_id]) for t in ordered)
        self.position = {each.trial.trial_id: i for i, each in enumerate(self.entries)}

    def __len__(self) -> int:
        return len(self.entries)

    def trial(self, trial_id: str) -> RegistryTrial:
        """The pool's trial of that id."""
        return self.entries[self.position[trial_id]].trial

    def labels(self) -> Counter[int]:
        """How many trials have each label."""
        return Counter(each.label for each in self.entries)

    @cached_property
    def tfidf(self) -> Any:
        """TF-IDF rows (L2-normalised, sparse) of the entries' renderings; cosine similarity is a dot product."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english", dtype=np.float32)
        return vectorizer.fit_transform([render(each.trial.protocol) for each in self.entries])

    def similarity(self, index: int, others: Sequence[int]) -> np.ndarray:
        """Cosine similarity of an entry's text with `others`, shape (len(others),)."""
        similarity = (self.tfidf[list(others)] @ self.tfidf[index].T).toarray().ravel()
        return np.asarray(similarity, dtype=np.float32)

    def ladder(self, seed: Entry, label: int) -> list[tuple[str, list[int]]]:
        """Rungs from `seed`: (name, entry indices in id order) of its fold with `label`, each entry on its first rung only."""
        own = self.position[seed.trial.trial_id]
        eligible = [i for i, each in enumerate(self.entries) if each.fold == seed.fold and each.label == label and i != own]
        drug = seed.drugs[0] if seed.drugs else None
        shared = Counter(name for i in eligible for name in self.entries[i].classes & seed.classes)
        rarest = min(shared, key=lambda name: (shared[name], name), default="")  # -mab is no kinship, -limumab is
        tests: tuple[tuple[str, Callable[[Entry], bool]], ...] = (
            ("drug", lambda each: drug is not None and drug in each.drugs),
            ("class", lambda each: rarest in each.classes),
            ("condition", lambda each: not seed.conditions.isdisjoint(each.conditions)),
            ("nearest", lambda each: True),
        )
        rungs: list[tuple[str, list[int]]] = []
        taken: set[int] = set()
        for name, test in tests:
            found = [i for i in eligible if i not in taken and test(self.entries[i])]
            if name == "nearest" and found:
                near = self.similarity(own, found)
                found = [found[i] for i in np.argsort(-near, kind="stable")]
            taken.update(found)
            rungs.append((name, found))
        return rungs


def _entry(trial: RegistryTrial, fold: int) -> Entry:
    drugs = trial_drugs(trial.protocol)
    conditions = trial.condition_mesh or trial.protocol.conditions
    return Entry(
        trial=trial,
        fold=fold,
        drugs=tuple(each.name for each in drugs),
        classes=frozenset(name for each in drugs for name in classes(each)),
        conditions=frozenset(each.casefold() for each in conditions),
    )
