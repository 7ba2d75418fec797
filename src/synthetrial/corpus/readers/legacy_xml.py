"""The registry's XML format of before 2024 (root element `clinical_study`, schema public.xsd).

Parsed without entities, DTD or network. The old sponsor classes are coarser than v2's (networks, individuals and foreign
governments are all "Other"), so OTHER here may be one of those in v2.
"""

from __future__ import annotations

import re
from collections import Counter

from lxml import etree

from synthetrial.corpus.readers import vocabulary as words
from synthetrial.corpus.readers.admit import admit
from synthetrial.corpus.readers.reject import UnreadableError
from synthetrial.trial import Arm, Eligibility, Intervention, Outcome, OutcomeMeasure, Protocol, RegistryTrial, Source

_DESIGN = re.compile(
    r"(Allocation|Intervention Model|Masking|Primary Purpose):\s*(.*?)\s*(?=,\s*[A-Z][A-Za-z ]+:|$)", re.DOTALL
)


def parse(data: bytes) -> etree._Element:
    """The root of an XML study record. Raises `UnreadableError` for anything else: other XML, HTML, a DTD, bad encoding."""
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data[:65536]:
        raise UnreadableError("the XML declares a document type or entities; a registry record has none")
    # a parser per document: libxml2 keeps the names of all that a parser has read
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableError(f"not well-formed XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableError("the XML declares a document type or entities; a registry record has none")
    if root.tag != "clinical_study":
        raise UnreadableError(f"XML, but not a study record: the root element is <{root.tag}>, expected <clinical_study>")
    return root


def to_trial(study: etree._Element, file: str, warnings: Counter[str]) -> RegistryTrial:
    """The trial of a `clinical_study` element. Raises `UnreadableError` where id or title is missing."""
    design = _design(study)
    study_type = words.value("study_type", study.findtext("study_type"), warnings)
    enrollment = study.find("enrollment")
    links = [
        (each.findtext("intervention_name") or "", {label.text for label in each.findall("arm_group_label")})
        for each in study.findall("intervention")
    ]
    return admit(
        study.findtext("id_info/nct_id"),
        Protocol(
            brief_title=study.findtext("brief_title") or "",
            official_title=study.findtext("official_title"),
            brief_summary=study.findtext("brief_summary/textblock"),
            detailed_description=study.findtext("detailed_description/textblock"),
            conditions=_texts(study, "condition"),
            keywords=_texts(study, "keyword"),
            study_type=study_type,
            phases=words.interventional(study_type, words.phases(study.findtext("phase"), warnings)),
            allocation=words.value("allocation", design.get("Allocation"), warnings),
            intervention_model=words.value("intervention_model", design.get("Intervention Model"), warnings),
            primary_purpose=words.value("primary_purpose", design.get("Primary Purpose"), warnings),
            masking=words.masking(design.get("Masking"), warnings),
            arms=tuple(
                Arm(
                    label=(label := each.findtext("arm_group_label") or ""),
                    type=words.value("arm_type", each.findtext("arm_group_type"), warnings),
                    description=each.findtext("description"),
                    intervention_names=tuple(name for name, labels in links if label in labels),
                )
                for each in study.findall("arm_group")
            ),
            interventions=tuple(
                Intervention(
                    name=each.findtext("intervention_name") or "",
                    type=words.value("intervention_type", each.findtext("intervention_type"), warnings),
                    description=each.findtext("description"),
                    other_names=_texts(each, "other_name"),
                )
                for each in study.findall("intervention")
            ),
            primary_outcomes=_measures(study, "primary_outcome"),
            secondary_outcomes=_measures(study, "secondary_outcome"),
            eligibility=Eligibility(
                criteria=study.findtext("eligibility/criteria/textblock"),
                sex=words.value("sex", study.findtext("eligibility/gender"), warnings),
                minimum_age=words.age(study.findtext("eligibility/minimum_age"), warnings),
                maximum_age=words.age(study.findtext("eligibility/maximum_age"), warnings),
                healthy_volunteers=words.yes_no(
                    "healthy_volunteers", study.findtext("eligibility/healthy_volunteers"), warnings
                ),
            ),
            lead_sponsor_class=words.value("sponsor_class", study.findtext("sponsors/lead_sponsor/agency_class"), warnings),
        ),
        Source(
            format="xml",
            file=file,
            version_date=_date(
                study, "version_date", warnings, "last_update_posted", "last_update_submitted", "lastchanged_date"
            ),
        ),
        outcome=Outcome(
            overall_status=words.value("status", study.findtext("overall_status"), warnings),
            why_stopped=_line(study.findtext("why_stopped")),
            enrollment=words.count("enrollment", enrollment.text, warnings) if enrollment is not None else None,
            enrollment_actual=words.actual(enrollment.get("type")) if enrollment is not None else None,
            primary_completion_date=_date(study, "primary_completion_date", warnings, "primary_completion_date"),
            completion_date=_date(study, "completion_date", warnings, "completion_date"),
            has_results=study.find("clinical_results") is not None,
        ),
        start_date=_date(study, "start_date", warnings, "start_date"),
        condition_mesh=_texts(study, "condition_browse/mesh_term"),
        intervention_mesh=_texts(study, "intervention_browse/mesh_term"),
        synthetic=study.find("synthetic") is not None,
    )


def _design(study: etree._Element) -> dict[str, str]:
    """The design by its v1 names, from `study_design_info` or from the older one-line `study_design`."""
    if (info := study.find("study_design_info")) is not None:
        names = ("Allocation", "Intervention Model", "Masking", "Primary Purpose")
        return {name: info.findtext(name.lower().replace(" ", "_")) or "" for name in names}
    return one_line_design(study.findtext("study_design") or "")


def one_line_design(text: str) -> dict[str, str]:
    """The parts of the older one-line design ("Allocation: Randomized, Masking: Open Label"), by their v1 names."""
    return dict(_DESIGN.findall(text))


def _texts(node: etree._Element, path: str) -> tuple[str, ...]:
    return tuple(each.text for each in node.findall(path) if each.text)


def _line(text: str | None) -> str | None:
    return " ".join((text or "").split()) or None


def _date(study: etree._Element, field: str, warnings: Counter[str], *paths: str) -> str | None:
    return next((date for path in paths if (date := words.iso_date(field, study.findtext(path), warnings))), None)


def _measures(study: etree._Element, path: str) -> tuple[OutcomeMeasure, ...]:
    return tuple(
        OutcomeMeasure(
            measure=each.findtext("measure") or "",
            time_frame=each.findtext("time_frame"),
            description=each.findtext("description"),
        )
        for each in study.findall(path)
    )
