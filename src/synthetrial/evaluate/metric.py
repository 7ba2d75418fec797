"""What a metric is, what it gives, and the register of all of them.

A metric is one file with one function, registered by `@metric(...)`:

    @metric("copy-13gram", "Share of a record's 13-word runs that stand in one of its own exemplars.", low=0, high=1,
            direction="lower", cost="seconds")
    def copy_13gram(inputs: Inputs, rng: np.random.Generator) -> MetricResult: ...

It sees `Inputs` only and draws from `rng` only, so that it gives the same result alone as among others. What it cannot
measure it says by raising `UnmeasurableError`; the other metrics go on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from synthetrial.errors import SynthetrialError, UsageError

if TYPE_CHECKING:
    import numpy as np

    from synthetrial.evaluate.inputs import Inputs

DIGITS: Final = 6
"""Decimals kept in results: below that, the order of floating-point sums shows."""

Direction = Literal["higher", "lower", "none"]
Compute = Callable[["Inputs", "np.random.Generator"], "MetricResult"]


class UnmeasurableError(SynthetrialError):
    """A metric cannot be computed from these inputs; the message says what is missing."""


class InapplicableError(UnmeasurableError):
    """A metric has nothing to measure in inputs of this kind, and nothing is wrong with them."""


class MetricResult(msgspec.Struct, frozen=True, kw_only=True):
    """A value with its 95 % interval, how many records it rests on, and the same metric on real data (`reference`).

    `reference` is None only where `details["reference"]` says why there is none. `details` holds the evidence: JSON values.
    """

    value: float
    ci_low: float | None
    ci_high: float | None
    n: int
    reference: float | None
    details: dict[str, object]


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """A metric: its name, its meaning in one sentence, its range (`low` to `high`, None = unbounded), which way is better
    ("none": neither, it is to be near its reference), and its cost in words."""

    name: str
    meaning: str
    low: float | None
    high: float | None
    direction: Direction
    cost: str
    compute: Compute


_REGISTERED: dict[str, Metric] = {}


def metric(
    name: str, meaning: str, *, low: float | None, high: float | None, direction: Direction, cost: str
) -> Callable[[Compute], Compute]:
    """Register the decorated function as the metric `name`. A second metric of that name is a `UsageError`."""

    def register(compute: Compute) -> Compute:
        if name in _REGISTERED:
            raise UsageError(f"two metrics are named {name!r}: give one of them another name")
        _REGISTERED[name] = Metric(
            name=name, meaning=meaning, low=low, high=high, direction=direction, cost=cost, compute=compute
        )
        return compute

    return register


def metrics() -> tuple[Metric, ...]:
    """All metrics, in the order in which they are reported."""
    from synthetrial.evaluate import catalogue

    files = [each.__name__ for each in catalogue.MODULES]
    own = sorted(
        (each for each in _REGISTERED.values() if each.compute.__module__ in files),
        key=lambda m: files.index(m.compute.__module__),
    )
    return (*own, *(each for each in _REGISTERED.values() if each not in own))


def rounded(value: object) -> object:
    """`value` with every float in it at `DIGITS` decimals, tuples as lists, NaN and infinities as None: plain JSON."""
    if isinstance(value, bool) or value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0 if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each) for each in value]
    raise TypeError(f"not a JSON value: {type(value).__name__}")
