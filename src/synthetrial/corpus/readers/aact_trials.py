"""AACT's rows as trials, many at a time: a column is brought to canonical form at once, and each trial takes its share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar, cast

from synthetrial.corpus.readers import vocabulary as words
from synthetrial.corpus.readers.aact_rows import Batches, Rows, Share
from synthetrial.corpus.readers.admit import admit
from synthetrial.corpus.readers.reject import Reject, UnreadableError
from synthetrial.trial import Arm, Eligibility, Intervention, Outcome, OutcomeMeasure, Protocol, RegistryTrial, Source

if TYPE_CHECKING:
    from synthetrial.corpus.readers.aact_buckets import Dump

Result = RegistryTrial | Reject
Item = TypeVar("Item")


def trials(found: Batches, dump: Dump, file: str, warnings: Counter[str]) -> Iterator[Result]:
    """The trials that rows of whole trials make, and a `Reject` for each that is none."""
    rows = Rows(found, dump.tilde)
    if not rows.ids:
        return
    columns = zip(
        rows.ids,
        rows.counts("studies"),
        _protocols(rows, warnings),
        _outcomes(rows, dump, warnings),
        _dates(rows, "version_date", "last_update_posted_date", "last_update_submitted_date", warnings),
        _dates(rows, "start_date", "start_month_year", "start_date", warnings),
        _meshes(rows, "browse_conditions"),
        _meshes(rows, "browse_interventions"),
        strict=True,
    )
    for trial_id, studies, protocol, outcome, version, start, conditions, interventions in columns:
        if not studies:
            if trial_id:
                yield Reject(file, trial_id, "rows in other tables, but none in studies")
            continue
        if studies > 1 and trial_id:
            yield Reject(file, trial_id, f"{studies} rows in studies; the first is read")
        source = Source(format="aact", file=file, version_date=version)
        try:
            if _for_the_gate(trial_id, protocol):
                yield admit(
                    trial_id,
                    protocol,
                    source,
                    outcome=outcome,
                    start_date=start,
                    condition_mesh=conditions,
                    intervention_mesh=interventions,
                )
            else:
                yield RegistryTrial(
                    trial_id=trial_id,
                    protocol=protocol,
                    source=source,
                    outcome=outcome,
                    start_date=start,
                    condition_mesh=conditions,
                    intervention_mesh=interventions,
                )
        except UnreadableError as error:
            yield Reject(file, error.record or trial_id, error.reason)


def _for_the_gate(trial_id: str, protocol: Protocol) -> bool:
    """Whether an id or a title could matter to the gate of all readers, which brings a protocol to canonical form again."""
    titles = protocol.brief_title[:1] + (protocol.official_title or "")[:1]
    return not protocol.brief_title or "[" in titles or trial_id[:3] != "NCT" or not trial_id.isalnum()


def _protocols(rows: Rows, warnings: Counter[str]) -> list[Protocol]:
    def value(table: str, column: str, field: str) -> list[str | None]:
        return [words.value(field, each, warnings) for each in rows.first_raw(table, column)]

    study_types = value("studies", "study_type", "study_type")
    phases = [words.phases(each, warnings) for each in rows.first_raw("studies", "phase")]
    columns = zip(
        rows.first_lines("studies", "brief_title"),
        rows.first_lines("studies", "official_title"),
        rows.first_blocks("brief_summaries", "description"),
        rows.first_blocks("detailed_descriptions", "description"),
        _texts(rows.share("conditions"), "name"),
        _texts(rows.share("keywords"), "name"),
        study_types,
        map(words.interventional, study_types, phases),
        value("designs", "allocation", "allocation"),
        value("designs", "intervention_model", "intervention_model"),
        value("designs", "primary_purpose", "primary_purpose"),
        [words.masking(each, warnings) for each in rows.first_raw("designs", "masking")],
        _arms(rows, warnings),
        _interventions(rows, warnings),
        *_measures(rows),
        _eligibilities(rows, value("eligibilities", "gender", "sex"), warnings),
        _sponsors(rows, warnings),
        strict=True,
    )
    return [
        Protocol(
            brief_title=brief_title or "",
            official_title=official_title,
            brief_summary=brief_summary,
            detailed_description=detailed_description,
            conditions=conditions,
            keywords=keywords,
            study_type=study_type,
            phases=phase,
            allocation=allocation,
            intervention_model=intervention_model,
            primary_purpose=primary_purpose,
            masking=masking,
            arms=arms,
            interventions=interventions,
            primary_outcomes=primary_outcomes,
            secondary_outcomes=secondary_outcomes,
            eligibility=eligibility,
            lead_sponsor_class=lead_sponsor_class,
        )
        for (
            brief_title, official_title, brief_summary, detailed_description, conditions, keywords, study_type, phase,
            allocation, intervention_model, primary_purpose, masking, arms, interventions, primary_outcomes,
            secondary_outcomes, eligibility, lead_sponsor_class,
        ) in columns
    ]  # fmt: skip


def _outcomes(rows: Rows, dump: Dump, warnings: Counter[str]) -> list[Outcome]:
    columns = zip(
        rows.first_raw("studies", "overall_status"),
        rows.first_raw("studies", "why_stopped"),
        rows.first_raw("studies", "enrollment"),
        rows.first_raw("studies", "enrollment_type"),
        _dates(rows, "primary_completion_date", "primary_completion_month_year", "primary_completion_date", warnings),
        _dates(rows, "completion_date", "completion_month_year", "completion_date", warnings),
        rows.first_raw("studies", "results_first_posted_date"),
        rows.first_raw("studies", "results_first_submitted_date"),
        strict=True,
    )
    return [
        Outcome(
            overall_status=words.value("status", status, warnings),
            why_stopped=" ".join(why_stopped.split()) or None,
            enrollment=words.count("enrollment", enrollment, warnings),
            enrollment_actual=words.actual(enrollment_type),
            primary_completion_date=primary_completion,
            completion_date=completion,
            has_results=bool(posted or submitted) if dump.results_known else None,
        )
        for status, why_stopped, enrollment, enrollment_type, primary_completion, completion, posted, submitted in columns
    ]


def _eligibilities(rows: Rows, sexes: list[str | None], warnings: Counter[str]) -> list[Eligibility]:
    columns = zip(
        rows.first_blocks("eligibilities", "criteria"),
        sexes,
        rows.first_raw("eligibilities", "minimum_age"),
        rows.first_raw("eligibilities", "maximum_age"),
        rows.first_raw("eligibilities", "healthy_volunteers"),
        strict=True,
    )
    return [
        Eligibility(
            criteria=criteria,
            sex=sex,
            minimum_age=words.age(minimum_age, warnings),
            maximum_age=words.age(maximum_age, warnings),
            healthy_volunteers=words.yes_no("healthy_volunteers", healthy, warnings),
        )
        for criteria, sex, minimum_age, maximum_age, healthy in columns
    ]


def _arms(rows: Rows, warnings: Counter[str]) -> list[tuple[Arm, ...]]:
    groups, links, interventions = (
        rows.share(each) for each in ("design_groups", "design_group_interventions", "interventions")
    )
    linked = list(zip(links.raw("design_group_id"), links.raw("intervention_id"), strict=True))
    named = list(zip(interventions.raw("id"), interventions.lines("name"), strict=True))
    got: dict[tuple[int, str], tuple[str, ...]] = {}
    for at, (pairs, names) in enumerate(zip(_shares(links, linked), _shares(interventions, named), strict=True)):
        if not pairs or not names:
            continue
        name_of = {own: name for own, name in names if name}
        in_order = tuple(dict.fromkeys(name_of.values()))
        of_group: dict[str, set[str]] = {}
        for group, intervention in pairs:
            if name := name_of.get(intervention):
                of_group.setdefault(group, set()).add(name)
        for group, each in of_group.items():
            got[at, group] = in_order if len(each) == len(in_order) else tuple([name for name in in_order if name in each])
    owners = [at for at, (begin, end) in enumerate(pairwise(groups.begins)) for _ in range(begin, end)]
    arms = [
        Arm(
            label=label,
            type=words.value("arm_type", kind, warnings),
            description=description,
            intervention_names=got.get((at, own), ()),
        )
        if label
        else None
        for at, own, kind, label, description in zip(
            owners, groups.raw("id"), groups.raw("group_type"), groups.lines("title"), groups.lines("description"), strict=True
        )
    ]
    return _named(groups, arms)


def _interventions(rows: Rows, warnings: Counter[str]) -> list[tuple[Intervention, ...]]:
    found, others = rows.share("interventions"), rows.share("intervention_other_names")
    own_ids = found.raw("id")
    names: dict[tuple[int, str], list[str]] = {}
    pairs = list(zip(others.raw("intervention_id"), others.lines("name"), strict=True))
    for at, each in enumerate(_shares(others, pairs)):
        for intervention, name in each:
            if name:
                names.setdefault((at, intervention), []).append(name)
    owners = [at for at, (begin, end) in enumerate(pairwise(found.begins)) for _ in range(begin, end)]
    interventions = [
        Intervention(
            name=name,
            type=words.value("intervention_type", kind, warnings),
            description=description,
            other_names=tuple(dict.fromkeys(names.get((at, own), ()))),
        )
        if name
        else None
        for at, own, kind, name, description in zip(
            owners, own_ids, found.raw("intervention_type"), found.lines("name"), found.lines("description"), strict=True
        )
    ]
    return _named(found, interventions)


def _measures(rows: Rows) -> Iterator[list[tuple[OutcomeMeasure, ...]]]:
    """The primary and then the secondary endpoints of each trial."""
    cells = [rows.lines("design_outcomes", each) for each in ("measure", "time_frame", "description")]
    for kind in ("primary", "secondary"):
        found = rows.share("design_outcomes", "outcome_type", (kind, kind.upper(), kind.title()))
        columns = zip(*map(found.ordered, cells), strict=True)
        yield _named(
            found,
            [
                OutcomeMeasure(measure=measure, time_frame=time_frame, description=description) if measure else None
                for measure, time_frame, description in columns
            ],
        )


def _sponsors(rows: Rows, warnings: Counter[str]) -> list[str | None]:
    """The class of each trial's lead sponsor."""
    found = rows.share("sponsors", "lead_or_collaborator", ("lead",))
    kinds = found.raw("agency_class")
    return [
        words.value("sponsor_class", kinds[begin], warnings) if begin < end else None for begin, end in pairwise(found.begins)
    ]


def _meshes(rows: Rows, table: str) -> list[tuple[str, ...]]:
    """The terms assigned to each trial, without their ancestors in the tree."""
    found = rows.share(table, "mesh_type", ("", "mesh-list"))
    return _named(found, found.raw("mesh_term"))


def _dates(rows: Rows, field: str, column: str, otherwise: str, warnings: Counter[str]) -> list[str | None]:
    """The date of each trial in one column of studies or, where that is empty, in another."""
    columns = zip(rows.first_raw("studies", column), rows.first_raw("studies", otherwise), strict=True)
    return [words.iso_date(field, one or other, warnings) for one, other in columns]


def _texts(share: Share, column: str) -> list[tuple[str, ...]]:
    """A column of each trial, each text once."""
    return [tuple(dict.fromkeys(each)) if len(each) > 1 else each for each in _named(share, share.lines(column))]


def _shares(share: Share, items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Each trial's of the items that stand for the rows of a share."""
    return (items[begin:end] for begin, end in pairwise(share.begins))


def _named(share: Share, items: Sequence[Item | None]) -> list[tuple[Item, ...]]:
    """The same without those that are nothing."""
    if all(items):
        return list(map(tuple, _shares(share, cast(Sequence[Item], items))))
    return [tuple([item for item in each if item]) for each in _shares(share, items)]
