"""The registry's XML format of before 2024 (root element `clinical_study`, schema public.xsd).

Parsed without entities, DTD or network. The old sponsor classes are coarser than v2's (networks, individuals and foreign
governments are all "Other"), so OTHER here may be one of those in v2.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from lxml import etree

from synthetrial.corpus.readers import vocabulary as words
from synthetrial.corpus.readers.admit import admit
from synthetrial.corpus.readers.reject import UnreadableError
from synthetrial.trial import Arm, Eligibility, Intervention, Outcome, OutcomeMeasure, Protocol, RegistryTrial, Source

_DESIGN = re.compile(
    r"(Allocation|Intervention Model|Masking|Primary Purpose):\s*(.*?)\s*(?=,\s*[A-Z][A-Za-z ]+:|$)", re.DOTALL
)
_WANTED: Final = (
    "id_info", "brief_title", "official_title", "sponsors", "brief_summary", "detailed_description", "overall_status",
    "why_stopped", "start_date", "completion_date", "primary_completion_date", "phase", "study_type", "study_design_info",
    "study_design", "primary_outcome", "secondary_outcome", "enrollment", "condition", "arm_group", "intervention",
    "eligibility", "last_update_posted", "last_update_submitted", "lastchanged_date", "keyword", "condition_browse",
    "intervention_browse", "clinical_results", "synthetic",
)  # fmt: skip
"""The children of a study that are looked at; a record has dozens of locations beside them."""


def parse(data: bytes) -> etree._Element:
    """The root of an XML study record. Raises `UnreadableError` for anything else: other XML, HTML, a DTD, bad encoding."""
    if b"<!DOCTYPE" in data[:4096]:  # further on a parser that resolves nothing finds it: entities need one
        raise UnreadableError("the XML declares a document type or entities; a registry record has none")
    # a parser per document: libxml2 keeps the names of all that a parser has read
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True, remove_blank_text=True,
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
    nodes = _children(study, *_WANTED)
    one = {tag: each[0].text for tag, each in nodes.items()}
    design = _design(nodes, one)
    eligibility = _texts_below(nodes, "eligibility")
    sponsor = _children(nodes["sponsors"][0]).get("lead_sponsor") if "sponsors" in nodes else None
    study_type = words.value("study_type", one.get("study_type"), warnings)
    interventions = [_texts_of(each) for each in nodes.get("intervention", ())]
    links = [(_first(each, "intervention_name") or "", each.get("arm_group_label", ())) for each in interventions]
    criteria = _children(nodes["eligibility"][0]).get("criteria") if "eligibility" in nodes else None

    def date(field: str, *tags: str) -> str | None:
        return next((found for tag in tags if (found := words.iso_date(field, one.get(tag), warnings))), None)

    return admit(
        _first(_texts_below(nodes, "id_info"), "nct_id"),
        Protocol(
            brief_title=one.get("brief_title") or "",
            official_title=one.get("official_title"),
            brief_summary=_first(_texts_below(nodes, "brief_summary"), "textblock"),
            detailed_description=_first(_texts_below(nodes, "detailed_description"), "textblock"),
            conditions=_texts(nodes, "condition"),
            keywords=_texts(nodes, "keyword"),
            study_type=study_type,
            phases=words.interventional(study_type, words.phases(one.get("phase"), warnings)),
            allocation=words.value("allocation", design.get("Allocation"), warnings),
            intervention_model=words.value("intervention_model", design.get("Intervention Model"), warnings),
            primary_purpose=words.value("primary_purpose", design.get("Primary Purpose"), warnings),
            masking=words.masking(design.get("Masking"), warnings),
            arms=tuple(
                [
                    Arm(
                        label=(label := _first(each, "arm_group_label") or ""),
                        type=words.value("arm_type", _first(each, "arm_group_type"), warnings),
                        description=_first(each, "description"),
                        intervention_names=tuple([name for name, labels in links if label in labels]),
                    )
                    for each in map(_texts_of, nodes.get("arm_group", ()))
                ]
            ),
            interventions=tuple(
                [
                    Intervention(
                        name=_first(each, "intervention_name") or "",
                        type=words.value("intervention_type", _first(each, "intervention_type"), warnings),
                        description=_first(each, "description"),
                        other_names=tuple(filter(None, each.get("other_name", ()))),
                    )
                    for each in interventions
                ]
            ),
            primary_outcomes=_measures(nodes, "primary_outcome"),
            secondary_outcomes=_measures(nodes, "secondary_outcome"),
            eligibility=Eligibility(
                criteria=_first(_texts_of(criteria[0]), "textblock") if criteria else None,
                sex=words.value("sex", _first(eligibility, "gender"), warnings),
                minimum_age=words.age(_first(eligibility, "minimum_age"), warnings),
                maximum_age=words.age(_first(eligibility, "maximum_age"), warnings),
                healthy_volunteers=words.yes_no("healthy_volunteers", _first(eligibility, "healthy_volunteers"), warnings),
            ),
            lead_sponsor_class=words.value(
                "sponsor_class", _first(_texts_of(sponsor[0]), "agency_class") if sponsor else None, warnings
            ),
        ),
        Source(
            format="xml",
            file=file,
            version_date=date("version_date", "last_update_posted", "last_update_submitted", "lastchanged_date"),
        ),
        outcome=Outcome(
            overall_status=words.value("status", one.get("overall_status"), warnings),
            why_stopped=_line(one.get("why_stopped")),
            enrollment=words.count("enrollment", one.get("enrollment"), warnings),
            enrollment_actual=words.actual(nodes["enrollment"][0].get("type")) if "enrollment" in nodes else None,
            primary_completion_date=date("primary_completion_date", "primary_completion_date"),
            completion_date=date("completion_date", "completion_date"),
            has_results="clinical_results" in nodes,
        ),
        start_date=date("start_date", "start_date"),
        condition_mesh=tuple(filter(None, _texts_below(nodes, "condition_browse").get("mesh_term", ()))),
        intervention_mesh=tuple(filter(None, _texts_below(nodes, "intervention_browse").get("mesh_term", ()))),
        synthetic="synthetic" in nodes,
    )


Nodes = dict[str, list[etree._Element]]
"""The children of an element by tag: one pass over them, where a path each would look through them again."""


def _children(node: etree._Element, *tags: str) -> Nodes:
    found: Nodes = {}
    for each in node.iterchildren(*tags):
        if (tag := each.tag) in found:
            found[tag].append(each)
        else:
            found[tag] = [each]
    return found


def _texts_of(node: etree._Element) -> dict[str, list[str]]:
    """The texts of the children of an element by tag."""
    found: dict[str, list[str]] = {}
    for each in node:
        found.setdefault(each.tag, []).append(each.text or "")
    return found


def _texts_below(nodes: Nodes, tag: str) -> dict[str, list[str]]:
    return _texts_of(nodes[tag][0]) if tag in nodes else {}


def _first(texts: dict[str, list[str]], tag: str) -> str | None:
    return texts[tag][0] if tag in texts else None


def _design(nodes: Nodes, one: dict[str, str | None]) -> dict[str, str]:
    """The design by its v1 names, from `study_design_info` or from the older one-line `study_design`."""
    if "study_design_info" in nodes:
        info = _texts_below(nodes, "study_design_info")
        names = ("Allocation", "Intervention Model", "Masking", "Primary Purpose")
        return {name: _first(info, name.lower().replace(" ", "_")) or "" for name in names}
    return one_line_design(one.get("study_design") or "")


def one_line_design(text: str) -> dict[str, str]:
    """The parts of the older one-line design ("Allocation: Randomized, Masking: Open Label"), by their v1 names."""
    return dict(_DESIGN.findall(text))


def _texts(nodes: Nodes, tag: str) -> tuple[str, ...]:
    return tuple([each.text for each in nodes.get(tag, ()) if each.text])


def _line(text: str | None) -> str | None:
    return " ".join((text or "").split()) or None


def _measures(nodes: Nodes, tag: str) -> tuple[OutcomeMeasure, ...]:
    return tuple(
        [
            OutcomeMeasure(
                measure=_first(each, "measure") or "",
                time_frame=_first(each, "time_frame"),
                description=_first(each, "description"),
            )
            for each in map(_texts_of, nodes.get(tag, ()))
        ]
    )
