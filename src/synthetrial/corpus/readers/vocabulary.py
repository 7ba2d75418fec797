"""The words of all registry formats, old and new, as API v2 values. What is not known is kept out and counted, never guessed.

The legacy XML and AACT spell the enumerations as the old website did ("Phase 1/Phase 2", "Double (Participant,
Investigator)", "Parallel Assignment", "Both"); `value`, `phases` and `masking` take either spelling.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from synthetrial import trial

_ALIASES: Final[dict[str, dict[str, str]]] = {
    "study_type": {
        "OBSERVATIONAL_PATIENT_REGISTRY": "OBSERVATIONAL",
    },
    "phase": {
        "N_A": "NA", "NOT_APPLICABLE": "NA", "PHASE_0": "EARLY_PHASE1", "EARLY_PHASE_1": "EARLY_PHASE1",
        "PHASE_1": "PHASE1", "PHASE_2": "PHASE2", "PHASE_3": "PHASE3", "PHASE_4": "PHASE4",
    },
    "allocation": {"N_A": "NA", "RANDOM": "RANDOMIZED", "NONRANDOMIZED": "NON_RANDOMIZED"},
    "intervention_model": {
        "PARALLEL_ASSIGNMENT": "PARALLEL", "SINGLE_GROUP_ASSIGNMENT": "SINGLE_GROUP", "CROSSOVER_ASSIGNMENT": "CROSSOVER",
        "CROSS_OVER_ASSIGNMENT": "CROSSOVER", "FACTORIAL_ASSIGNMENT": "FACTORIAL", "SEQUENTIAL_ASSIGNMENT": "SEQUENTIAL",
    },
    "primary_purpose": {"EDUCATIONAL_COUNSELING_TRAINING": "ECT"},
    "masking": {
        "NONE_OPEN_LABEL": "NONE", "OPEN_LABEL": "NONE", "OPEN": "NONE", "NO_MASKING": "NONE",
        "SINGLE_BLIND": "SINGLE", "DOUBLE_BLIND": "DOUBLE", "TRIPLE_BLIND": "TRIPLE", "QUADRUPLE_BLIND": "QUADRUPLE",
    },
    "arm_type": {},
    "intervention_type": {},
    "sex": {"BOTH": "ALL"},
    "sponsor_class": {"U_S_FED": "FED"},
    "status": {"UNKNOWN_STATUS": "UNKNOWN"},
}  # fmt: skip

_VALUES: Final = {
    "study_type": trial.STUDY_TYPES,
    "phase": trial.PHASES,
    "allocation": trial.ALLOCATIONS,
    "intervention_model": trial.INTERVENTION_MODELS,
    "primary_purpose": trial.PRIMARY_PURPOSES,
    "masking": trial.MASKINGS,
    "arm_type": trial.ARM_TYPES,
    "intervention_type": trial.INTERVENTION_TYPES,
    "sex": trial.SEXES,
    "sponsor_class": trial.SPONSOR_CLASSES,
    "status": trial.STATUSES,
}

_KNOWN: Final = {field: {**_ALIASES[field], **{each: each for each in values}} for field, values in _VALUES.items()}

_ROLES: Final = (("PARTICIPANT", "SUBJECT"), ("CARE_PROVIDER", "CAREGIVER"), ("INVESTIGATOR",), ("OUTCOMES_ASSESSOR",))
_BY_COUNT: Final = ("NONE", "SINGLE", "DOUBLE", "TRIPLE", "QUADRUPLE")
_NOT_WORD = re.compile(r"[^A-Z0-9]+")
_PHASE_MARK = re.compile(r"\s*[/|;,]\s*")
_AGE = re.compile(r"\d+ (?:Year|Month|Week|Day|Hour|Minute)s?")
_ISO = re.compile(r"(\d{4})(-(?:0[1-9]|1[0-2])(-(?:0[1-9]|[12]\d|3[01]))?)?(?:[T ].*)?")
_SPELT = re.compile(r"([A-Z][a-z]+) (?:(\d{1,2}), )?(\d{4})(?: \[.*\])?")
_MONTHS: Final = {name: number for number, name in enumerate(calendar.month_name) if name}
_TRUE: Final = frozenset({"ACCEPTS_HEALTHY_VOLUNTEERS", "YES", "TRUE", "T"})
_FALSE: Final = frozenset({"NO", "FALSE", "F"})


@lru_cache(8_192)
def _key(raw: str) -> str:
    return _NOT_WORD.sub("_", raw.upper()).strip("_")


def _unknown(field: str, raw: str, warnings: Counter[str]) -> None:
    warnings[f"{field}: {raw.strip()[:60]!r}"] += 1


def value(field: str, raw: str | None, warnings: Counter[str]) -> str | None:
    """The v2 value of `raw` in `field` (a key such as "allocation"); None, counted in `warnings`, if there is none."""
    if not raw:
        return None
    known = _KNOWN[field]
    if (found := known.get(raw) or known.get(_key(raw))) is None and raw.strip():
        _unknown(field, raw, warnings)
    return found


def phases(raw: str | Iterable[str] | None, warnings: Counter[str]) -> tuple[str, ...]:
    """Phases of a v2 list or of the legacy wording ("Phase 1/Phase 2"), each once."""
    if not raw:
        return ()
    if isinstance(raw, str):
        raw = (raw,) if _key(raw) in _KNOWN["phase"] else _PHASE_MARK.split(raw)
    return tuple(dict.fromkeys(known for each in raw if (known := value("phase", each, warnings))))


def masking(raw: str | None, warnings: Counter[str]) -> str | None:
    """Masking in v2 values.

    The old wording "Double Blind (roles)" meant any masking of two roles or more; the registry's present definition counts
    the masked roles (one is single, … four is quadruple), so where roles are listed without a present-day word, they count.
    """
    if not raw:
        return None
    if raw in _KNOWN["masking"]:
        return _KNOWN["masking"][raw]
    lead, _, inside = raw.partition("(")
    lead, roles = _key(lead), _key(inside)
    if _key(raw) in _KNOWN["masking"]:
        return _KNOWN["masking"][_key(raw)]
    if lead in _BY_COUNT:
        return lead
    if lead in _KNOWN["masking"] or (lead and not roles and any(name in lead for names in _ROLES for name in names)):
        listed = roles or lead
        count = sum(any(name in listed for name in names) for names in _ROLES)
        return _BY_COUNT[count] if count else _KNOWN["masking"].get(lead)
    _unknown("masking", raw, warnings)
    return None


def age(raw: str | None, warnings: Counter[str]) -> str | None:
    """An age limit as the registry writes it ("18 Years"); None for no limit ("N/A")."""
    if not raw:
        return None
    plain, known = _age(raw)
    if not known:
        _unknown("age", plain, warnings)
        return None
    return plain or None


@lru_cache(4_096)
def _age(raw: str) -> tuple[str, bool]:
    """An age on one line, "" for no limit, and whether it is one."""
    raw = " ".join(raw.split())
    if not raw or raw.upper().startswith("N/A"):
        return "", True
    return raw, _AGE.fullmatch(raw) is not None


def yes_no(field: str, raw: str | bool | None, warnings: Counter[str]) -> bool | None:
    """True, False or None (not said) of a flag such as healthy_volunteers in any format's words."""
    if raw is None or isinstance(raw, bool):
        return raw
    if (key := _key(raw)) in _TRUE:
        return True
    if key in _FALSE:
        return False
    if key:
        _unknown(field, raw, warnings)
    return None


def iso_date(field: str, raw: str | None, warnings: Counter[str]) -> str | None:
    """A date as precise as the source: "2004-06-02", "2004-06" or "2004", from ISO or from "June 2, 2004"."""
    if not raw:
        return None
    if (found := _date(raw)) is None and raw.strip():
        _unknown(field, " ".join(raw.split()), warnings)
    return found


@lru_cache(65_536)  # a registry has some ten thousand dates
def _date(raw: str) -> str | None:
    raw = " ".join(raw.split())
    if found := _ISO.fullmatch(raw):
        return found[1] + (found[2] or "")
    if (found := _SPELT.fullmatch(raw)) and (month := _MONTHS.get(found[1])):
        return f"{found[3]}-{month:02}" + (f"-{int(found[2]):02}" if found[2] else "")
    return None


def count(field: str, raw: str | int | None, warnings: Counter[str]) -> int | None:
    """A count of up to twelve digits; None, counted in `warnings` unless empty, for anything else."""
    if isinstance(raw, int) and 0 <= raw < 10**12:
        return int(raw)
    raw = "" if raw is None else str(raw).strip().removesuffix(".0")
    if raw.isascii() and raw.isdecimal() and len(raw) <= 12:
        return int(raw)
    if raw:
        _unknown(field, raw, warnings)
    return None


@lru_cache(64)
def actual(raw: str | None) -> bool | None:
    """Whether an enrolment is actual: True for "ACTUAL", False for "ESTIMATED" or "Anticipated", None if not said."""
    key = _key(raw or "")
    return True if key == "ACTUAL" else False if key in ("ESTIMATED", "ANTICIPATED") else None


def interventional(study_type: str | None, found: tuple[str, ...]) -> tuple[str, ...]:
    """Phases, less the "N/A" that the legacy formats write for studies that have none (v2 leaves it out there)."""
    return () if found == ("NA",) and study_type not in (None, "INTERVENTIONAL") else found


def without_type(name: str) -> str:
    """An intervention's name in an arm without the type that v2 puts before it ("Drug: Metformin")."""
    kind, colon, rest = name.partition(": ")
    return rest if colon and _key(kind) in _KNOWN["intervention_type"] else name


def intervention_names(names: Iterable[str], positions: Mapping[str, int]) -> tuple[str, ...]:
    """An arm's intervention names, without the type that v2 puts before them ("Drug: Metformin"), in the trial's order
    (`in_order`)."""
    found: dict[str, int] = {}
    for each in names:
        name = each
        if name not in positions:
            _, colon, rest = each.partition(": ")
            name = rest if colon and rest in positions else without_type(each)
        found.setdefault(name, positions.get(name, len(positions)))
    return tuple(sorted(found, key=found.__getitem__)) if len(found) > 1 else tuple(found)


def in_order(interventions: Iterable[str]) -> dict[str, int]:
    """The place of each of a trial's interventions, by name."""
    places: dict[str, int] = {}
    for each in interventions:
        places.setdefault(each, len(places))
    return places
