"""What the sets of a study came to: figures of every arm, and of any two of them together.

An arm is measured in a split by its ROC-AUC and PR-AUC over all draws, and the same under resamples of draws and test trials.
Sets of several seeds are averaged within a split, where they share draws and test trials, and splits are averaged, which may
share some test trials: resample by resample, so that an interval knows all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.statistics import cluster_counts, interval, p_value
from synthetrial.evaluate.utility.gap import Gap, gap_recovered
from synthetrial.evaluate.utility.measure import Measured, Resamples, areas
from synthetrial.seeds import derive
from synthetrial.study.scoring import Arm
from synthetrial.study.settings import Classifier, Scenario

Floats = npt.NDArray[np.float64]
AREAS: Final = ("roc_auc", "pr_auc")


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """Which arm: what kind (a mode of a set, or one of real trials), at which size of the recipient's data (0 for the whole
    pool); of which set (recipe, or "") and how many of its records."""

    scenario: Scenario
    classifier: Classifier
    kind: str
    n_real: int
    recipe: str = ""
    size: int = 0


class Figure(msgspec.Struct, frozen=True):
    """A value and what it is under every resample."""

    value: float
    resampled: Floats

    @property
    def ci(self) -> tuple[float | None, float | None]:
        """The 95 % interval."""
        low, high = interval(self.resampled)
        return low, high

    @property
    def p(self) -> float:
        """The two-sided p-value against 0."""
        return p_value(self.value, self.resampled)

    def minus(self, other: Figure) -> Figure:
        """The difference, resample by resample."""
        return Figure(self.value - other.value, self.resampled - other.resampled)


class Held(msgspec.Struct, frozen=True):
    """An arm in a split and of a seed, measured, with its λ."""

    split: int
    seed: int
    mixing: float
    measured: Measured


Arms = Mapping[Key, Sequence[Held]]


def drawn_clusters(clusters: Iterable[str], resamples: int) -> dict[str, Floats]:
    """How often each cluster of test trials is drawn in each resample, one draw for all splits: they may share test trials, and
    are then no more than one another's repetition."""
    names = sorted(set(clusters))
    drawn = cluster_counts(names, resamples, np.random.default_rng(derive("clusters")))
    return dict(zip(names, drawn.T, strict=True))


def resamples_of(clusters: Sequence[str], drawn: Mapping[str, Floats], draws: int, split: int) -> Resamples:
    """The resamples of a split: its test trials as their clusters are `drawn`, and draws."""
    trials = np.stack([drawn[each] for each in clusters], axis=1)
    rng = np.random.default_rng(derive("resamples", split))
    return Resamples(trials, rng.multinomial(draws, np.full(draws, 1 / draws), size=len(trials)) / draws)


def held(arm: Arm, labels: npt.NDArray[np.int64], resamples: Resamples, split: int, seed: int) -> Held:
    """An arm's figures on the test trials of a split."""
    return Held(split, seed, arm.mixing, areas(arm.test.astype(np.float64), labels, resamples))


def figure(arms: Arms, key: Key, area: str = "roc_auc", splits: Iterable[int] | None = None) -> Figure | None:
    """The figure of an arm over its seeds and splits (or those of `splits` alone); None where it was not measured there."""
    wanted = None if splits is None else set(splits)
    of_split: dict[int, list[Measured]] = {}
    for each in arms.get(key, ()):
        if wanted is None or each.split in wanted:
            of_split.setdefault(each.split, []).append(each.measured)
    if not of_split or (wanted is not None and wanted - of_split.keys()):
        return None
    values = [np.mean([each.at[area] for each in found]) for found in of_split.values()]
    resampled = [np.mean([each.resampled[area] for each in found], axis=0) for found in of_split.values()]
    return Figure(float(np.mean(values)), np.mean(resampled, axis=0))


def splits_of(arms: Arms, *keys: Key) -> tuple[int, ...]:
    """The splits in which all of these arms were measured."""
    return tuple(sorted(set.intersection(*({each.split for each in arms.get(key, ())} for key in keys))))


def difference(arms: Arms, one: Key, other: Key, area: str = "roc_auc") -> Figure | None:
    """`one` minus `other` over the splits that have both; None where none has."""
    both = splits_of(arms, one, other)
    if not both:
        return None
    mine, theirs = figure(arms, one, area, both), figure(arms, other, area, both)
    return mine.minus(theirs) if mine and theirs else None


def gap(arms: Arms, keys: Sequence[Key], real: Sequence[Key], pool: Sequence[Key]) -> Gap | None:
    """The gap that arms recover between recipients' real trials and the whole pool (see `gap_recovered`), in their mean ROC-AUC
    (of several classifiers, say) over the splits that all of them have; None where none has."""
    both = splits_of(arms, *keys)
    arm, alone, whole = (_mean(arms, each, both) for each in (keys, real, pool))
    if arm is None or alone is None or whole is None:
        return None
    return gap_recovered((arm.value, alone.value, whole.value), (arm.resampled, alone.resampled, whole.resampled))


def _mean(arms: Arms, keys: Sequence[Key], splits: Sequence[int]) -> Figure | None:
    """The mean of arms' figures; None where one has none there."""
    found = [each for key in keys if (each := figure(arms, key, splits=splits)) is not None]
    if len(found) < len(keys):
        return None
    return Figure(float(np.mean([each.value for each in found])), np.mean([each.resampled for each in found], axis=0))
