"""ClinicalTrials.gov API v2 study records (https://clinicaltrials.gov/data-api/about-api/study-data-structure).

Only the wanted fields are decoded: typed structs at the edge skip results, contacts and locations. A study that carries the
mark of our exports is read as it was written: its label, and the interventions of an arm in their order.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from synthetrial.corpus.readers import vocabulary as words
from synthetrial.corpus.readers.admit import admit
from synthetrial.corpus.readers.own_jsonl import planned_label
from synthetrial.trial import Arm, Eligibility, Intervention, Outcome, OutcomeMeasure, Protocol, RegistryTrial, Source


class _Part(msgspec.Struct, rename="camel", gc=False):
    pass


class _Identification(_Part):
    nct_id: str | None = None
    brief_title: str | None = None
    official_title: str | None = None


class _Date(_Part):
    date: str | None = None


class _Status(_Part):
    overall_status: str | None = None
    why_stopped: str | None = None
    start_date_struct: _Date | None = None
    primary_completion_date_struct: _Date | None = None
    completion_date_struct: _Date | None = None
    last_update_submit_date: str | None = None
    last_update_post_date_struct: _Date | None = None


class _Sponsor(_Part):
    class_: str | None = msgspec.field(default=None, name="class")


class _Sponsors(_Part):
    lead_sponsor: _Sponsor | None = None


class _Description(_Part):
    brief_summary: str | None = None
    detailed_description: str | None = None


class _Conditions(_Part):
    conditions: list[str] | None = None
    keywords: list[str] | None = None


class _Masking(_Part):
    masking: str | None = None


class _DesignInfo(_Part):
    allocation: str | None = None
    intervention_model: str | None = None
    primary_purpose: str | None = None
    masking_info: _Masking | None = None


class _Enrollment(_Part):
    count: int | None = None
    type: str | None = None


class _Design(_Part):
    study_type: str | None = None
    phases: list[str] | None = None
    design_info: _DesignInfo | None = None
    enrollment_info: _Enrollment | None = None


class _Arm(_Part):
    label: str | None = None
    type: str | None = None
    description: str | None = None
    intervention_names: list[str] | None = None


class _Intervention(_Part):
    type: str | None = None
    name: str | None = None
    description: str | None = None
    other_names: list[str] | None = None


class _Arms(_Part):
    arm_groups: list[_Arm] | None = None
    interventions: list[_Intervention] | None = None


class _Measure(_Part):
    measure: str | None = None
    time_frame: str | None = None
    description: str | None = None


class _Outcomes(_Part):
    primary_outcomes: list[_Measure] | None = None
    secondary_outcomes: list[_Measure] | None = None


class _Eligibility(_Part):
    eligibility_criteria: str | None = None
    sex: str | None = None
    minimum_age: str | None = None
    maximum_age: str | None = None
    healthy_volunteers: bool | None = None


class _ProtocolSection(_Part):
    identification_module: _Identification = msgspec.field(default_factory=_Identification)
    status_module: _Status = msgspec.field(default_factory=_Status)
    sponsor_collaborators_module: _Sponsors = msgspec.field(default_factory=_Sponsors)
    description_module: _Description = msgspec.field(default_factory=_Description)
    conditions_module: _Conditions = msgspec.field(default_factory=_Conditions)
    design_module: _Design = msgspec.field(default_factory=_Design)
    arms_interventions_module: _Arms = msgspec.field(default_factory=_Arms)
    outcomes_module: _Outcomes = msgspec.field(default_factory=_Outcomes)
    eligibility_module: _Eligibility = msgspec.field(default_factory=_Eligibility)
    synthetic: object = None


class _Mesh(_Part):
    term: str | None = None


class _Browse(_Part):
    meshes: list[_Mesh] | None = None


class _Derived(_Part):
    condition_browse_module: _Browse | None = None
    intervention_browse_module: _Browse | None = None


class Study(_Part):
    """One API v2 record, the wanted fields only. `synthetic` is the mark that our exports carry."""

    protocol_section: _ProtocolSection
    derived_section: _Derived | None = None
    has_results: bool | None = None
    synthetic: object = None


DECODER = msgspec.json.Decoder(Study)


def to_trial(study: Study, file: str, warnings: Counter[str]) -> RegistryTrial:
    """The trial of an API v2 record. Raises `UnreadableError` where id or title is missing."""
    section = study.protocol_section
    identification, status, design = section.identification_module, section.status_module, section.design_module
    info, eligibility = design.design_info or _DesignInfo(), section.eligibility_module
    description, arms = section.description_module, section.arms_interventions_module
    derived, enrollment = study.derived_section or _Derived(), design.enrollment_info or _Enrollment()
    interventions = [each for each in arms.interventions or () if each.name]
    places = words.in_order([each.name or "" for each in interventions])
    study_type = words.value("study_type", design.study_type, warnings)
    mark: Any = study.synthetic or section.synthetic

    def of_arm(given: list[str]) -> tuple[str, ...]:
        return tuple(map(words.without_type, given)) if mark else words.intervention_names(given, places)

    trial = admit(
        identification.nct_id,
        Protocol(
            brief_title=identification.brief_title or "",
            official_title=identification.official_title,
            brief_summary=description.brief_summary,
            detailed_description=description.detailed_description,
            conditions=tuple(section.conditions_module.conditions or ()),
            keywords=tuple(section.conditions_module.keywords or ()),
            study_type=study_type,
            phases=words.interventional(study_type, words.phases(design.phases, warnings)),
            allocation=words.value("allocation", info.allocation, warnings),
            intervention_model=words.value("intervention_model", info.intervention_model, warnings),
            primary_purpose=words.value("primary_purpose", info.primary_purpose, warnings),
            masking=words.masking(info.masking_info.masking if info.masking_info else None, warnings),
            arms=tuple(
                [
                    Arm(
                        label=each.label or "",
                        type=words.value("arm_type", each.type, warnings),
                        description=each.description,
                        intervention_names=of_arm(each.intervention_names) if each.intervention_names else (),
                    )
                    for each in arms.arm_groups or ()
                ]
            ),
            interventions=tuple(
                [
                    Intervention(
                        name=each.name or "",
                        type=words.value("intervention_type", each.type, warnings),
                        description=each.description,
                        other_names=tuple(each.other_names or ()),
                    )
                    for each in interventions
                ]
            ),
            primary_outcomes=_measures(section.outcomes_module.primary_outcomes),
            secondary_outcomes=_measures(section.outcomes_module.secondary_outcomes),
            eligibility=Eligibility(
                criteria=eligibility.eligibility_criteria,
                sex=words.value("sex", eligibility.sex, warnings),
                minimum_age=words.age(eligibility.minimum_age, warnings),
                maximum_age=words.age(eligibility.maximum_age, warnings),
                healthy_volunteers=eligibility.healthy_volunteers,
            ),
            lead_sponsor_class=words.value(
                "sponsor_class",
                sponsor.class_ if (sponsor := section.sponsor_collaborators_module.lead_sponsor) else None,
                warnings,
            ),
        ),
        Source(
            format="v2-json",
            file=file,
            version_date=_date("version_date", status.last_update_post_date_struct, warnings)
            or words.iso_date("version_date", status.last_update_submit_date, warnings),
        ),
        outcome=Outcome(
            overall_status=words.value("status", status.overall_status, warnings),
            why_stopped=status.why_stopped or None,
            enrollment=words.count("enrollment", enrollment.count, warnings),
            enrollment_actual=words.actual(enrollment.type),
            primary_completion_date=_date("primary_completion_date", status.primary_completion_date_struct, warnings),
            completion_date=_date("completion_date", status.completion_date_struct, warnings),
            has_results=study.has_results,
        ),
        start_date=_date("start_date", status.start_date_struct, warnings),
        condition_mesh=_meshes(derived.condition_browse_module),
        intervention_mesh=_meshes(derived.intervention_browse_module),
        synthetic=bool(mark),
    )
    if isinstance(mark, dict):
        return msgspec.structs.replace(trial, label=planned_label(mark.get("label"), trial.trial_id))
    return trial


def _date(field: str, struct: _Date | None, warnings: Counter[str]) -> str | None:
    return words.iso_date(field, struct.date, warnings) if struct else None


def _meshes(browse: _Browse | None) -> tuple[str, ...]:
    return tuple(each.term for each in browse.meshes or () if each.term) if browse else ()


def _measures(raw: list[_Measure] | None) -> tuple[OutcomeMeasure, ...]:
    if not raw:
        return ()
    return tuple(
        [OutcomeMeasure(measure=each.measure or "", time_frame=each.time_frame, description=each.description) for each in raw]
    )
