"""`identity`: nothing in the record points to a registered trial, a publication or a person (invariant 4).

Refuses registry numbers, DOIs, PubMed numbers, URLs, e-mail addresses and phone numbers, and persons by their contact
patterns ("Principal Investigator: Jane Roe"), titles (Dr., Prof.), degrees (Roe, MD), citations (Roe et al.) and given names.
Surnames that name a disease, score or test (`data/eponyms.txt`) are no persons. Every text is scanned, given parts included.

`scan` does it for any text; benchmarks/identity.py prints its precision and recall.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from synthetrial import text as rendering
from synthetrial.check.candidate import Candidate
from synthetrial.check.tables import alternatives, table
from synthetrial.check.view import View

CODE: Final = "identity"


class Finding(NamedTuple):
    """What points to a trial, publication or person: its kind, its place in the text (start, end), and its text."""

    kind: str
    span: tuple[int, int]
    text: str


_PATTERNS: Final = tuple(
    (kind, re.compile(pattern, flags))
    for kind, pattern, flags in (
        ("registry", r"\bNCT[\s-]?(?:No\.?\s?|number\s?:?\s?)?\d{5,8}\b", re.IGNORECASE),
        ("registry", r"\b(?:19|20)\d{2}-\d{6}-\d{2}\b|\b20\d{2}-5\d{5}-\d{2}-\d{2}\b", 0),
        (
            "registry",
            r"\bISRCTN\s?\d{4,}\b|\bACTRN\s?\d{8,}\b|\bChiCTR[-\w]*\d{4,}\b|\bCTRI/\d{4}/[\d/]+|\bUMIN\s?\d{6,}\b",
            re.IGNORECASE,
        ),
        (
            "registry",
            r"\bDRKS\s?\d{6,}\b|\bNTR\s?\d{3,5}\b|\bIRCT\s?\d{8,}\w*\b|\bKCT\s?\d{7}\b|\bJapicCTI-?\d+\b|"
            r"\bjRCT[a-z]?\d{6,}\b",
            0,
        ),
        ("registry", r"\bPACTR\s?\d{8,}\b|\bTCTR\s?\d{8,}\b|\bRBR-\w{5,}\b|\bU1111-\d{4}-\d{4}\b|\bSLCTR/\d{4}/\d+", 0),
        (
            "registry",
            r"\b(?:EudraCT|Eudra-CT|ISRCTN|ClinicalTrials\.gov)\s*(?:identifier|ID|no\.?|number|"
            r"nr\.?)?\s*[:#]?\s*(?=\w*\d)[\w-]{4,}",
            re.IGNORECASE,
        ),
        ("doi", r"\b(?:doi:?\s*)?10\.\d{4,9}/\S+", re.IGNORECASE),
        ("pmid", r"\b(?:PMID|PubMed(?: ID)?)\s*[:#]?\s*\d{5,9}\b|\bPMC\d{5,}\b", re.IGNORECASE),
        (
            "email",
            r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b[\w.+-]+\s?(?:\[at\]|\(at\))\s?[\w-]+(?:\.[\w-]+)+|"
            r"\b[\w.+-]+\s?(?:\[at\]|\(at\)| at )\s?[\w-]+\s?(?:\[dot\]|\(dot\)| dot "
            r")\s?\w{2,}",
            re.IGNORECASE,
        ),
        ("url", r"\b(?:https?|ftp)://\S+|\bwww\.[\w-]+\.\S+", re.IGNORECASE),
        (
            "url",
            r"(?<![@\w.])[\w-]{3,}(?:\.[\w-]+)*\.(?:com|org|net|gov|edu|info|eu|ac\.uk|co\.uk|"
            r"nhs\.uk)(?:/[^\s,;)]*)?(?![\w@])",
            0,
        ),
        ("phone", r"(?<![\w-])\+\d{1,3}[\s.-]?(?:\(0?\d{1,4}\)[\s.-]?)?\d{1,4}(?:[\s./-]?\d{2,4}){2,4}(?!\w)", 0),
        (
            "phone",
            r"(?<![\w.-])(?:1[-. ])?\(\d{3}\)\s?\d{3}[-. ]\d{4}(?!\w)|"
            r"(?<![\w./-])(?:1[-.])?[2-9]\d{2}[-.]\d{3}[-.]\d{4}(?![\w/-]|\s?(?:mg|mcg|µg|ug|ml|iu|units?|kg|g)\b)",
            re.IGNORECASE,
        ),
        ("phone", r"(?<![\w-])(?:1[- ])?8(?:00|44|55|66|77|88)-[A-Z]{2,}[A-Z-]*\b", 0),
        (
            "phone",
            r"\b(?:tel(?:ephone)?|phone|fax|mobile|cell(?:phone)?|hotline|call(?:ing)?|pager|dial)\b\s*(?:us|the study "
            r"team|number|no)?\s*(?:at|on)?[\s.:#]*\+?\(?\d[\d\s().-]{5,}\d",
            re.IGNORECASE,
        ),
        ("phone", r"(?<!\w)0\d{2,4}[\s/-]\d{3,4}[\s-]\d{3,4}(?!\w)", 0),
    )
)

# a name as it is written: an initial or a capitalised word, with particles and hyphens
_CAP = r"(?:Mc|Mac|O['’]|D['’]|De|Di|Van|Le)?[A-ZÀ-ÖØ-ÞŁŚŠŽČ][a-zà-öø-ÿłśšžčćńęąğışőű]+"
_SURNAME = rf"(?:(?:van|von|de|der|den|del|della|di|da|dos|la|le|el|al|bin|ten|ter)[ -]){{0,2}}{_CAP}(?:[-'’]{_CAP})*"
_INITIALS = r"(?:[A-Z]\.[ -]?){1,3}"
_FULL = rf"(?:{_CAP}(?:-{_CAP})?|{_INITIALS})(?: (?:{_CAP}|{_INITIALS}|[A-Z]\b))?,? ?{_SURNAME}"
_DEGREE = (
    r"(?:M\.D\.|Ph\.?\s?D\b\.?|Pharm\.?\s?D\b\.?|D\.O\.|R\.N\.|MBBS|MBChB|M\.B\.B\.S\.|FRCP\w?|FRCS|FACP|FACS|FACC|DrPH|"
    r"Dr\.? ?med\.|M\.P\.H\.|Sc\.D\.|DSc|DNP|DDS|DMD|D\.M\.D\.)"
)
_COMMA_DEGREE = r"(?:MD|DO|RN|MPH|MSc|M\.?Sc\.?|MS|BSc|NP|PA-C|CRNP|LCSW|PsyD|RD|DVM)\b"
_ROLE = (
    r"(?:(?:[Cc]o-?|[Ss]ub-?)?(?:[Pp]rincipal |[Cc]oordinating |[Ll]ead |[Cc]hief |[Rr]esponsible |[Oo]verall |"
    r"[Ss]ite )?[Ii]nvestigators?|PI|[Ss]tudy (?:[Cc]hair(?:man|person)?|[Dd]irector|[Cc]oordinator|[Nn]urse|"
    r"[Cc]ontact|[Oo]fficial)|"
    r"[Cc]ontact(?: [Pp]erson)?|[Mm]edical [Mm]onitor|[Rr]esearch (?:[Nn]urse|[Cc]oordinator)|[Ss]ponsor [Cc]ontact|"
    r"[Aa]uthors?|[Ss]upervisors?|[Bb]iostatistician|[Rr]esponsible [Pp]arty)"
)
_LED = (
    r"(?:[Ll]ed|[Cc]haired|[Dd]irected|[Cc]oordinated|[Ss]upervised|[Cc]onducted|[Pp]erformed|[Dd]eveloped|[Dd]esigned|"
    r"[Ii]nitiated|[Oo]verseen|[Ii]nvestigated|[Dd]escribed|[Pp]ublished|[Rr]eported) by"
)


@functools.cache
def _person_patterns() -> tuple[tuple[re.Pattern[str] | None, re.Pattern[str]], ...]:
    """(gate, pattern) pairs: patterns that start with a name try every capital, so a quick gate says first whether to look."""
    given = alternatives(table("given_names"))
    patterns = (
        (
            None,
            rf"\b(?:Drs?|Prof(?:essor)?|Professors|Mr|Mrs|Ms|Mme|Doctor|Dame|Dott|Herr|Frau)\b\.?,? (?:(?:Dr|Prof|"
            rf"med|h\.c)\.? ?)*(?P<name>(?:{_INITIALS}|{_CAP} ){{0,2}}{_SURNAME})",
        ),
        (_DEGREE, rf"(?P<name>{_FULL}),? {_DEGREE}"),
        (f", {_COMMA_DEGREE}", rf"(?P<name>{_FULL}), {_COMMA_DEGREE}"),
        (None, rf"\b{_ROLE}(?: is| was|\(s\))?\s?[:=–-]\s?(?:Dr\.? |Prof\.? )?(?P<name>{_FULL}|[A-Z]{{3,}}, [A-Z]{{3,}})"),
        (
            None,
            rf"\b(?:[Cc]ontact|[Ii]nvestigator|[Cc]oordinator|[Dd]irector|[Cc]hair) (?:is |was )?"
            rf"(?P<name>{_CAP} (?:[A-Z]\.? )?{_SURNAME})",
        ),
        (None, rf"\b{_LED} (?P<name>{_FULL})"),
        (None, rf"\bunder the (?:direction|supervision|leadership|guidance) of (?P<name>{_FULL})"),
        (r"\bet\.? ?al\b", rf"(?P<name>{_SURNAME}(?: [A-Z]{{1,2}})?(?:,? (?:and|&) {_SURNAME})?),? et\.? ?al\b"),
        (r"(?:19|20)\d\d[a-z]?\)", rf"\(?(?P<name>{_SURNAME}(?: (?:and|&) {_SURNAME})?),? \(?(?:19|20)\d{{2}}[a-z]?\)"),
        (None, rf"\b(?P<name>(?:{given})(?:-(?:{given}))? (?:[A-Z]\.? )?(?!and\b|or\b){_SURNAME})\b"),
        (None, rf"(?<![\w.])(?!U\.\s?[SK]\.)(?P<name>(?:[A-Z]\.[ -]?){{2,3}}{_CAP}(?:-{_CAP})?)(?=[\s,.;)]|$)"),
    )
    return tuple((re.compile(gate) if gate else None, re.compile(pattern)) for gate, pattern in patterns)


@functools.cache
def _eponyms() -> frozenset[str]:
    return frozenset(each.casefold() for each in table("eponyms"))


@functools.cache
def _capitals() -> frozenset[str]:
    return frozenset(table("common_capitals"))


def check(candidate: Candidate, view: View) -> str | None:
    """The first thing that points to a trial, publication or person, or None."""
    if candidate.protocol is None:
        return None
    for section, body in rendering.sections(candidate.protocol).items():
        for finding in _find(body):
            return f"{section}: {finding.kind} {finding.text[:60]!r}"
    return None


def scan(text: str) -> list[Finding]:
    """All that points to a trial, publication or person in `text`, in order of place; overlapping findings once."""
    findings: list[Finding] = []
    for each in sorted(_find(text), key=lambda found: (found.span[0], -found.span[1])):
        if not findings or each.span[0] >= findings[-1].span[1]:
            findings.append(each)
    return findings


def _find(text: str) -> Iterator[Finding]:
    for kind, pattern in _PATTERNS:
        for found in pattern.finditer(text):
            if kind != "phone" or 7 <= sum(map(str.isdigit, found[0])) <= 15 or "-" in found[0]:
                yield Finding(kind, found.span(), found[0])
    for gate, pattern in _person_patterns():
        if gate and not gate.search(text):
            continue
        for found in pattern.finditer(text):
            if _is_name(found["name"], text[found.end("name") : found.end("name") + 24]):
                yield Finding("person", found.span(), found[0])


def _is_name(name: str, behind: str) -> bool:
    """Whether `name` can be a person: no common word in it, and not made of eponyms alone or of what a test is called by."""
    parts = [each for each in re.split(r"[\s,]+", name) if len(each.strip(".")) > 1]
    surnames = [each for each in re.split(r"[\s,'’-]+", name) if each[:1].isupper() and len(each.strip(".")) > 1]
    if not surnames or not _capitals().isdisjoint(parts):
        return False
    if re.match(
        r"(?:['’]s?)?[- ](?:\w+ )?(?:disease|syndrome|scale|score|test|index|criteria|questionnaire|method|classification|sign|"
        r"lymphoma|sarcoma|grass|pollen|hospital|universit|college|church|medical|cancer|respirator|formula|"
        r"equation|inventory|anemia|phenomenon|procedure|technique|virus|stag|grad|solution|plot|cell)",
        behind,
        re.IGNORECASE,
    ):
        return False
    return not all(each.casefold() in _eponyms() for each in surnames)
