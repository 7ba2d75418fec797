"""Named pieces of text, as other people's records have them, put together to a `Protocol`.

A record in any nested form is told as a run of events: a name opens, text follows, the name closes. `Fields` takes them with
the names of the legacy XML, of API v2 (camelCase or snake_case) and of everyday headings; enumerations are read by
`corpus.readers.vocabulary`. Names that say what became of a trial are not on the list, so their text is dropped (invariant 1).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from synthetrial import canonical
from synthetrial.corpus.readers import legacy_xml, vocabulary
from synthetrial.errors import ParseError
from synthetrial.trial import Arm, Eligibility, Intervention, OutcomeMeasure, Protocol

_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "brief_title": ("brief_title", "title", "study_title", "public_title", "trial_title"),
    "official_title": ("official_title", "scientific_title", "full_title"),
    "brief_summary": ("brief_summary", "summary", "study_summary"),
    "detailed_description": ("detailed_description", "description", "study_description"),
    "conditions": ("conditions", "condition", "diseases", "disease", "indication", "indications"),
    "keywords": ("keywords", "keyword"),
    "study_type": ("study_type",),
    "phase": ("phase", "phases", "study_phase", "trial_phase"),
    "allocation": ("allocation",),
    "intervention_model": ("intervention_model", "study_model"),
    "primary_purpose": ("primary_purpose", "purpose"),
    "masking": ("masking", "blinding"),
    "sex": ("sex", "gender", "sexes"),
    "minimum_age": ("minimum_age", "min_age"),
    "maximum_age": ("maximum_age", "max_age"),
    "healthy_volunteers": ("healthy_volunteers", "accepts_healthy_volunteers"),
    "criteria": ("criteria", "eligibility", "eligibility_criteria", "eligibility_module"),
    "inclusion": ("inclusion_criteria", "inclusion"),
    "exclusion": ("exclusion_criteria", "exclusion"),
    "design": ("study_design",),
    "sponsor_class": ("agency_class", "lead_sponsor_class", "sponsor_class", "class"),
}  # fmt: skip
_GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "arm": ("arm", "arms", "arm_group", "arm_groups", "study_arms", "treatment_arms"),
    "intervention": ("intervention", "interventions", "treatment", "treatments", "drugs", "drug"),
    "primary": ("primary_outcome", "primary_outcomes", "primary_outcome_measure", "primary_outcome_measures",
                "primary_endpoint", "primary_endpoints"),
    "secondary": ("secondary_outcome", "secondary_outcomes", "secondary_outcome_measure", "secondary_outcome_measures",
                  "secondary_endpoint", "secondary_endpoints"),
}  # fmt: skip
_PARTS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "arm": {
        "name": ("arm_group_label", "label", "name", "arm_name", "title"), "type": ("arm_group_type", "type", "arm_type"),
        "description": ("description", "arm_group_description"), "others": ("intervention_names", "intervention_name"),
    },
    "intervention": {
        "name": ("intervention_name", "name", "title"), "type": ("intervention_type", "type"),
        "description": ("description", "intervention_description"), "others": ("other_name", "other_names"),
        "arms": ("arm_group_label", "arm_group_labels"),
    },
    "primary": {"name": ("measure", "name", "title"), "frame": ("time_frame", "timeframe"), "description": ("description",)},
    "secondary": {"name": ("measure", "name", "title"), "frame": ("time_frame", "timeframe"), "description": ("description",)},
}  # fmt: skip
_DROPPED: Final = frozenset(
    """nct_id org_study_id overall_status status why_stopped enrollment start_date completion_date primary_completion_date
    last_known_status source location locations overall_official overall_contact contact responsible_party results label
    has_results verification_date study_first_submitted last_update_posted condition_browse intervention_browse sponsor
    org_name agency lead_sponsor_name study_pop sampling_method biospec number_of_arms id required_header url
    reference references citation phone email acronym""".split()  # noqa: SIM905 (a list of one word a line would be fifty lines)
)
_INLINE: Final = frozenset(["textblock", "p", "br", "text", "value", "item"])
"""Names within a text: what they hold belongs to what is open."""
_AROUND: Final = frozenset(
    """clinical_study study record trial protocol protocol_section identification_module description_module
    conditions_module design_module design_info masking_info arms_interventions_module outcomes_module
    sponsor_collaborators_module lead_sponsor sponsors study_design_info id_info""".split()  # noqa: SIM905 (likewise)
)
"""Names around others, which hold no text themselves."""
_FIELD_OF: Final = {name: field for field, names in _FIELDS.items() for name in names}
_GROUP_OF: Final = {name: group for group, names in _GROUPS.items() for name in names}
_PART_OF: Final = {group: {name: part for part, names in parts.items() for name in names} for group, parts in _PARTS.items()}


def normal(name: str) -> str:
    """A name in snake_case without numbering: "briefTitle", "Brief Title" and "brief_title 1" are brief_title."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"_+\d*$", "", re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_"))


def known(name: str) -> bool:
    """Whether a normal `name` means something at the top of a record or in any group."""
    return (
        name in _FIELD_OF or name in _GROUP_OF or name in _DROPPED or name in _INLINE or name in _AROUND
        or any(name in parts for parts in _PART_OF.values())
    )  # fmt: skip


class Fields:
    """Takes events in the order of the record; `protocol()` gives what they say."""

    def __init__(self) -> None:
        self.plain: dict[str, list[str]] = {}
        self.items: dict[str, list[dict[str, list[str]]]] = {each: [] for each in _GROUPS}
        self.group: str | None = None
        self.target: list[str] | None = None
        self.dropping = False

    @property
    def in_criteria(self) -> bool:
        """Whether text now goes into the criteria: headings within them are text."""
        return self.target is not None and self.target is self.plain.get("criteria")

    def open(self, name: str) -> bool:
        """A name (normal) opens. False where it means nothing here: its text is not wanted."""
        if self.group and name in _PART_OF[self.group]:
            part, items = _PART_OF[self.group][name], self.items[self.group]
            if part in items[-1] and part not in ("others", "arms"):
                items.append({})
            self.target = items[-1].setdefault(part, [])
            self.target.append("")
        elif name in _GROUP_OF:
            self.group, self.target = _GROUP_OF[name], None
            self.items[self.group].append({})
        elif name in _FIELD_OF:
            self.group = None
            self.target = self.plain.setdefault(_FIELD_OF[name], [])
            self.target.append("")
        elif name in _AROUND:
            self.group = self.target = None
        elif name not in _INLINE:
            self.target, self.dropping = None, True
            return False
        self.dropping = False
        return True

    def close(self, name: str) -> None:
        """A name closes."""
        if _GROUP_OF.get(name) == self.group:
            self.group = None
        if name not in _INLINE:
            self.target = None

    def text(self, text: str) -> None:
        """Text of what is open; text of a group itself names an item."""
        if self.dropping:
            return
        if not text.strip():
            if self.target and self.target[-1]:
                self.target[-1] += "\n"  # a blank line parts paragraphs
            return
        if self.target is None and self.group:
            for row in filter(str.strip, text.split("\n")):
                self._item(re.sub(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+", "", row).strip())
        elif self.target is not None:
            self.target[-1] = f"{self.target[-1]}\n{text}" if self.target[-1] else text

    def types_item(self, word: str) -> bool:
        """Whether `word` is the type of an item that can begin here ("Drug" in "Drug: Metformin", within interventions)."""
        if self.group not in ("arm", "intervention") or self.target is not None:
            return False
        return vocabulary.value(f"{self.group}_type", word, Counter()) is not None

    def _item(self, row: str) -> None:
        items = self.items[self.group or ""]
        if "name" in items[-1]:
            items.append({})
        kind, colon, rest = row.partition(": ")
        if colon and self.types_item(kind):
            items[-1] |= {"type": [kind], "name": [rest]}
        else:
            items[-1]["name"] = [row]

    def protocol(self) -> Protocol:
        """The protocol in canonical form. Raises `ParseError` without a title, or with nothing but one."""
        dropped: Counter[str] = Counter()
        title, official = self._line("brief_title"), self._line("official_title")
        if not (title or official):
            raise ParseError("no title found")
        study_type = vocabulary.value("study_type", self._line("study_type"), dropped)
        design = legacy_xml.one_line_design(self._one("design") or "")

        def designed(field: str, name: str) -> str | None:
            return self._line(field) or design.get(name)

        links = [(name, each.get("arms", [])) for each in self.items["intervention"] if (name := _first(each, "name"))]
        found = canonical.protocol(
            Protocol(
                brief_title=title or official or "",
                official_title=official,
                brief_summary=self._one("brief_summary"),
                detailed_description=self._one("detailed_description"),
                conditions=self._list("conditions"),
                keywords=self._list("keywords"),
                study_type=study_type,
                phases=vocabulary.interventional(study_type, vocabulary.phases("/".join(self._list("phase")), dropped)),
                allocation=vocabulary.value("allocation", designed("allocation", "Allocation"), dropped),
                intervention_model=vocabulary.value(
                    "intervention_model", designed("intervention_model", "Intervention Model"), dropped
                ),
                primary_purpose=vocabulary.value("primary_purpose", designed("primary_purpose", "Primary Purpose"), dropped),
                masking=vocabulary.masking(designed("masking", "Masking"), dropped),
                arms=tuple(
                    Arm(
                        label=_first(each, "name") or "",
                        type=vocabulary.value("arm_type", _first(each, "type"), dropped),
                        description=_first(each, "description"),
                        intervention_names=vocabulary.intervention_names(
                            _split(each.get("others", [])) or [name for name, arms in links if _first(each, "name") in arms],
                            vocabulary.in_order(name for name, _ in links),
                        ),
                    )
                    for each in self.items["arm"]
                ),
                interventions=tuple(
                    Intervention(
                        name=_first(each, "name") or "",
                        type=vocabulary.value("intervention_type", _first(each, "type"), dropped),
                        description=_first(each, "description"),
                        other_names=tuple(_split(each.get("others", []))),
                    )
                    for each in self.items["intervention"]
                ),
                primary_outcomes=self._measures("primary"),
                secondary_outcomes=self._measures("secondary"),
                eligibility=Eligibility(
                    criteria=self._criteria(),
                    sex=vocabulary.value("sex", self._line("sex"), dropped),
                    minimum_age=vocabulary.age(self._line("minimum_age"), dropped),
                    maximum_age=vocabulary.age(self._line("maximum_age"), dropped),
                    healthy_volunteers=vocabulary.yes_no("healthy_volunteers", self._line("healthy_volunteers"), dropped),
                ),
                lead_sponsor_class=vocabulary.value("sponsor_class", self._line("sponsor_class"), dropped),
            )
        )
        if not found.brief_title:
            raise ParseError("no title found")
        if found == Protocol(brief_title=found.brief_title, official_title=found.official_title):
            raise ParseError("nothing but a title found")
        return found

    def _one(self, field: str) -> str | None:
        return "\n".join(each for each in self.plain.get(field, ()) if each.strip()).strip() or None

    def _first(self, field: str) -> str | None:
        return next((each.strip() for each in self.plain.get(field, ()) if each.strip()), None)

    def _line(self, field: str) -> str | None:
        return (self._first(field) or "").partition("\n")[0].strip() or None

    def _list(self, field: str) -> tuple[str, ...]:
        return tuple(_split(self.plain.get(field, [])))

    def _criteria(self) -> str | None:
        parts = [self._one("criteria") or ""]
        for field, heading in (("inclusion", "Inclusion Criteria:"), ("exclusion", "Exclusion Criteria:")):
            if body := self._one(field):
                parts.append(f"{heading}\n{body}")
        return "\n".join(each for each in parts if each) or None

    def _measures(self, group: str) -> tuple[OutcomeMeasure, ...]:
        return tuple(
            OutcomeMeasure(
                measure=_first(each, "name") or "", time_frame=_first(each, "frame"), description=_first(each, "description")
            )
            for each in self.items[group]
        )


def _first(item: dict[str, list[str]], part: str) -> str | None:
    return " ".join(item.get(part, [""])[0].split()) or None


def _split(values: list[str]) -> list[str]:
    """The entries of a list: those told singly as they are, one text cut at lines and semicolons; bullets and brackets off."""
    told = [each for each in values if each.strip()]
    rows = re.split(r"[\n;]", told[0]) if len(told) == 1 else [" ".join(each.split()) for each in told]
    return [done for each in rows if (done := re.sub(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+", "", each).strip(" \t[]'\""))]
