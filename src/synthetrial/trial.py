"""The trial types: what a trial set out to do (`Protocol`) is a different type from what became of it (`Outcome`).

Names and enumeration values follow the ClinicalTrials.gov API v2 data model, in snake_case. All types are frozen
`msgspec.Struct`s: they decode and encode fast at the edge and are plain values inside, which the garbage collector need not
look at, as none can hold itself. Absent text is `None`, never ""; lists are tuples, empty when absent. `Protocol` is an
allow-list of design fields: a field that is not here is not seen by any classifier, retrieval text, similarity or metric
(invariant 1).
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import msgspec

STUDY_TYPES: Final = ("INTERVENTIONAL", "OBSERVATIONAL", "EXPANDED_ACCESS")
PHASES: Final = ("NA", "EARLY_PHASE1", "PHASE1", "PHASE2", "PHASE3", "PHASE4")
ALLOCATIONS: Final = ("RANDOMIZED", "NON_RANDOMIZED", "NA")
INTERVENTION_MODELS: Final = ("SINGLE_GROUP", "PARALLEL", "CROSSOVER", "FACTORIAL", "SEQUENTIAL")
PRIMARY_PURPOSES: Final = (
    "TREATMENT", "PREVENTION", "DIAGNOSTIC", "ECT", "SUPPORTIVE_CARE", "SCREENING",
    "HEALTH_SERVICES_RESEARCH", "BASIC_SCIENCE", "DEVICE_FEASIBILITY", "OTHER",
)  # fmt: skip
MASKINGS: Final = ("NONE", "SINGLE", "DOUBLE", "TRIPLE", "QUADRUPLE")
ARM_TYPES: Final = (
    "EXPERIMENTAL", "ACTIVE_COMPARATOR", "PLACEBO_COMPARATOR", "SHAM_COMPARATOR", "NO_INTERVENTION", "OTHER",
)  # fmt: skip
INTERVENTION_TYPES: Final = (
    "BEHAVIORAL", "BIOLOGICAL", "COMBINATION_PRODUCT", "DEVICE", "DIAGNOSTIC_TEST", "DIETARY_SUPPLEMENT",
    "DRUG", "GENETIC", "PROCEDURE", "RADIATION", "OTHER",
)  # fmt: skip
SEXES: Final = ("FEMALE", "MALE", "ALL")
SPONSOR_CLASSES: Final = ("NIH", "FED", "OTHER_GOV", "INDIV", "INDUSTRY", "NETWORK", "AMBIG", "OTHER", "UNKNOWN")
STATUSES: Final = (
    "ACTIVE_NOT_RECRUITING", "COMPLETED", "ENROLLING_BY_INVITATION", "NOT_YET_RECRUITING", "RECRUITING", "SUSPENDED",
    "TERMINATED", "WITHDRAWN", "AVAILABLE", "NO_LONGER_AVAILABLE", "TEMPORARILY_NOT_AVAILABLE",
    "APPROVED_FOR_MARKETING", "WITHHELD", "UNKNOWN",
)  # fmt: skip

SUCCESS: Final = 1
FAILURE: Final = 0


class Arm(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """An arm group: its label, its type (`ARM_TYPES`), what happens in it, and the interventions it gets by name."""

    label: str
    type: str | None = None
    description: str | None = None
    intervention_names: tuple[str, ...] = ()


class Intervention(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """An intervention: type (`INTERVENTION_TYPES`), name, description and other names."""

    name: str
    type: str | None = None
    description: str | None = None
    other_names: tuple[str, ...] = ()


class OutcomeMeasure(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A planned endpoint (not its result): measure, time frame, description."""

    measure: str
    time_frame: str | None = None
    description: str | None = None


class Eligibility(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Who may take part. Ages are the registry's strings ("18 Years"); `criteria` is canonical text (see `text.canonical`)."""

    criteria: str | None = None
    sex: str | None = None
    minimum_age: str | None = None
    maximum_age: str | None = None
    healthy_volunteers: bool | None = None


class Protocol(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What a trial sets out to do: design fields only, by allow-list, as last posted."""

    brief_title: str
    official_title: str | None = None
    brief_summary: str | None = None
    detailed_description: str | None = None
    conditions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    study_type: str | None = None
    phases: tuple[str, ...] = ()
    allocation: str | None = None
    intervention_model: str | None = None
    primary_purpose: str | None = None
    masking: str | None = None
    arms: tuple[Arm, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    primary_outcomes: tuple[OutcomeMeasure, ...] = ()
    secondary_outcomes: tuple[OutcomeMeasure, ...] = ()
    eligibility: Eligibility = Eligibility()
    lead_sponsor_class: str | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What became of a trial. Never seen by classifiers, retrieval, prompts or metrics.

    Dates are ISO strings as precise as the source ("2004-06" or "2004-06-02"). `enrollment_actual` is True for an actual
    count, False for an estimate, None where the source does not say (then treat it as actual: it gives the label away).
    """

    overall_status: str | None = None
    why_stopped: str | None = None
    enrollment: int | None = None
    enrollment_actual: bool | None = None
    primary_completion_date: str | None = None
    completion_date: str | None = None
    has_results: bool | None = None


class Label(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """SUCCESS (1) or FAILURE (0), and the name of the rule or file that gave it."""

    value: int
    rule: str


class Source(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Where a trial was read from: format ("v2-json", "xml", "aact", "top", "jsonl"), file, and the record's version date."""

    format: str
    file: str
    version_date: str | None = None


class RegistryTrial(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A trial of a corpus. `start_date` serves temporal splits and probes only; `synthetic` marks a record read back."""

    trial_id: str
    protocol: Protocol
    source: Source
    outcome: Outcome = Outcome()
    label: Label | None = None
    start_date: str | None = None
    condition_mesh: tuple[str, ...] = ()
    intervention_mesh: tuple[str, ...] = ()
    synthetic: bool = False


class Evidence(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A quote that a reason rests on; `score` (0-100) says how well it was found in that exemplar, 100 = verbatim."""

    trial_id: str
    quote: str
    score: float = 100.0


FACTORS: Final = (
    "efficacy", "safety", "enrolment", "design", "endpoint", "population", "dose", "operations", "other",
)  # fmt: skip


class Reason(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Why trials like the exemplars succeed or fail: a factor (`FACTORS`), a statement, and the quotes it rests on.

    `grounded` is True when at least one quote was found in the exemplar it names.
    """

    factor: str
    statement: str
    evidence: tuple[Evidence, ...] = ()
    grounded: bool = False


class Provenance(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """How a synthetic record came to be; enough to explain and repeat it (invariant 5)."""

    cell: int
    attempt: int
    index: int
    exemplars: tuple[str, ...]
    rung: str
    plan: dict[str, object]
    recipe: str
    prompt_version: str
    model: str
    engine: str
    sampling: dict[str, object]
    seed: int
    date: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    checks: tuple[str, ...] = ()
    weight: float | None = None
    p_label: float | None = None


class SyntheticTrial(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A generated, checked record. `id` is always "SYN-…"; `label` is the label the plan asked for."""

    id: str
    protocol: Protocol
    label: int
    reasons: tuple[Reason, ...]
    provenance: Provenance


def label_name(value: int) -> str:
    """A label in a word."""
    return "success" if value == SUCCESS else "failure"


def today() -> str:
    """Today's date (UTC, ISO), the only clock that record provenance reads."""
    return dt.datetime.now(dt.UTC).date().isoformat()
