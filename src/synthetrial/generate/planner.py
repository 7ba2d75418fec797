"""The plan: which cells to fill, from which exemplars, with which design and shape. Made whole before any call.

Every cell starts from a *seed exemplar*, a training trial that gives drug, conditions and population; seeds rotate, so that
the plan follows the training split. The exemplar set is filled up down the retrieval ladder. Design attributes and section
shape come together from one trial of the set, the *donor*, so that they agree with one another, as real ones do.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
import numpy as np

from synthetrial.config import RunConfig
from synthetrial.corpus.drugs import mentions, recognise, synonyms
from synthetrial.errors import UsageError
from synthetrial.plan import Cell, Design, Shape
from synthetrial.retrieve.policy import ANY, POLICIES, contrasting, exemplars, unrelated
from synthetrial.retrieve.pool import Entry, Pool
from synthetrial.seeds import derive
from synthetrial.shape import shape_of
from synthetrial.trial import FAILURE, SUCCESS, Protocol

MOST_INTERVENTIONS: Final = 6
LONGEST_FRAME: Final = 12
LONGEST_ITEM: Final = 30
MOST_ITEMS: Final = 12
_PLACEBO: Final = ("placebo", "sham", "vehicle", "sugar pill", "saline")


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a user asks a cell to be; absent fields are the planner's to draw."""

    drug: str | None = None
    condition: str | None = None
    phase: str | None = None
    label: int | None = None
    count: int = 1


def make_plan(pool: Pool, config: RunConfig, wishes: Sequence[Wish] = ()) -> Iterator[Cell]:
    """Cells whose counts add up to `config.n` (or to the wishes' counts, where a plan file gave some), one after another.

    Raises `UsageError` if no training trial can seed a cell, or if k is larger than any exemplar set can be.
    """
    planner, per_prompt = Planner(pool, config), config.recipe.plan.samples_per_prompt
    for index, wish in enumerate(_split_counts(wishes or _drawn(pool, config), per_prompt)):
        yield planner.cell(index, wish)


def _drawn(pool: Pool, config: RunConfig) -> Iterator[Wish]:
    """A wish a cell, with what the configuration asks of all."""
    per_prompt = config.recipe.plan.samples_per_prompt
    for number, label in enumerate(_labels(pool, config, -(-config.n // per_prompt))):
        count = min(per_prompt, config.n - number * per_prompt)
        yield Wish(drug=config.drug, condition=config.condition, phase=config.phase, label=label, count=count)


class Planner:
    """Draws cells one after another, keeping count of how often each trial was a seed and an exemplar."""

    def __init__(self, pool: Pool, config: RunConfig) -> None:
        if config.recipe.retrieve.policy not in (*POLICIES, ANY):
            raise UsageError(f"unknown retrieval policy {config.recipe.retrieve.policy!r}; known: {', '.join(POLICIES)}")
        self.pool, self.config = pool, config
        self.seeds = np.zeros(len(pool), dtype=np.int32)
        self.uses: Counter[int] = Counter()
        largest = pool.most_of_a_label()
        if config.recipe.retrieve.k > largest:
            raise UsageError(
                f"k = {config.recipe.retrieve.k} exemplars, but a label has at most {largest} training trials in a fold; "
                "lower retrieve.k in the recipe"
            )

    def cell(self, index: int, wish: Wish, round_: int = 0) -> Cell:
        """The cell of that index; `round_` > 0 draws a hopeless one anew. Raises `UsageError` where nothing can seed it."""
        seed = derive(self.config.seed, "cell", index, round_)
        rng = random.Random(seed)
        label = wish.label if wish.label is not None else rng.choice((SUCCESS, FAILURE))
        start = self._seed(wish, label, rng)
        self.seeds[start.position] += 1
        options = self.config.recipe.retrieve
        if options.policy == ANY:
            ids, rung = unrelated(self.pool, start, options.k, rng), ANY
        else:
            ids, rung = exemplars(self.pool, start, label, options.k, options.policy, self.uses, rng)
        if not ids:
            raise UsageError(
                f"no training trial has label {label} in the fold of {start.trial.trial_id}; use fewer verify.folds"
            )
        contrast: tuple[str, ...] = ()
        mixed = options.shown not in ("own", "none")
        if mixed or self.config.recipe.reason.mode == "contrastive":
            contrast = contrasting(self.pool, start, 1 - label, rng, options.k if mixed else 1)
        drug = _drug(start, wish)
        own = [self.pool.trial(each).protocol for each in ids]
        donors = [each for each in own if _has_phase(each, wish.phase)] or own
        donor = rng.choice([each for each in donors if not _at_odds(each)] or donors)
        names = synonyms(drug)
        return Cell(
            index=index,
            drug=drug,
            names=names,
            label=label,
            count=wish.count,
            fold=start.fold,
            rung=rung,
            exemplars=ids,
            design=_design(start.trial.protocol, donor, drug, names, wish),
            shape=_shape(donor, _interventions(start.trial.protocol, donor, drug, names)),
            seed=seed,
            contrast=contrast,
            round=round_,
        )

    def _seed(self, wish: Wish, label: int, rng: random.Random) -> Entry:
        wanted = recognise([wish.drug])[0].name if wish.drug and recognise([wish.drug]) else (wish.drug or "").casefold()
        whatever = self.config.recipe.plan.seeds == "any"
        fits = self.pool.fitting(wanted or None, wish.condition or None, wish.phase or None, whatever)
        # a seed of the other label still gives drug and population; the exemplars then come from the ladder
        own = self.pool.of_label(fits, label)
        fits = own if len(own) else fits
        if not len(fits) and wish.phase:
            return self._seed(msgspec.structs.replace(wish, phase=None), label, rng)
        if not len(fits):
            raise UsageError(
                f"no training trial fits {_said(wish)}; ask for another drug or condition, or give a larger corpus"
            )
        used = self.seeds[fits]
        return self.pool.entry(int(rng.choice(fits[used == used.min()])))


def _labels(pool: Pool, config: RunConfig, cells: int) -> Iterator[int]:
    """A label per cell, in the share asked for, spread evenly."""
    counts, wanted = pool.labels(), config.recipe.plan.labels
    share = 0.5 if wanted == "balanced" else counts[SUCCESS] / max(sum(counts.values()), 1)
    if wanted == "minority":
        share = float(counts[SUCCESS] < counts[FAILURE])
    for i in range(cells):
        drawn = SUCCESS if int((i + 1) * share + 0.5) > int(i * share + 0.5) else FAILURE
        yield drawn if config.label is None else config.label


def _split_counts(wishes: Iterable[Wish], per_prompt: int) -> Iterable[Wish]:
    for wish in wishes:
        for start in range(0, wish.count, per_prompt):
            yield msgspec.structs.replace(wish, count=min(per_prompt, wish.count - start))


def _said(wish: Wish) -> str:
    parts = [f"{name} {value!r}" for name in ("drug", "condition", "phase") if (value := getattr(wish, name))]
    return " and ".join(parts) or "the plan (no trial names a known drug)"


def _drug(start: Entry, wish: Wish) -> str:
    if wish.drug:
        found = recognise([wish.drug])
        return found[0].name if found else wish.drug.casefold()
    return start.drugs[0] if start.drugs else _first_active(start.trial.protocol)


def _first_active(protocol: Protocol) -> str:
    """What a trial without a known drug is about: its first intervention that is no placebo, or care as usual."""
    return next((each.name.casefold() for each in protocol.interventions if not _is_placebo(each.name)), "usual care")


def _has_phase(protocol: Protocol, phase: str | None) -> bool:
    return phase is None or phase in protocol.phases


def _at_odds(donor: Protocol) -> bool:
    """Whether a registry record contradicts itself in a way that the `design` check refuses in what is planned after it."""
    return donor.allocation == "RANDOMIZED" and len(donor.arms) == 1


def _design(start: Protocol, donor: Protocol, drug: str, names: tuple[str, ...], wish: Wish) -> Design:
    conditions = start.conditions[:3]
    if wish.condition and not any(wish.condition.casefold() in each.casefold() for each in conditions):
        conditions = (wish.condition,)
    return Design(
        conditions=conditions,
        interventions=_interventions(start, donor, drug, names),
        arms=tuple(each.type for each in donor.arms[:MOST_INTERVENTIONS]),
        study_type=donor.study_type,
        phases=donor.phases if _has_phase(donor, wish.phase) else (wish.phase or "",),
        allocation=None if _at_odds(donor) else donor.allocation,
        intervention_model=donor.intervention_model,
        primary_purpose=donor.primary_purpose,
        masking=donor.masking,
        lead_sponsor_class=donor.lead_sponsor_class,
        sex=start.eligibility.sex,
        minimum_age=start.eligibility.minimum_age,
        maximum_age=start.eligibility.maximum_age,
        healthy_volunteers=start.eligibility.healthy_volunteers,
    )


def _interventions(start: Protocol, donor: Protocol, drug: str, names: tuple[str, ...]) -> tuple[tuple[str | None, str], ...]:
    """The planned drug first, then what the seed exemplar gives beside it; a placebo where the donor's arms have one, or, if
    its record has no arms, the seed exemplar's."""
    given = [(each.type, each.name) for each in start.interventions]
    placebo = [each for each in given if _is_placebo(each[1])]
    controls = ("PLACEBO_COMPARATOR", "SHAM_COMPARATOR")
    has_placebo = any(each.type in controls for each in donor.arms) if donor.arms else bool(placebo)
    active = [each for each in given if each not in placebo]
    own = [each for each in active if mentions(each[1], names)]
    chosen = own[:2] or [("DRUG", drug.capitalize())]
    chosen += [each for each in active if each not in own]
    chosen = chosen[: MOST_INTERVENTIONS - 1]
    if has_placebo:
        chosen.append(placebo[0] if placebo else ("DRUG", "Placebo"))
    return tuple(chosen)


def _is_placebo(name: str) -> bool:
    return any(word in name.casefold() for word in _PLACEBO)


def _shape(donor: Protocol, interventions: Sequence[tuple[str | None, str]]) -> Shape:
    """The donor's shape as it is, so that lengths follow the real distribution; lists cut to at most `MOST_ITEMS`."""
    shape = shape_of(donor)
    described = shape.interventions or (0,)
    return msgspec.structs.replace(
        shape,
        keywords=shape.keywords[:MOST_ITEMS],
        interventions=tuple(described[i % len(described)] for i in range(len(interventions))),
        arms=shape.arms[:MOST_INTERVENTIONS],
        primary_outcomes=_measures(shape.primary_outcomes),
        secondary_outcomes=_measures(shape.secondary_outcomes),
        inclusion=_criteria(shape.inclusion),
        exclusion=_criteria(shape.exclusion),
    )


def _measures(measures: Sequence[tuple[int, int, int]]) -> tuple[tuple[int, int, int], ...]:
    """The first of them, time frames of at most `LONGEST_FRAME` words: longer ones tell of visits in sentences."""
    return tuple((measure, min(frame, LONGEST_FRAME), told) for measure, frame, told in measures[:MOST_ITEMS])


def _criteria(items: Sequence[int]) -> tuple[int, ...]:
    """The first of them; one that is a list run together (over `LONGEST_ITEM` words) counts as several."""
    parts = [each / -(-each // LONGEST_ITEM) for each in items for _ in range(-(-each // LONGEST_ITEM))]
    return tuple(round(each) for each in parts[:MOST_ITEMS])
