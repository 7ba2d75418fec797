"""AACT dumps (https://aact.ctti-clinicaltrials.org): the registry as pipe-delimited tables, a folder or zip of *.txt.

Tables that a dump lacks are counted as warnings; their fields are then missing in all its trials.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from synthetrial.corpus.readers import vocabulary as words
from synthetrial.corpus.readers.aact_tables import WANTED, Row, Tables, dialect, joined, rows
from synthetrial.corpus.readers.admit import admit
from synthetrial.corpus.readers.reject import READ_FAULTS, Reject, UnreadableError, fault
from synthetrial.trial import Arm, Eligibility, Intervention, Outcome, OutcomeMeasure, Protocol, RegistryTrial, Source


def read(tables: Tables, size: int, file: str, warnings: Counter[str]) -> Iterator[RegistryTrial | Reject]:
    """The trials of a dump whose tables hold about `size` bytes, with a `Reject` for each table or trial that is unreadable."""
    rejects: list[Reject] = []
    dated: set[str] = set()

    def all_rows() -> Iterator[tuple[str, Row]]:
        how = dialect(tables)
        for table in WANTED:
            if table not in tables:
                warnings[f"aact: no table {table!r}"] += 1
                continue
            bad: list[UnreadableError] = []
            try:
                with tables[table]() as stream:
                    for row in rows(table, stream, how, bad):
                        if table == "studies" and (row[-1] or row[-2]):
                            dated.add("results")
                        yield table, row
            except UnreadableError as error:
                bad.append(error)
            except READ_FAULTS as error:
                bad.append(UnreadableError(fault(error)))
            rejects.extend(Reject(f"{file}/{table}", each.record, each.reason) for each in bad)

    for part in joined(all_rows(), size):
        yield from rejects
        rejects.clear()
        for trial_id, found in part.items():
            if "studies" not in found:
                if trial_id:
                    yield Reject(file, trial_id, "rows in other tables, but none in studies")
                continue
            try:
                yield to_trial(found, file, warnings, results_known=bool(dated))
            except UnreadableError as error:
                yield Reject(file, error.record or trial_id, error.reason)


def to_trial(tables: dict[str, list[Row]], file: str, warnings: Counter[str], *, results_known: bool = True) -> RegistryTrial:
    """The trial of its rows by table (columns as `aact_tables.WANTED`). Raises `UnreadableError` without id or title.

    `results_known`: whether the dump says when results came, so that an empty date means none.
    """
    (
        trial_id, raw_type, brief_title, official_title, status, phase, enrollment, enrollment_type,
        why_stopped, start_month, start, primary_month, primary, completion_month, completion, posted, submitted,
        results_posted, results_submitted,
    ) = tables["studies"][0]  # fmt: skip
    study_type = words.value("study_type", raw_type, warnings)
    allocation, model, purpose, masking = _first(tables, "designs")
    gender, minimum_age, maximum_age, healthy, criteria = _first(tables, "eligibilities")
    groups, interventions, outcomes = (
        _in_order(tables, name) for name in ("design_groups", "interventions", "design_outcomes")
    )
    name_of = {each[1]: each[3] for each in interventions}
    places = words.in_order(name_of.values())
    links = tables.get("design_group_interventions", ())
    other_names = _in_order(tables, "intervention_other_names")
    results = bool(results_posted or results_submitted)
    return admit(
        trial_id,
        Protocol(
            brief_title=brief_title,
            official_title=official_title,
            brief_summary=_first(tables, "brief_summaries")[0],
            detailed_description=_first(tables, "detailed_descriptions")[0],
            conditions=tuple(each[2] for each in _in_order(tables, "conditions")),
            keywords=tuple(each[2] for each in _in_order(tables, "keywords")),
            study_type=study_type,
            phases=words.interventional(study_type, words.phases(phase, warnings)),
            allocation=words.value("allocation", allocation, warnings),
            intervention_model=words.value("intervention_model", model, warnings),
            primary_purpose=words.value("primary_purpose", purpose, warnings),
            masking=words.masking(masking, warnings),
            arms=tuple(
                Arm(
                    label=label,
                    type=words.value("arm_type", kind, warnings),
                    description=description,
                    intervention_names=words.intervention_names(
                        (name_of[link[2]] for link in links if link[1] == group_id and link[2] in name_of), places
                    ),
                )
                for _, group_id, kind, label, description in groups
            ),
            interventions=tuple(
                Intervention(
                    name=name,
                    type=words.value("intervention_type", kind, warnings),
                    description=description,
                    other_names=tuple(each[3] for each in other_names if each[2] == intervention_id),
                )
                for _, intervention_id, kind, name, description in interventions
            ),
            primary_outcomes=_measures(outcomes, "PRIMARY"),
            secondary_outcomes=_measures(outcomes, "SECONDARY"),
            eligibility=Eligibility(
                criteria=criteria,
                sex=words.value("sex", gender, warnings),
                minimum_age=words.age(minimum_age, warnings),
                maximum_age=words.age(maximum_age, warnings),
                healthy_volunteers=words.yes_no("healthy_volunteers", healthy, warnings),
            ),
            lead_sponsor_class=next(
                (
                    words.value("sponsor_class", kind, warnings)
                    for _, kind, role in tables.get("sponsors", ())
                    if role == "lead"
                ),
                None,
            ),
        ),
        Source(format="aact", file=file, version_date=words.iso_date("version_date", posted or submitted, warnings)),
        outcome=Outcome(
            overall_status=words.value("status", status, warnings),
            why_stopped=" ".join(why_stopped.split()) or None,
            enrollment=words.count("enrollment", enrollment, warnings),
            enrollment_actual=words.actual(enrollment_type),
            primary_completion_date=words.iso_date("primary_completion_date", primary_month or primary, warnings),
            completion_date=words.iso_date("completion_date", completion_month or completion, warnings),
            has_results=results if results_known else None,
        ),
        start_date=words.iso_date("start_date", start_month or start, warnings),
        condition_mesh=_meshes(tables, "browse_conditions"),
        intervention_mesh=_meshes(tables, "browse_interventions"),
    )


def _first(tables: dict[str, list[Row]], table: str) -> Row:
    """The columns behind nct_id of the one row that a trial has in `table`; empty ones where it has none."""
    found = tables.get(table)
    return found[0][1:] if found else [""] * (len(WANTED[table]) - 1)


def _in_order(tables: dict[str, list[Row]], table: str) -> list[Row]:
    """A trial's rows in the order of their ids, which is the record's own: a dump of the database has none."""
    return sorted(tables.get(table, ()), key=lambda row: row[1].zfill(20))


def _measures(outcomes: list[Row], kind: str) -> tuple[OutcomeMeasure, ...]:
    return tuple(
        OutcomeMeasure(measure=measure, time_frame=time_frame, description=description)
        for _, _, each, measure, time_frame, description in outcomes
        if each.upper() == kind
    )


def _meshes(tables: dict[str, list[Row]], table: str) -> tuple[str, ...]:
    """The terms assigned to the trial, without their ancestors in the tree."""
    return tuple(term for _, _, term, kind in _in_order(tables, table) if kind in ("", "mesh-list") and term)
