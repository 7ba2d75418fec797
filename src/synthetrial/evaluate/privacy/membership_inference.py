"""membership-inference: can it be told from the synthetic set which real trials were its exemplars?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError, metric
from synthetrial.evaluate.privacy.attacks import Floats, Numbers, Target, Told, result, scores, told
from synthetrial.trial import RegistryTrial

NAME: Final[str] = "membership-inference"
MOST: Final = 500
"""Trials of either side that the reference attack is mounted on: a sample of them where there are more."""
LEAST: Final = 10
"""Members and non-members below which an attack is not judged."""


class Sides(NamedTuple):
    """Trials under attack, members first; `members` is 1 for these. `strata` numbers the drugs that have both kinds, or is 0
    throughout where too few trials have such a drug (`matched` is False then)."""

    trials: tuple[RegistryTrial, ...]
    members: Numbers
    strata: Numbers
    matched: bool


@metric(
    NAME,
    "ROC-AUC of the strongest of three attacks that tell the exemplars from trials that were none by the synthetic set alone.",
    low=0, high=1, direction="lower", cost="seconds",
)  # fmt: skip
def membership_inference(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Members: the exemplars (a contrasting one is one too). Non-members: training trials that were no exemplar; where those
    are fewer than `LEAST`, held-out trials; `details` say which. Pairs are compared within a main drug where enough trials
    have one with both kinds: otherwise an attack would read the plan (which drugs were asked for), and not the exemplars.

    Reference: the same attacks on test against validation trials, neither of which any writer saw. The value is the highest
    of three, which is above .5 by chance: read it beside its interval and the reference. TPR at 1 % FPR (Carlini et al.,
    "Membership Inference Attacks From First Principles", 2022) stands with each attack. Intervals resample drugs.
    Raises `UnmeasurableError` without exemplars, or with fewer than `LEAST` of a kind.
    """
    inputs.need_exemplars()
    used = {each.trial_id for record in inputs.synthetic for each in inputs.exemplars(record)}
    canaries = {each.id for each in inputs.canaries}
    members = tuple(each for each in inputs.train if each.trial_id in used and each.trial_id not in canaries)
    unused = tuple(each for each in inputs.train if each.trial_id not in used and each.trial_id not in canaries)
    others, kind = unused, "training trials that were no exemplar"
    if len(unused) < LEAST:
        others, kind = (*inputs.valid, *inputs.test), f"held-out trials ({len(unused)} training trials were no exemplar)"
    if min(len(members), len(others)) < LEAST:
        raise UnmeasurableError(
            f"{len(members)} exemplars and {len(others)} trials that were none: {LEAST} of each are needed to judge an attack"
        )
    both = sides(inputs, members, others)
    test, valid = (some(side, rng) for side in (inputs.test, inputs.valid))
    every = tuple({each.trial_id: each for each in (*both.trials, *test, *valid)}.values())
    scored = scores(inputs, [Target(each.trial_id, each.protocol) for each in every])
    place = {each.trial_id: number for number, each in enumerate(every)}
    attacks = attacked(inputs, both, scored, place, rng)
    reference, says = None, f"fewer than {LEAST} test or validation trials"
    if min(len(test), len(valid)) >= LEAST:
        reference = attacked(inputs, sides(inputs, test, valid), scored, place, rng)
        says = f"the same attack on {len(test)} test against {len(valid)} validation trials, none an exemplar"
    return result(
        attacks,
        reference,
        len(both.trials),
        {
            "members": int(both.members.sum()),
            "non_members": int((both.members == 0).sum()),
            "non_members_are": kind,
            "matched_by_drug": both.matched,
            "lowest_fpr": 1 / max(1, int((both.members == 0).sum())),
            "embedder": inputs.even.name,
            "reference": says,
            **small(len(both.trials)),
        },
    )


def some(trials: tuple[RegistryTrial, ...], rng: np.random.Generator) -> tuple[RegistryTrial, ...]:
    """At most `MOST` of `trials`, in their order."""
    return tuple(trials[each] for each in np.sort(rng.permutation(len(trials))[:MOST]))


def sides(inputs: Inputs, members: tuple[RegistryTrial, ...], others: tuple[RegistryTrial, ...]) -> Sides:
    """The two kinds, cut to main drugs that have both where that leaves `LEAST` of each, else whole and unmatched."""
    trials = (*members, *others)
    flags = np.array([1] * len(members) + [0] * len(others), dtype=np.int64)
    drugs = inputs.real_clusters(trials)
    shared = set(drugs[: len(members)]) & set(drugs[len(members) :])
    keep = np.array([each in shared for each in drugs])
    if min(int((flags[keep] == 1).sum()), int((flags[keep] == 0).sum())) < LEAST:
        return Sides(trials, flags, np.zeros(len(trials), dtype=np.int64), False)
    number = {each: place for place, each in enumerate(sorted(shared))}
    kept = [place for place in range(len(trials)) if keep[place]]
    strata = np.array([number[drugs[place]] for place in kept], dtype=np.int64)
    return Sides(tuple(trials[place] for place in kept), flags[keep], strata, True)


def attacked(
    inputs: Inputs, both: Sides, scored: Mapping[str, Floats], place: Mapping[str, int], rng: np.random.Generator
) -> dict[str, Told]:
    """How well each attack tells the members of `both`; `place` is a trial's row in the scores."""
    rows = np.array([place[each.trial_id] for each in both.trials], dtype=np.int64)
    clusters = inputs.real_clusters(both.trials)
    return {name: told(each[rows], both.members, both.strata, clusters, inputs, rng) for name, each in scored.items()}
