"""`outcome-leak`: the record says what a trial sets out to do, not what became of it.

Refuses words that tell a result or a status ("was terminated", "results showed", "failed to meet its endpoint"). Design text
that sounds alike passes: subjects will be withdrawn, stopping rules, failed prior therapy, complete response, completed
treatment. What happened in *other* trials is background and passes too, where the sentence says so.
"""

from __future__ import annotations

import re
from typing import Final

from synthetrial.check.candidate import Candidate
from synthetrial.check.gate import Gate
from synthetrial.check.view import View
from synthetrial.shape import slots
from synthetrial.trial import Protocol

CODE: Final = "outcome-leak"

_STUDY = (
    r"(?:(?:the|this|our|present|current|clinical|phase [1-4IV/ab]+|registered|sponsor's) )*(?:study|trial|protocol|"
    r"research project)"
)
_ENDED = (
    r"(?:prematurely |early |voluntarily |permanently |temporarily )?(?:terminated|stopped|halted|closed|discontinued|"
    r"suspended|withdrawn|cancell?ed|abandoned|put on hold|placed on hold)"
)
_ENROLMENT = r"(?:(?:patient|participant|subject|study|trial|slow|low|poor|further) )?(?:enroll?ment|recruitment|accrual)"
_PATTERNS: Final = tuple(
    (needed, re.compile(pattern, re.IGNORECASE))
    for needed, pattern in (
        (
            (
                "terminated",
                "stopped",
                "halted",
                "closed",
                "discontinued",
                "suspended",
                "withdrawn",
                "cancel",
                "abandoned",
                "on hold",
            ),
            rf"\b{_STUDY} (?:was|has been|had been|were|is|got) (?:\w+ly )?{_ENDED}\b",
        ),
        (
            ("never", "not start", "ended", "closed"),
            rf"\b{_STUDY} (?:never started|did not start|was not started|was never (?:started|initiated)|has ended|"
            rf"ended early|closed early)\b",
        ),
        (
            ("termination", "closure", "discontinuation"),
            rf"\b(?:early|premature) (?:termination|closure|discontinuation) of {_STUDY} (?:was|due|because|owing)\b",
        ),
        (
            ("termination", "closure", "discontinuation"),
            rf"\b(?:due to|because of|owing to|after) the (?:early|premature) (?:termination|closure|discontinuation) of "
            rf"{_STUDY}\b",
        ),
        (
            ("safe", "tolerated"),
            r"\b(?:was|were|proved) (?:an? )?(?:safe|well[- ]tolerated) and (?:safe|well[- ]tolerated|effective|efficacious)\b",
        ),
        (
            ("terminated", "withdrawn", "stopped", "halted", "suspended", "closed", "cancel"),
            r"\b(?:terminated|withdrawn|stopped|halted|suspended|closed|cancell?ed) (?:early |prematurely )?(?:due to|"
            r"because of|owing to|for|after|by the sponsor|as a result of) (?:the )?(?:\w+ )?(?:slow|low|poor|lack|"
            r"insufficient|funding|futility|business|sponsor|accrual|enroll?ment|recruitment|interim|covid)",
        ),
        (
            ("enrol", "recruitment", "accrual"),
            rf"\b{_ENROLMENT} (?:was|has been|were|is) (?:\w+ly )?(?:{_ENDED}|completed|slow|too slow|poor|insufficient|"
            rf"low|lower|slower)\b",
        ),
        (
            ("enrol", "recruitment", "accrual"),
            r"\b(?:slow|low|poor|insufficient|inadequate|lack of) (?:\w+ )?(?:enroll?ment|recruitment|accrual)\b",
        ),
        (
            ("no participant", "no patient", "no subject"),
            r"\bno (?:participants?|patients?|subjects?) (?:was|were|has been|have been|had been) (?:ever "
            r")?(?:enroll?ed|recruited|randomi[sz]ed|included)\b",
        ),
        (
            ("only", "total of", "in total", "overall"),
            r"\b(?:only|a total of|in total|overall),? \w+(?:[ -]\w+)? (?:participants?|patients?|subjects?|volunteers|"
            r"men|women|children) (?:was|were|had been|have been) (?:actually )?(?:enroll?ed|recruited|randomi[sz]ed|"
            r"included|treated|dosed|analy[sz]ed)\b",
        ),
        (
            ("show", "demonstrate", "revealed", "confirmed", "indicated", "failed to"),
            r"\b(?:the|our|these|study|trial|final|interim|primary|topline|top-line|main) (?:results|findings|data|"
            r"analysis|analyses) (?:showed|show|demonstrated|demonstrate|revealed|confirmed|indicated|did not (?:show|"
            r"demonstrate)|failed to)\b",
        ),
        (
            ("results",),
            r"^(?:overall,? )?results (?:showed|demonstrated|revealed|confirmed|indicated)\b",
        ),
        (
            ("result",),
            r"\bresults? (?:from|of) (?:this|the present|the current) (?:study|trial) (?:showed|show|demonstrated?|"
            r"revealed|confirmed|indicated?)\b",
        ),
        (
            ("failed to",),
            r"\bfailed to (?:meet|reach|achieve|show|demonstrate) (?:its|the|a|any|statistical|significan\w+|"
            r"superiority|non-?inferiority|efficacy|benefit|improvement)\b",
        ),
        (
            ("met", "reached", "achieved"),
            r"\b(?:primary|secondary|main|co-primary) (?:end ?-?points?|outcomes?|objectives?) (?:was|were|has been|"
            r"have been) (?:not )?(?:met|reached|achieved)\b",
        ),
        (
            ("did not",),
            r"\bdid not (?:meet|reach) (?:its|the|their) (?:primary|secondary|main|pre-?specified)\b",
        ),
        (
            ("primary",),
            r"\b(?:met|reached|missed) (?:its|the|their) (?:co-)?primary (?:end ?-?point|outcome|objective)",
        ),
        (
            ("significantly", "markedly", "dramatically", "substantially"),
            r"\b(?:significantly|markedly|dramatically|substantially) (?:improved|reduced|increased|decreased|prolonged|"
            r"lowered|better|higher|lower|longer|fewer)\b[^.]{0,80}\b(?:in this (?:study|trial)|compared (?:with|to) "
            r"placebo \(|p\s?[<=]\s?0?\.\d)",
        ),
        (
            ("in this", "<", "="),
            r"\b(?:was|were) (?:statistically )?(?:significant|superior|non-?inferior|well[- ]tolerated|effective|"
            r"ineffective)\b[^.]{0,60}\b(?:in this (?:study|trial)|p\s?[<=]\s?0?\.\d)",
        ),
        (
            ("<", "="),
            r"\bp(?:-value)?\s?[<=]\s?0?\.\d+\s?\)",
        ),
        (
            ("completed", "success", "a failure", "negative", "positive"),
            rf"\b{_STUDY} (?:was|has been) (?:\w+ly )?(?:completed|successful|unsuccessful|a success|a failure|negative|"
            rf"positive)\b",
        ),
        (
            ("showed", "demonstrated", "found", "revealed", "concluded", "proved", "confirmed"),
            rf"\b{_STUDY} (?:showed|demonstrated|found|revealed|concluded|proved|confirmed) (?:that|no|a|an|the|"
            rf"significant|superior)\b",
        ),
        (
            ("found", "concluded", "observed", "showed", "demonstrated"),
            r"\b(?:we|the authors|the investigators|investigators) (?:found|concluded|observed|showed|demonstrated) "
            r"(?:that|no|a|an|significant)\b",
        ),
        (
            ("interim analysis", "monitoring", "dsmb", "dmc", "independent"),
            r"\b(?:interim analysis|data (?:safety )?monitoring (?:board|committee)|dsmb|dmc|idmc|independent "
            r"committee) (?:has |had )?(?:recommended|showed|revealed|advised|concluded|found|stopped|halted|"
            r"indicated)\b",
        ),
        (
            ("for futility", "for efficacy", "for lack", "for safety", "for benefit", "for harm"),
            r"\b(?:stopped|terminated|halted|closed|ended) (?:early )?for (?:futility|efficacy|lack of efficacy|safety "
            r"reasons|benefit|harm)\b(?<!may be stopped for futility)",
        ),
        (
            ("funding",),
            r"\bfunding (?:was|has been|had been) (?:withdrawn|lost|cut|cancell?ed|exhausted|discontinued|terminated)\b",
        ),
        (
            ("decided", "elected", "chose", "opted"),
            r"\b(?:sponsor|company|manufacturer|investigator|pi) (?:has )?(?:decided|elected|chose|opted) (?:to (?:stop|"
            r"terminate|discontinue|halt|close|cancel|withdraw|end)|not to (?:proceed|continue|start))",
        ),
        (
            ("discontinued", "terminated", "withdrawn", "abandoned"),
            r"\b(?:drug|product|compound|treatment|program|programme|development) (?:development )?(?:was|has been) "
            r"(?:discontinued|terminated|withdrawn from the market|abandoned)\b",
        ),
        (
            ("withdrawn",),
            r"\bwithdrawn (?:due to|because of|prior to enroll?ment|before enroll?ment|by the sponsor)\b",
        ),
        (
            ("status", "stopped"),
            r"\b(?:overall status|recruitment status|study status|why stopped|reason stopped)\b",
        ),
        (
            ("no longer",),
            r"\bthis (?:study|trial) (?:is|was) no longer\b|\bno longer (?:recruiting|enroll?ing)\b",
        ),
    )
)
"""(needed, pattern): a match holds one of the strings `needed` in lower case."""
_GATE: Final = Gate([needed for needed, _ in _PATTERNS])
_DESIGN = re.compile(
    r"\b(?:will|would|may|might|can|could|shall|should|must|if|when|once|until|unless|in case|in the event|whether|"
    r"criteria for|"
    r"rules?|to be|considered|plan(?:ned|s)?|aims?|hypothes\w+|expected|anticipated|determine|assess|decides?)\b",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(?:previous(?:ly)?|prior|earlier|past|recent(?:ly)?|other|another|published|preclinical|pre-clinical|"
    r"animals?|mice|rats?|"
    r"preliminary|pilot|literature|meta-analys[ei]s|review|reported|phase [1-4IVab/]+ (?:stud|trial|data)\w*|large|several|"
    r"many|two|three|studies|trials|et al|\d{4}|in vitro|parent|historical\w*|experience)\b",
    re.IGNORECASE,
)
_OF_A_PATIENT = re.compile(
    r"\b(?:patients?|subjects?|participants?|medication|therapy|treatments?|drugs?) (?:who|whose|that|which)\b|\bhistory of\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def check(candidate: Candidate, view: View) -> str | None:
    """The first words that tell an outcome, or None."""
    protocol = candidate.protocol
    return None if protocol is None else find(protocol)


def find(protocol: Protocol) -> str | None:
    """The first words of `protocol` that tell an outcome, with their section, or None."""
    for section, text in slots(protocol):
        if leak := find_in(text):
            return f"{section}: {leak!r}"
    return None


def find_in(text: str) -> str | None:
    """The first words of `text` that tell an outcome, or None."""
    maybe = _GATE.open(text.lower())
    for sentence in _SENTENCE.split(text) if maybe else ():
        for at in maybe:
            found = _PATTERNS[at][1].search(sentence)
            if found and not _excused(sentence, found):
                return found[0]
    return None


def _excused(sentence: str, found: re.Match[str]) -> bool:
    """Whether the sentence plans for the case, speaks of another trial, or of what a patient had."""
    before = sentence[: found.start()]
    names_this = re.search(r"\b(?:this|our|present|current) (?:\w+ )?(?:study|trial)\b", sentence, re.IGNORECASE)
    return bool(
        _DESIGN.search(found[0])
        or _DESIGN.search(before)
        or _OF_A_PATIENT.search(before)
        or (not names_this and _ELSEWHERE.search(sentence))
    )
