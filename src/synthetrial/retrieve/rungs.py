"""The trials of a rung, from lists of positions in order: those that no earlier rung has, thinned where they are many.

A long list is not looked through: positions are drawn from it and then held against the earlier rungs, so that a rung costs
the same in a registry of any size.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial.retrieve.lookup import Positions

LOOKED_THROUGH: Final = 1_000
"""Lists of no more trials than so many in all are looked through rather than drawn from."""
_TRIED: Final = 256
_ENOUGH: Final = 64


def some(lists: Sequence[Positions], before: Sequence[Positions], rng: random.Random) -> Positions:
    """Trials of any of `lists` that are in none of the lists `before`, in order: all of short lists, `_ENOUGH` or more (where
    there are so many) of long ones, drawn by `rng`."""
    if sum(map(len, lists)) > LOOKED_THROUGH:
        found = _first_met(lists, _drawn(lists, rng), before)
        if len(found) >= _ENOUGH:
            return found
    return whole(lists, before)  # of long lists where nearly all are on earlier rungs


def whole(lists: Sequence[Positions], before: Sequence[Positions]) -> Positions:
    """All trials of `lists` that are in none of the lists `before`, in order, each once."""
    return _first_met(lists, lists, before)


def left(found: Positions, before: Sequence[Positions]) -> Positions:
    """Those of `found` that are in none of the lists `before`, as they come."""
    for each in before:
        found = found[~_held(found, each)]
    return found


def _drawn(lists: Sequence[Positions], rng: random.Random) -> list[Positions]:
    """Some of each list, in order: `_TRIED` places drawn from all lists on end, those that come twice once."""
    ends = np.cumsum([len(each) for each in lists])
    places = np.unique(np.frombuffer(rng.randbytes(8 * _TRIED), "<u8") % np.uint64(ends[-1])).astype(np.int64)
    parts = np.split(places, np.searchsorted(places, ends[:-1]))
    return [each[part - (end - len(each))] for each, part, end in zip(lists, parts, ends, strict=True)]


def _first_met(lists: Sequence[Positions], parts: Sequence[Positions], before: Sequence[Positions]) -> Positions:
    """The trials of `parts`, which are of `lists`, in order; what several lists hold counts in the first, so that a draw does
    not favour it."""
    kept = [left(part, (*before, *lists[:number])) for number, part in enumerate(parts)]
    return np.sort(np.concatenate([np.zeros(0, np.int32), *kept]))


def _held(found: Positions, ordered: Positions) -> npt.NDArray[np.bool_]:
    """Which of `found` are in a list that is in order."""
    if not len(ordered):
        return np.zeros(len(found), np.bool_)
    held: npt.NDArray[np.bool_] = ordered.take(np.searchsorted(ordered, found), mode="clip") == found
    return held
