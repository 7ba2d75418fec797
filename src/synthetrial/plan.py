"""What to write: a plan is a tuple of cells, made whole before any call to a model.

A cell names drug, label and condition, the exemplars to show, and the design attributes and section shape that the record
must have. These are *given* to the writer, drawn from real trials of the same label, never asked of it.
"""

from __future__ import annotations

import msgspec


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """Words per slot of a record; 0 or an empty tuple means that the slot is absent.

    Items are tuples with an entry per item: `arms` (label, description), `primary_outcomes` and `secondary_outcomes`
    (measure, time frame, description), `interventions` (description), `inclusion`, `exclusion` and `keywords` (words).
    `criteria_other` counts the words of criteria that stand under neither heading.
    """

    title: int
    official_title: int = 0
    keywords: tuple[int, ...] = ()
    summary: int = 0
    interventions: tuple[int, ...] = ()
    arms: tuple[tuple[int, int], ...] = ()
    primary_outcomes: tuple[tuple[int, int, int], ...] = ()
    secondary_outcomes: tuple[tuple[int, int, int], ...] = ()
    inclusion: tuple[int, ...] = ()
    exclusion: tuple[int, ...] = ()
    criteria_other: int = 0
    description: int = 0


class Design(msgspec.Struct, frozen=True, kw_only=True):
    """The design attributes of a planned record, with the values and names of `Protocol`.

    `interventions` are (type, name) pairs, the planned drug first; `arms` are arm types in order.
    """

    conditions: tuple[str, ...]
    interventions: tuple[tuple[str | None, str], ...]
    arms: tuple[str | None, ...] = ()
    study_type: str | None = None
    phases: tuple[str, ...] = ()
    allocation: str | None = None
    intervention_model: str | None = None
    primary_purpose: str | None = None
    masking: str | None = None
    lead_sponsor_class: str | None = None
    sex: str | None = None
    minimum_age: str | None = None
    maximum_age: str | None = None
    healthy_volunteers: bool | None = None


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a plan: `count` records of one drug and label, from one set of exemplars.

    `exemplars` have the cell's label; `contrast` are exemplars of the other label, shown where reasons are contrastive.
    `drug` is the canonical (lower-case) name; `names` are its synonyms that count as the drug being there. `rung` says
    which rung of the retrieval ladder gave the exemplars; `fold` is the teacher fold that holds all of them; `seed` is
    derived from (run seed, index, round). `round` counts how often a hopeless cell was planned anew.
    """

    index: int
    drug: str
    names: tuple[str, ...]
    label: int
    count: int
    fold: int
    rung: str
    exemplars: tuple[str, ...]
    design: Design
    shape: Shape
    seed: int
    contrast: tuple[str, ...] = ()
    round: int = 0
