"""Which exemplars to take from a rung: `rotating`, `random`, `nearest` or `diverse`, each a function registered by name.

A policy orders a rung's candidates; `exemplars` then walks down the ladder, skipping near-duplicates of what it has.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from synthetrial.retrieve.pool import Entry, Pool

Policy = Callable[[Pool, Sequence[int], Sequence[int], Counter[int], random.Random], list[int]]
"""(pool, rung, already taken, uses so far, rng) → the rung in the order to try."""

DUPLICATE_COSINE: Final = 0.95
"""Exemplars whose texts are this similar are never shown together."""

WIDEST: Final = 64
"""Of a rung of more trials so many are drawn, and the policy orders these."""

ANY: Final = "any"
"""The policy that retrieves nothing, and its rung."""

NEAREST: Final = 10
"""How many of the most similar trials the last rung offers to a policy."""


def rotating(pool: Pool, rung: Sequence[int], taken: Sequence[int], uses: Counter[int], rng: random.Random) -> list[int]:
    """Least used first, so that every trial is shown equally often; ties at random."""
    return sorted(rng.sample(rung, len(rung)), key=lambda i: uses[i])


def at_random(pool: Pool, rung: Sequence[int], taken: Sequence[int], uses: Counter[int], rng: random.Random) -> list[int]:
    """In random order."""
    return rng.sample(rung, len(rung))


def nearest(pool: Pool, rung: Sequence[int], taken: Sequence[int], uses: Counter[int], rng: random.Random) -> list[int]:
    """Most similar to the seed exemplar first."""
    near = pool.similarity(taken[0], rung)
    return [rung[i] for i in np.argsort(-near, kind="stable")]


def diverse(pool: Pool, rung: Sequence[int], taken: Sequence[int], uses: Counter[int], rng: random.Random) -> list[int]:
    """By maximal marginal relevance with λ = 0.5 (Carbonell and Goldstein 1998): near the seed, far from what is taken."""
    near = [pool.similarity(each, rung) for each in taken]
    return [rung[i] for i in np.argsort(-(0.5 * near[0] - 0.5 * np.max(near, axis=0)), kind="stable")]


POLICIES: Final[dict[str, Policy]] = {"rotating": rotating, "random": at_random, "nearest": nearest, "diverse": diverse}


def exemplars(
    pool: Pool, seed: Entry, label: int, k: int, policy: str, uses: Counter[int], rng: random.Random
) -> tuple[tuple[str, ...], str]:
    """(ids of up to `k` exemplars, the seed first; the lowest rung that was needed). Counts the uses.

    The seed is an exemplar itself only if it has the label. Fewer than `k` ids come back where the fold has no more.
    """
    order = POLICIES[policy]
    start = seed.position
    taken = [start] if seed.label == label else []
    lowest = "drug"
    for name, found in pool.ladder(seed, label, rng):
        rung = found.tolist()
        if name != "nearest" and len(rung) > WIDEST:
            rung = [rung[at] for at in sorted(rng.sample(range(len(rung)), WIDEST))]
        while len(taken) < k and (rest := [i for i in rung if i not in taken]):
            ordered = order(pool, rest[:NEAREST] if name == "nearest" else rest, taken or [start], uses, rng)
            fresh = next((i for i in ordered if not _shown_already(pool, i, taken)), None)
            if fresh is None:
                break
            taken.append(fresh)
            lowest = name
        if len(taken) >= k:  # before the next rung is looked for
            break
    uses.update(taken)
    return tuple(pool.trial_id(i) for i in taken), lowest


def unrelated(pool: Pool, seed: Entry, k: int, rng: random.Random) -> tuple[str, ...]:
    """Ids of up to `k` trials of the seed's fold, whatever their drug and label, itself left out."""
    rest = [each for each in pool.of_fold(seed.fold).tolist() if each != seed.position]
    return tuple(pool.trial_id(each) for each in rng.sample(rest, min(k, len(rest))))


def contrasting(pool: Pool, seed: Entry, label: int, rng: random.Random, k: int = 1) -> tuple[str, ...]:
    """Ids of up to `k` trials of the seed's drug, class or condition with another `label`; none where those rungs are empty."""
    found: list[int] = []
    for name, rung in pool.ladder(seed, label, rng):
        if name == "nearest":
            break
        found += rng.sample(rung.tolist(), min(k - len(found), len(rung)))
        if len(found) == k:
            break
    return tuple(pool.trial_id(each) for each in found)


def _shown_already(pool: Pool, index: int, taken: Sequence[int]) -> bool:
    return bool(taken) and bool((pool.similarity(index, taken) >= DUPLICATE_COSINE).any())
