"""The design of a protocol as categories and numbers: what marginals and associations are had of."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial import text
from synthetrial.similar.lengths import MEASURED, section_words
from synthetrial.trial import Protocol

NOTHING: Final = "not given"
_YEARS: Final = {"year": 1.0, "month": 1 / 12, "week": 1 / 52.18, "day": 1 / 365.25, "hour": 1 / 8766, "minute": 1 / 525_960}
_AGE = re.compile(r"(\d+(?:\.\d+)?)\s+(year|month|week|day|hour|minute)s?", re.IGNORECASE)

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

CATEGORIES: Final[dict[str, Callable[[Protocol], str | None]]] = {
    "study type": lambda p: p.study_type,
    "phase": lambda p: "/".join(p.phases) or None,
    "allocation": lambda p: p.allocation,
    "intervention model": lambda p: p.intervention_model,
    "primary purpose": lambda p: p.primary_purpose,
    "masking": lambda p: p.masking,
    "sponsor class": lambda p: p.lead_sponsor_class,
    "sex": lambda p: p.eligibility.sex,
    "healthy volunteers": lambda p: None if p.eligibility.healthy_volunteers is None else str(p.eligibility.healthy_volunteers),
    "type of intervention": lambda p: p.interventions[0].type if p.interventions else None,
}

NUMBERS: Final[dict[str, Callable[[Protocol], float]]] = {
    "minimum age": lambda p: years(p.eligibility.minimum_age, 0.0),
    "maximum age": lambda p: years(p.eligibility.maximum_age, np.inf),
    "arms": lambda p: len(p.arms),
    "interventions": lambda p: len(p.interventions),
    "conditions": lambda p: len(p.conditions),
    "primary outcomes": lambda p: len(p.primary_outcomes),
    "secondary outcomes": lambda p: len(p.secondary_outcomes),
}


class Designs(NamedTuple):
    """Codes of categories (protocols × fields) with the values behind them, and numbers (protocols × fields)."""

    categories: dict[str, Numbers]
    values: dict[str, tuple[str, ...]]
    numbers: dict[str, Floats]


def designs(protocols: Sequence[Protocol]) -> Designs:
    """All fields of `protocols`: attributes by name, counts and ages by name, "words: Summary" and so on for sections."""
    categories, values = {}, {}
    for name, read in CATEGORIES.items():
        written = [read(each) or NOTHING for each in protocols]
        values[name] = tuple(sorted(set(written)))
        place = {each: number for number, each in enumerate(values[name])}
        categories[name] = np.array([place[each] for each in written], dtype=np.int64)
    numbers = {name: np.array([read(each) for each in protocols], dtype=np.float64) for name, read in NUMBERS.items()}
    lengths = section_words([text.render(each) for each in protocols]).astype(np.float64)
    numbers |= {f"words: {section}": lengths[:, at] for at, section in enumerate(MEASURED)}
    return Designs(categories, values, numbers)


def years(age: str | None, missing: float) -> float:
    """An age of the registry ("6 Months") in years; `missing` where there is none or it is no age."""
    found = _AGE.fullmatch(age.strip()) if age else None
    return float(found[1]) * _YEARS[found[2].lower()] if found else missing


def shown(value: str) -> str:
    """A category as the rendering spells it."""
    return value if value == NOTHING or value in ("True", "False") else "/".join(text.words(each) for each in value.split("/"))
