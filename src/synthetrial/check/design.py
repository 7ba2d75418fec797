"""`design`: the design is the planned one, hangs together, and the text does not say another.

Refuses a design value that differs from the plan (phase, allocation, model, masking, purpose, sponsor class, sex, ages, arm
types in order, conditions, intervention names and types); combinations that fewer than 2 % of real trials show (measured by
tests/check/test_calibration.py; a single group with two arms, say, is common and passes); and text that contradicts the
values: "double-blind" without masking, "placebo-controlled" without a placebo, another phase, "single-arm" with two arms,
"randomized" where allocation is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from synthetrial.check.candidate import Candidate
from synthetrial.check.view import View
from synthetrial.plan import Design
from synthetrial.trial import Protocol

CODE: Final = "design"

_BLIND = re.compile(
    r"\b(?:double|triple|quadruple|single|observer|assessor|investigator)[- ](?:blind|mask)(?:ed)?\b", re.IGNORECASE
)
_FULLY_BLIND = re.compile(r"\b(?:double|triple|quadruple)[- ](?:blind|mask)(?:ed)?\b", re.IGNORECASE)
_OPEN = re.compile(
    r"\b(?:open[- ]label(?:led|ed)?|unblinded|unmasked|non-blinded)\b(?! (?:extension|phase|period|follow|run|part|"
    r"lead|stage|portion|safety|long|continu))",
    re.IGNORECASE,
)
_PLACEBO_CONTROLLED = re.compile(r"\bplacebo[- ]controlled\b", re.IGNORECASE)
_PLACEBO = re.compile(r"\b(?:placebos?|sham|vehicle|saline|dummy|sugar pill|inactive|water|dextrose)\b", re.IGNORECASE)
_SINGLE_ARM = re.compile(r"\b(?:single|one)[- ]arm(?:ed)?\b", re.IGNORECASE)
_ARMS = re.compile(r"\b(two|three|four|2|3|4)[- ]arm(?:ed)?\b", re.IGNORECASE)
_RANDOMIZED = re.compile(r"(?<!non-)(?<!non )(?<!not )(?<!non)\brandomi[sz]ed\b", re.IGNORECASE)
_NON_RANDOMIZED = re.compile(r"\b(?:non-?|non |not |un)randomi[sz]ed\b", re.IGNORECASE)
_PHASE = re.compile(
    r"\bphase[- ]((?:[1-4]|I{1,3}V?|IV)[abc]?(?:\s*(?:[/&+-]|and|to)\s*(?:phase )?(?:[1-4]|I{1,3}|IV)[abc]?)*)(?![\w])",
    re.IGNORECASE,
)
_NUMERALS: Final = {"1": 1, "2": 2, "3": 3, "4": 4, "I": 1, "II": 2, "III": 3, "IV": 4}
_NUMBER_WORDS: Final = {"two": 2, "three": 3, "four": 4, "2": 2, "3": 3, "4": 4}
_NOT_THIS_TRIAL = re.compile(
    r"\b(?:previous|prior|earlier|past|completed|recent|other|published|preclinical|phase [^.]{0,40} (?:trial|"
    r"stud)\w* (?:has|have|showed|found)|"
    r"followed by|subsequent|future|later|another|parent|feeder|core|substudy|sub-study|extension|pooled|results? of|"
    r"in (?:a|two|three|several|the) (?:randomi|double|phase|placebo))",
    re.IGNORECASE,
)


def check(candidate: Candidate, view: View) -> str | None:
    """The first contradiction with the plan or within the record, or None."""
    if candidate.protocol is None:
        return None
    return differs(candidate.protocol, candidate.cell.design) or disagrees(candidate.protocol)


def design_of(protocol: Protocol) -> Design:
    """The design attributes that `protocol` has."""
    e = protocol.eligibility
    return Design(
        conditions=protocol.conditions,
        interventions=tuple((each.type, each.name) for each in protocol.interventions),
        arms=tuple(each.type for each in protocol.arms),
        study_type=protocol.study_type,
        phases=protocol.phases,
        allocation=protocol.allocation,
        intervention_model=protocol.intervention_model,
        primary_purpose=protocol.primary_purpose,
        masking=protocol.masking,
        lead_sponsor_class=protocol.lead_sponsor_class,
        sex=e.sex,
        minimum_age=e.minimum_age,
        maximum_age=e.maximum_age,
        healthy_volunteers=e.healthy_volunteers,
    )


def differs(protocol: Protocol, plan: Design) -> str | None:
    """The first attribute in which `protocol` is not as planned, or None. Names and conditions compare without case."""
    written = design_of(protocol)
    if len(written.arms) != len(plan.arms):
        return f"{len(written.arms)} arms, planned {len(plan.arms)}"
    for field in plan.__struct_fields__:
        mine, planned = getattr(written, field), getattr(plan, field)
        if mine != planned and repr(mine).casefold() != repr(planned).casefold():
            return f"{field} is {mine!r}, planned {planned!r}"[:160]
    return None


def disagrees(protocol: Protocol) -> str | None:
    """The first contradiction within `protocol`, or None."""
    return next(_combinations(protocol), None) or contradiction(protocol)


def contradiction(protocol: Protocol) -> str | None:
    """The first words of titles or summary that contradict the design attributes, or None."""
    return next(_contradictions(protocol), None)


def _combinations(protocol: Protocol) -> Iterator[str]:
    types = [each.type for each in protocol.arms]
    if protocol.allocation == "RANDOMIZED" and len(types) == 1:
        yield "randomized with a single arm"
    if "PLACEBO_COMPARATOR" in types and protocol.masking == "NONE" and len(types) == 1:
        yield "an open trial of placebo alone"
    if types and all(each in ("PLACEBO_COMPARATOR", "SHAM_COMPARATOR", "NO_INTERVENTION") for each in types):
        yield "no arm gets a treatment"


def _contradictions(protocol: Protocol) -> Iterator[str]:
    titles = f"{protocol.brief_title}. {protocol.official_title or ''}"
    sentences = re.split(r"(?<=[.!?])\s+|\n", protocol.brief_summary or "")
    own = " ".join([titles, *(each for each in sentences if not _NOT_THIS_TRIAL.search(each))])
    arms = len(protocol.arms)
    if protocol.masking == "NONE" and (found := _BLIND.search(titles) or _FULLY_BLIND.search(own)):
        yield f"{found[0]!r} without masking"
    if protocol.masking in ("DOUBLE", "TRIPLE", "QUADRUPLE") and not _BLIND.search(own) and (found := _OPEN.search(own)):
        yield f"{found[0]!r} with {protocol.masking.lower()} masking"
    if arms and (found := _PLACEBO_CONTROLLED.search(own)) and not _gives_placebo(protocol):
        yield f"{found[0]!r} without a placebo"
    if arms > 1 and (found := _SINGLE_ARM.search(own)):
        yield f"{found[0]!r} with {arms} arms"
    if arms and (found := _ARMS.search(own)) and _NUMBER_WORDS[found[1].lower()] > arms:
        yield f"{found[0]!r} with {arms} arm{'s' * (arms > 1)}"
    if protocol.allocation in ("NON_RANDOMIZED", "NA") and (found := _RANDOMIZED.search(own)):
        yield f"{found[0]!r} where allocation is {protocol.allocation}"
    if protocol.allocation == "RANDOMIZED" and (found := _NON_RANDOMIZED.search(own)):
        yield f"{found[0]!r} where allocation is RANDOMIZED"
    planned = {int(each[-1]) for each in protocol.phases if each[-1].isdigit()}
    if planned:
        for found in _PHASE.finditer(own):
            said = {_NUMERALS[each.upper()] for each in re.findall(r"[1-4]|IV|I{1,3}", found[1], re.IGNORECASE)}
            if said.isdisjoint(planned):
                yield f"{found[0]!r} where the phase is {', '.join(protocol.phases)}"


def _gives_placebo(protocol: Protocol) -> bool:
    texts = (
        *(f"{each.label} {each.description or ''} {' '.join(each.intervention_names)}" for each in protocol.arms),
        *(f"{each.name} {each.description or ''}" for each in protocol.interventions),
    )
    return any(each.type in ("PLACEBO_COMPARATOR", "SHAM_COMPARATOR") for each in protocol.arms) or any(
        _PLACEBO.search(each) for each in texts
    )
