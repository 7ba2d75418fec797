"""Records of a run by what a person types, and what a list says of each, read a row at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from synthetrial.errors import StoreError
from synthetrial.run.store import RunStore
from synthetrial.text import words
from synthetrial.trial import Protocol, SyntheticTrial, label_name

PREFIX: Final = "SYN-"


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted record in a line. `p_label` is the teacher's probability of its label."""

    id: str
    label: str
    drug: str
    phase: str
    title: str
    p_label: float | None


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate that failed checks: `codes` with a line of `details` each, and what was written.

    `id` is its place in the run (cell, round, attempt and sample, with dots); `title` is None where no record could be read.
    """

    id: str
    label: str
    drug: str
    codes: tuple[str, ...]
    details: tuple[str, ...]
    title: str | None
    text: str


class _Plan(msgspec.Struct, frozen=True):
    drug: str


class _Made(msgspec.Struct, frozen=True):
    plan: _Plan
    p_label: float | None = None


class _Trial(msgspec.Struct, frozen=True):
    """Of a stored trial only what a list shows."""

    id: str
    label: int
    protocol: Protocol
    provenance: _Made


class _Cell(msgspec.Struct, frozen=True):
    label: int
    drug: str


def records(store: RunStore) -> Iterator[Listed]:
    """The accepted records in order."""
    for row in store.rows("SELECT json FROM trials ORDER BY ordinal"):
        each = store.decoded(row[0], _Trial)
        yield Listed(
            id=each.id,
            label=label_name(each.label),
            drug=each.provenance.plan.drug,
            phase=", ".join(words(phase).removeprefix("Phase ") for phase in each.protocol.phases),
            title=each.protocol.brief_title,
            p_label=each.provenance.p_label,
        )


def candidates(store: RunStore, asked: str | None = None) -> Iterator[Rejected]:
    """The rejected candidates in order of cell, round, attempt and sample; only the one of the id `asked`, if one is given."""
    for *key, codes, details, text, protocol, plan in store.rows(
        "SELECT c.cell, c.round, c.attempt, c.sample, c.codes, c.details, c.text, c.protocol, plan.json FROM candidates AS c"
        " JOIN plan ON plan.cell = c.cell AND plan.round = c.round WHERE c.state = 'rejected'"
        " AND (?1 IS NULL OR c.cell || '.' || c.round || '.' || c.attempt || '.' || c.sample = ?1)"
        " ORDER BY c.cell, c.round, c.attempt, c.sample",
        (asked,),
    ):
        cell = store.decoded(plan, _Cell)
        yield Rejected(
            id=".".join(map(str, key)),
            label=label_name(cell.label),
            drug=cell.drug,
            codes=store.decoded(codes, tuple[str, ...]),
            details=store.decoded(details, tuple[str, ...]),
            title=None if protocol is None else store.decoded(protocol, Protocol).brief_title,
            text=text,
        )


def candidate(store: RunStore, asked: str) -> Rejected:
    """The rejected candidate of the id `asked`. Raises `StoreError` where there is none."""
    found = next(candidates(store, asked), None)
    if found is None:
        folder = store.folder
        raise StoreError(f"{folder}: no rejected candidate {asked}; `synthetrial show {folder} --rejected` lists them")
    return found


def record(store: RunStore, asked: str) -> SyntheticTrial:
    """The accepted record whose id is `asked` or alone begins with it, with or without "SYN-", in capitals or not.

    Raises `StoreError` where there is none, naming the nearest, or more than one.
    """
    whole = asked.upper() if asked.upper().startswith(PREFIX) else PREFIX + asked.upper()
    row = store.one("SELECT json FROM trials WHERE id IN (?, ?)", (asked, whole))
    if row is None:
        row = store.one("SELECT json FROM trials WHERE id = ?", (_only_one(store, asked, whole),))
    assert row is not None  # an id of this very store
    return store.decoded(row[0], SyntheticTrial)


def _only_one(store: RunStore, asked: str, whole: str) -> str:
    ids = [str(row[0]) for row in store.rows("SELECT id FROM trials ORDER BY ordinal")]
    fitting = [each for each in ids if each.startswith(whole)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        some = ", ".join(fitting[:3]) + (", …" if len(fitting) > 3 else "")
        raise StoreError(f"{store.folder}: {len(fitting)} records begin with {asked} ({some}); give more of the id")
    if not ids:
        raise StoreError(f"{store.folder}: no record is accepted yet; go on with `synthetrial generate --out {store.folder}`")
    from rapidfuzz import process

    nearest = process.extractOne(whole, ids)[0]
    raise StoreError(
        f"{store.folder}: no record {asked}; the nearest is {nearest}, `synthetrial show {store.folder}` lists all"
    )
