"""Records and real trials in equal numbers, and intervals of what is not a mean.

Distinct n-grams, k-nearest neighbours, quantised divergences: such figures hang on how many records they are had from. A set is
therefore compared with real trials at one size, drawn several times where there are more, and the reference is had in the
same way. The draws have their own random numbers: all metrics see the same records, alone or among others.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.evaluate.statistics import LEVEL, Interval

if TYPE_CHECKING:
    from synthetrial.evaluate.inputs import Inputs

MOST: Final = 2000
"""Records of a side that are compared: more change no second decimal, and nearest neighbours cost their square."""

LEAST: Final = 10
_DRAWS: Final = 5
_GROUPS: Final = 20
_SEED: Final = 20_11_00  # of the draws alone: any number does

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Measure = Callable[[Numbers, Numbers], float]


class Level(NamedTuple):
    """Draws of `size` rows (numbers as in `Inputs.row`, sorted): records, real trials in their place, real trials to compare
    with. `held` is empty where there are fewer than `LEAST` such trials."""

    size: int
    synthetic: tuple[Numbers, ...]
    held: tuple[Numbers, ...]
    real: tuple[Numbers, ...]


def against_training(inputs: Inputs) -> Level:
    """Records, and held-out trials in their place, beside training trials. Raises `UnmeasurableError` under `LEAST`."""
    train, real, end = _ends(inputs)
    return _level(np.arange(real, end), np.arange(train, real), np.arange(train), "training trials")


def against_real(inputs: Inputs) -> Level:
    """Records, and real trials of any side in their place: for figures of a set by itself. Raises as above."""
    _, real, end = _ends(inputs)
    return _level(np.arange(real, end), np.arange(real), np.arange(real), "real trials")


def _ends(inputs: Inputs) -> tuple[int, int, int]:
    real = len(inputs.train) + len(inputs.valid) + len(inputs.test)
    return len(inputs.train), real, real + len(inputs.synthetic)


def _level(synthetic: Numbers, held: Numbers, real: Numbers, named: str) -> Level:
    if not len(synthetic):
        raise UnmeasurableError("no synthetic record to measure")
    if min(len(synthetic), len(real)) < LEAST:
        raise UnmeasurableError(f"{len(synthetic)} synthetic records and {len(real)} {named}: {LEAST} of each are needed")
    enough = len(held) >= LEAST
    size = min(len(synthetic), len(real), MOST, *([len(held)] if enough else []))
    rng = np.random.default_rng(_SEED)
    many = _DRAWS if max(len(synthetic), len(real), len(held)) > size else 1
    drawn = [tuple(_draw(each, size, rng) for _ in range(many)) for each in (synthetic, held if enough else real, real)]
    return Level(size, drawn[0], drawn[1] if enough else (), drawn[2])


def _draw(rows: Numbers, size: int, rng: np.random.Generator) -> Numbers:
    return rows if len(rows) == size else np.sort(rng.permutation(rows)[:size])


class Compared(NamedTuple):
    """A figure of the records and of the real trials in their place (None where there are none)."""

    value: float
    reference: float | None


def compared(level: Level, measure: Measure) -> Compared:
    """`measure` (of rows in question and real rows), averaged over the draws."""
    value = float(np.mean([measure(*each) for each in zip(level.synthetic, level.real, strict=True)]))
    if not level.held:
        return Compared(value, None)
    return Compared(value, float(np.mean([measure(*each) for each in zip(level.held, level.real, strict=True)])))


def centred(estimate: float, resampled: Floats, low: float | None = 0.0, high: float | None = None) -> Interval:
    """The percentile interval of `resampled`, moved to lie about `estimate` and cut to the metric's range.

    A distance of two samples grows when they are resampled (noise is added to both), so that the plain interval can lie
    wholly above the estimate; its width is what is wanted (Efron & Tibshirani 1993, section 10.2, on bias).
    """
    finite = resampled[np.isfinite(resampled)]
    if len(finite) < 2:
        return Interval(None, None)
    below, above = np.quantile(finite, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) + (estimate - finite.mean())
    return Interval(*(float(np.clip(each, low, high)) for each in (min(below, estimate), max(above, estimate))))


def jackknife(
    estimate: float,
    measure: Callable[[Numbers], float],
    rows: Numbers,
    clusters: Sequence[Hashable],
    low: float | None = 0.0,
    high: float | None = None,
) -> Interval:
    """`estimate` ± 1.96 standard errors by the delete-a-group jackknife, whole clusters in a group (Kott 2001).

    For figures that repeated records distort, so that no bootstrap will do. `clusters` are those of `rows`.
    """
    from statistics import NormalDist

    numbers = {each: number for number, each in enumerate(dict.fromkeys(clusters))}
    groups = min(_GROUPS, len(numbers))
    if groups < 2:
        return Interval(None, None)
    order = np.random.default_rng(_SEED).permutation(len(numbers))
    member = order[[numbers[each] for each in clusters]] % groups
    left = np.array([measure(rows[member != group]) for group in range(groups)])
    error = np.sqrt((groups - 1) / groups * ((left - left.mean()) ** 2).sum())
    half = NormalDist().inv_cdf((1 + LEVEL) / 2) * float(error)
    return Interval(float(np.clip(estimate - half, low, high)), float(np.clip(estimate + half, low, high)))


def says(level: Level) -> str:
    """The reference of `against_training` in words."""
    return f"as many ({level.size}) held-out trials against training trials" if level.held else "no held-out trial"
