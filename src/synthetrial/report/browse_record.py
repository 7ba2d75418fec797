"""Records as browse.html shows them: a row for the list and a body for the one that is opened."""

from __future__ import annotations

from typing import Final

import msgspec

from synthetrial.check.complete import slot_items, slot_words
from synthetrial.check.design import design_of
from synthetrial.plan import Cell, Design, Shape
from synthetrial.run.records import StoredCandidate
from synthetrial.shape import shape_of, word_count
from synthetrial.text import render, sections, words
from synthetrial.trial import Protocol, Provenance, Reason, RegistryTrial, SyntheticTrial, label_name

Planned = tuple[str, str, str]
"""A slot: its name, what was planned, what was written."""

LONGEST_LINE: Final = 120


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What list, search and facets know of a record. `p` is the teacher's probability of the label; `codes` say why it was
    rejected."""

    id: str
    title: str
    label: str
    words: int
    drug: str = ""
    conditions: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    recipe: str = ""
    rung: str = ""
    codes: tuple[str, ...] = ()
    p: float | None = None


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of a record when it is opened.

    `sections` are (header, text) in the order of the rendering; `design` and `lengths` set plan against result; `made` is
    the provenance as (name, value). Of a rejected record `verdicts` are (code, detail) and `text` is what was written.
    """

    sections: tuple[tuple[str, str], ...] = ()
    exemplars: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    design: tuple[Planned, ...] = ()
    lengths: tuple[Planned, ...] = ()
    made: tuple[tuple[str, str], ...] = ()
    verdicts: tuple[tuple[str, str], ...] = ()
    text: str = ""


class _Plan(msgspec.Struct, frozen=True):
    """What the provenance of a record keeps of its cell."""

    drug: str
    design: Design
    shape: Shape
    round: int = 0


def accepted(trial: SyntheticTrial) -> tuple[Row, Body]:
    """An accepted record."""
    made, protocol = trial.provenance, trial.protocol
    plan = msgspec.convert(made.plan, _Plan)
    row = Row(
        id=trial.id,
        title=protocol.brief_title,
        label=label_name(trial.label),
        words=word_count(render(protocol)),
        drug=plan.drug,
        conditions=protocol.conditions,
        phases=tuple(words(each) for each in protocol.phases),
        recipe=made.recipe,
        rung=made.rung,
        p=None if made.p_label is None else round(made.p_label, 3),
    )
    return row, Body(
        sections=_sections(protocol),
        exemplars=made.exemplars,
        reasons=trial.reasons,
        design=_against(_design(plan.design), _design(design_of(protocol))),
        lengths=_against(_lengths(plan.shape), _lengths(shape_of(protocol))),
        made=_provenance(made, plan.round),
    )


def rejected(candidate: StoredCandidate, cell: Cell) -> tuple[Row, Body]:
    """A rejected candidate; `cell` is its cell in its round. One that could not be read goes by its first line."""
    protocol, key = candidate.protocol, candidate.key
    lines = (each.strip() for each in candidate.text.split("\n"))
    row = Row(
        id=".".join(map(str, key)),
        title=protocol.brief_title if protocol else next((each for each in lines if each), "(empty)")[:LONGEST_LINE],
        label=label_name(cell.label),
        words=word_count(candidate.text),
        drug=cell.drug,
        conditions=cell.design.conditions,
        phases=tuple(words(each) for each in cell.design.phases),
        rung=cell.rung,
        codes=candidate.codes,
    )
    body = Body(
        exemplars=(*cell.exemplars, *cell.contrast),
        verdicts=tuple(zip(candidate.codes, candidate.details, strict=True)),
        made=(("Cell", str(key.cell)), ("Round", str(key.round)), ("Attempt", str(key.attempt)), ("Sample", str(key.sample))),
        text=candidate.text,
    )
    if protocol is None:
        return row, body
    return row, msgspec.structs.replace(
        body,
        sections=_sections(protocol),
        design=_against(_design(cell.design), _design(design_of(protocol))),
        lengths=_against(_lengths(cell.shape), _lengths(shape_of(protocol))),
    )


def exemplar(trial: RegistryTrial) -> tuple[Row, Body]:
    """A real trial that records were made from."""
    return Row(
        id=trial.trial_id,
        title=trial.protocol.brief_title,
        label="" if trial.label is None else label_name(trial.label.value),
        words=word_count(render(trial.protocol)),
    ), Body(sections=_sections(trial.protocol))


def _sections(protocol: Protocol) -> tuple[tuple[str, str], ...]:
    return tuple((name, body.removeprefix("\n")) for name, body in sections(protocol).items())


def _against(planned: dict[str, str], written: dict[str, str]) -> tuple[Planned, ...]:
    """Slots that were planned or written."""
    return tuple((name, planned[name], written[name]) for name in planned if planned[name] or written[name])


def _design(design: Design) -> dict[str, str]:
    healthy = design.healthy_volunteers
    return {
        "Study type": _enum(design.study_type),
        "Phase": "; ".join(map(words, design.phases)),
        "Allocation": _enum(design.allocation),
        "Intervention model": _enum(design.intervention_model),
        "Primary purpose": _enum(design.primary_purpose),
        "Masking": _enum(design.masking),
        "Sponsor class": _enum(design.lead_sponsor_class),
        "Sex": _enum(design.sex),
        "Minimum age": design.minimum_age or "",
        "Maximum age": design.maximum_age or "",
        "Healthy volunteers": "" if healthy is None else "Yes" if healthy else "No",
        "Conditions": "; ".join(design.conditions),
        "Interventions": "; ".join(name for _, name in design.interventions),
        "Arms": "; ".join(_enum(each) or "Arm" for each in design.arms),
    }


def _enum(value: str | None) -> str:
    return "" if value is None else words(value)


def _lengths(shape: Shape) -> dict[str, str]:
    """Words by slot and items by list, as figures; nothing where there are none."""
    counted = {f"{name}, words": count for name, count in slot_words(shape).items()}
    counted |= {f"{name}, items": count for name, count in slot_items(shape).items()}
    return {name: str(count or "") for name, count in counted.items()}


def _provenance(made: Provenance, round: int) -> tuple[tuple[str, str], ...]:
    values = {
        "Model": made.model,
        "Engine": made.engine,
        "Recipe": made.recipe,
        "Prompt version": made.prompt_version,
        "Seed": made.seed,
        "Sampling": ", ".join(f"{name} {value}" for name, value in made.sampling.items()),
        "Prompt tokens": f"{made.prompt_tokens:,}",
        "Completion tokens": f"{made.completion_tokens:,}",
        "Teacher's p(label)": made.p_label,
        "Weight": made.weight,
        "Checks passed": ", ".join(made.checks),
        "Retrieval rung": made.rung,
        "Cell": made.cell,
        "Round": round,
        "Attempt": made.attempt,
        "Sample": made.index,
        "Date": made.date,
    }
    return tuple((name, str(value)) for name, value in values.items() if value not in (None, ""))
