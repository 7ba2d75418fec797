"""Writing and reasoning with a chat model: messages, JSON schemas, and the reading of answers.

The model writes a `Draft`, the free text of a record; what the plan fixes (design, conditions, intervention names, arm types)
is put in from the cell and never asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Final, TypeVar

import msgspec

from synthetrial import canonical
from synthetrial.errors import ParseError
from synthetrial.generate.exemplar import arranged, shown
from synthetrial.generate.planned import planned
from synthetrial.generate.template import fill
from synthetrial.llm.model import Message
from synthetrial.plan import Cell
from synthetrial.recipe import Shown
from synthetrial.shape import CriteriaParts, compose_criteria
from synthetrial.trial import FACTORS, Arm, Evidence, Intervention, OutcomeMeasure, Protocol, Reason, RegistryTrial

WRITE_VERSION: Final = "chat-write.v3"
REASONS_VERSION: Final = "chat-reasons.v2"
SYSTEM: Final = "chat-system.v1"

Answered = TypeVar("Answered", bound=msgspec.Struct)


class DraftIntervention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The free text of an intervention."""

    description: str | None


class DraftArm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The free text of an arm."""

    label: str
    description: str | None


class DraftMeasure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An endpoint."""

    measure: str
    time_frame: str | None
    description: str | None


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a chat model writes of a record."""

    brief_title: str
    official_title: str | None
    keywords: tuple[str, ...]
    brief_summary: str | None
    interventions: tuple[DraftIntervention, ...]
    arms: tuple[DraftArm, ...]
    primary_outcomes: tuple[DraftMeasure, ...]
    secondary_outcomes: tuple[DraftMeasure, ...]
    inclusion: tuple[str, ...]
    exclusion: tuple[str, ...]
    criteria_other: str | None
    detailed_description: str | None


class DraftEvidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A quote with the number of its exemplar (from 1)."""

    exemplar: int
    quote: str


class DraftReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reason as a chat model gives it."""

    factor: str
    statement: str
    evidence: tuple[DraftEvidence, ...]


class Reasons(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer to a reasons call."""

    reasons: tuple[DraftReason, ...]


def write_messages(
    cell: Cell,
    exemplars: Sequence[RegistryTrial],
    reasons: Sequence[Reason],
    exemplar_words: int,
    order: Shown = "own",
    repair: Sequence[str] = (),
) -> tuple[Message, ...]:
    """Messages that ask for a `Draft`. By default they show the exemplars of the cell's own label: what contrasting ones teach
    is in the reasons, and both calls begin with the same records, which a server then reads once. Where those of both labels
    are shown, the prompt says which is which. `repair` holds what was wrong."""
    content = fill(
        WRITE_VERSION,
        exemplars=_records(arranged(cell, exemplars, order), exemplar_words),
        told=order not in ("own", "none"),
        label=cell.label,
        reasons=reasons,
        repair=list(repair),
        plan=_plan(cell),
    )
    return (Message("system", fill(SYSTEM)), Message("user", content))


def reasons_messages(cell: Cell, exemplars: Sequence[RegistryTrial], exemplar_words: int, at_most: int) -> tuple[Message, ...]:
    """Messages that ask for `Reasons`: the same for all cells of one label with these exemplars."""
    content = fill(
        REASONS_VERSION,
        exemplars=_records(exemplars, exemplar_words),
        contrast=bool(cell.contrast),
        label=cell.label,
        at_most=at_most,
    )
    return (Message("system", fill(SYSTEM)), Message("user", content))


def write_schema(cell: Cell) -> dict[str, Any]:
    """JSON schema of a `Draft`, lists bound to the plan's lengths."""
    s = cell.shape
    lengths = {
        "interventions": len(cell.design.interventions),
        "arms": len(cell.design.arms),
        "primary_outcomes": len(s.primary_outcomes),
        "secondary_outcomes": len(s.secondary_outcomes),
        "inclusion": len(s.inclusion),
        "exclusion": len(s.exclusion),
        "keywords": len(s.keywords),
    }
    schema = _schema(Draft)
    for name, length in lengths.items():
        schema["properties"][name] |= {"minItems": length, "maxItems": length}
    return schema


def reasons_schema() -> dict[str, Any]:
    """JSON schema of `Reasons`."""
    schema = _schema(Reasons)
    schema["properties"]["reasons"]["items"]["properties"]["factor"]["enum"] = list(FACTORS)
    return schema


def read_draft(cell: Cell, text: str) -> Protocol:
    """The protocol of a draft and its cell. Raises `ParseError` with the place that is wrong."""
    draft = _decode(text, Draft)
    d, given = cell.design, planned(cell)
    if len(draft.interventions) != len(d.interventions) or len(draft.arms) != len(d.arms):
        raise ParseError(
            f"the plan has {len(d.interventions)} interventions and {len(d.arms)} arms, "
            f"the answer {len(draft.interventions)} and {len(draft.arms)}"
        )
    criteria = compose_criteria(
        CriteriaParts(
            inclusion=_flat(draft.inclusion),
            exclusion=_flat(draft.exclusion),
            other=" ".join((draft.criteria_other or "").split()),
        )
    )
    protocol = canonical.protocol(
        msgspec.structs.replace(
            given,
            brief_title=draft.brief_title,
            official_title=draft.official_title,
            brief_summary=draft.brief_summary,
            detailed_description=draft.detailed_description,
            keywords=draft.keywords,
            arms=tuple(
                Arm(label=each.label, type=kind, description=each.description)
                for kind, each in zip(d.arms, draft.arms, strict=True)
            ),
            interventions=tuple(
                Intervention(name=name, type=kind, description=each.description)
                for (kind, name), each in zip(d.interventions, draft.interventions, strict=True)
            ),
            primary_outcomes=_measures(draft.primary_outcomes),
            secondary_outcomes=_measures(draft.secondary_outcomes),
            eligibility=msgspec.structs.replace(given.eligibility, criteria=criteria or None),
        )
    )
    if not protocol.brief_title:
        raise ParseError("the answer's brief_title is empty")
    return protocol


def read_reasons(text: str, exemplars: Sequence[RegistryTrial]) -> tuple[Reason, ...]:
    """The reasons of an answer, ungrounded as yet; an unknown factor becomes "other". Raises `ParseError`."""
    return tuple(
        Reason(
            factor=each.factor if each.factor in FACTORS else "other",
            statement=" ".join(each.statement.split()),
            evidence=tuple(
                Evidence(trial_id=exemplars[quote.exemplar - 1].trial_id, quote=quote.quote, score=0.0)
                for quote in each.evidence
                if 1 <= quote.exemplar <= len(exemplars)
            ),
        )
        for each in _decode(text, Reasons).reasons
    )


def _records(exemplars: Sequence[RegistryTrial], words: int) -> list[dict[str, object]]:
    """Exemplars for a template; the id is a number, since a registry's would come back in the answer."""
    return [
        {"id": f"RECORD-{i}", "text": shown(each.protocol, words), "label": each.label.value if each.label else None}
        for i, each in enumerate(exemplars, 1)
    ]


def _plan(cell: Cell) -> str:
    """The plan that a prompt ends in. The label is not in it: the reasons carry it, and a writer told it would say it."""
    return msgspec.json.encode({"drug": cell.drug, "design": cell.design, "shape": cell.shape}).decode()


def _measures(measures: Sequence[DraftMeasure]) -> tuple[OutcomeMeasure, ...]:
    return tuple(OutcomeMeasure(measure=m.measure, time_frame=m.time_frame, description=m.description) for m in measures)


def _flat(items: Sequence[str]) -> tuple[str, ...]:
    """Items on one line each, without list marks of the model's own."""
    return tuple(done for each in items if (done := re.sub(r"^[-*•\d.)\s]+(?=\D)", "", " ".join(each.split()))))


def _decode(text: str, kind: type[Answered]) -> Answered:
    body = text.strip()
    fenced = re.fullmatch(r"```(?:json)?\s*(.*?)\s*```", body, re.DOTALL)
    try:
        return msgspec.json.decode(fenced[1] if fenced else body, type=kind)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise ParseError(f"the answer is not a {kind.__name__}: {error}") from error


def _schema(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """JSON schema of `kind` without references, titled with its name, as strict servers want it; one's own to change."""
    found: dict[str, Any] = msgspec.json.decode(_encoded_schema(kind))
    return found


@cache
def _encoded_schema(kind: type[msgspec.Struct]) -> bytes:
    schema = msgspec.json.schema(kind)
    definitions = schema["$defs"]

    def inlined(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return inlined(definitions[node["$ref"].rsplit("/", 1)[-1]])
            return {key: inlined(value) for key, value in node.items() if key != "description" or not isinstance(value, str)}
        return [inlined(each) for each in node] if isinstance(node, list) else node

    return msgspec.json.encode(inlined(definitions[kind.__name__]))
