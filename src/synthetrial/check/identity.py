"""`identity`: nothing in the record points to a registered trial, a publication or a person (invariant 4).

Refuses registry numbers, DOIs, PubMed numbers, URLs, e-mail addresses and phone numbers, and persons by their contact
patterns ("Principal Investigator: Jane Roe"), titles (Dr., Prof.), degrees (Roe, MD), citations (Roe et al.) and given names.
Surnames that name a disease, score or test (`data/eponyms.txt`) are no persons. Every text is scanned, given parts included.

`scan` does it for any text; benchmarks/identity.py prints its precision and recall.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from synthetrial import text as rendering
from synthetrial.check.candidate import Candidate
from synthetrial.check.gate import Gate
from synthetrial.check.tables import alternatives, table
from synthetrial.check.view import View

CODE: Final = "identity"


class Finding(NamedTuple):
    """What points to a trial, publication or person: its kind, its place in the text (start, end), and its text."""

    kind: str
    span: tuple[int, int]
    text: str


_PATTERNS: Final = tuple(
    (kind, needed, re.compile(pattern, flags))
    for kind, needed, pattern, flags in (
        ("registry", ("nct",), r"\bNCT[\s-]?(?:No\.?\s?|number\s?:?\s?)?\d{5,8}\b", re.IGNORECASE),
        ("registry", ("19", "20"), r"\b(?:19|20)\d{2}-\d{6}-\d{2}\b|\b20\d{2}-5\d{5}-\d{2}-\d{2}\b", 0),
        (
            "registry",
            ("isrctn", "actrn", "chictr", "ctri", "umin"),
            r"\bISRCTN\s?\d{4,}\b|\bACTRN\s?\d{8,}\b|\bChiCTR[-\w]*\d{4,}\b|\bCTRI/\d{4}/[\d/]+|\bUMIN\s?\d{6,}\b",
            re.IGNORECASE,
        ),
        (
            "registry",
            ("drks", "ntr", "irct", "kct", "japiccti", "jrct"),
            r"\bDRKS\s?\d{6,}\b|\bNTR\s?\d{3,5}\b|\bIRCT\s?\d{8,}\w*\b|\bKCT\s?\d{7}\b|\bJapicCTI-?\d+\b|"
            r"\bjRCT[a-z]?\d{6,}\b",
            0,
        ),
        (
            "registry",
            ("pactr", "tctr", "rbr-", "u1111", "slctr"),
            r"\bPACTR\s?\d{8,}\b|\bTCTR\s?\d{8,}\b|\bRBR-\w{5,}\b|\bU1111-\d{4}-\d{4}\b|\bSLCTR/\d{4}/\d+",
            0,
        ),
        (
            "registry",
            ("eudra", "isrctn", "clinicaltrials"),
            r"\b(?:EudraCT|Eudra-CT|ISRCTN|ClinicalTrials\.gov)\s*(?:identifier|ID|no\.?|number|"
            r"nr\.?)?\s*[:#]?\s*(?=\w*\d)[\w-]{4,}",
            re.IGNORECASE,
        ),
        ("doi", ("10.",), r"\b(?:doi:?\s*)?10\.\d{4,9}/\S+", re.IGNORECASE),
        ("pmid", ("pmid", "pubmed", "pmc"), r"\b(?:PMID|PubMed(?: ID)?)\s*[:#]?\s*\d{5,9}\b|\bPMC\d{5,}\b", re.IGNORECASE),
        (
            "email",
            ("@", "[at]", "(at)", "dot"),
            r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b[\w.+-]+\s?(?:\[at\]|\(at\))\s?[\w-]+(?:\.[\w-]+)+|"
            r"\b[\w.+-]+\s?(?:\[at\]|\(at\)| at )\s?[\w-]+\s?(?:\[dot\]|\(dot\)| dot "
            r")\s?\w{2,}",
            re.IGNORECASE,
        ),
        ("url", ("://", "www."), r"\b(?:https?|ftp)://\S+|\bwww\.[\w-]+\.\S+", re.IGNORECASE),
        (
            "url",
            (".com", ".org", ".net", ".gov", ".edu", ".info", ".eu", ".ac.uk", ".co.uk", ".nhs.uk"),
            r"(?<![@\w.])[\w-]{3,}(?:\.[\w-]+)*\.(?:com|org|net|gov|edu|info|eu|ac\.uk|co\.uk|"
            r"nhs\.uk)(?:/[^\s,;)]*)?(?![\w@])",
            0,
        ),
        ("phone", ("+",), r"(?<![\w-])\+\d{1,3}[\s.-]?(?:\(0?\d{1,4}\)[\s.-]?)?\d{1,4}(?:[\s./-]?\d{2,4}){2,4}(?!\w)", 0),
        (
            "phone",
            tuple(digit + mark for digit in "0123456789" for mark in "-.)"),
            r"(?<![\w.-])(?:1[-. ])?\(\d{3}\)\s?\d{3}[-. ]\d{4}(?!\w)|"
            r"(?<![\w./-])(?:1[-.])?[2-9]\d{2}[-.]\d{3}[-.]\d{4}(?![\w/-]|\s?(?:mg|mcg|µg|ug|ml|iu|units?|kg|g)\b)",
            re.IGNORECASE,
        ),
        (
            "phone",
            ("800-", "844-", "855-", "866-", "877-", "888-"),
            r"(?<![\w-])(?:1[- ])?8(?:00|44|55|66|77|88)-[A-Z]{2,}[A-Z-]*\b",
            0,
        ),
        (
            "phone",
            ("tel", "phone", "fax", "mobile", "cell", "hotline", "call", "pager", "dial"),
            r"\b(?:tel(?:ephone)?|phone|fax|mobile|cell(?:phone)?|hotline|call(?:ing)?|pager|dial)\b\s*(?:us|the study "
            r"team|number|no)?\s*(?:at|on)?[\s.:#]*\+?\(?\d[\d\s().-]{5,}\d",
            re.IGNORECASE,
        ),
        ("phone", ("0",), r"(?<!\w)0\d{2,4}[\s/-]\d{3,4}[\s-]\d{3,4}(?!\w)", 0),
    )
)
"""(kind, needed, pattern): a match holds one of the strings `needed` in lower case."""
_GATE: Final = Gate([needed for _, needed, _ in _PATTERNS])

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
_ROLES = (
    "nvestigator", "PI", "hair", "irector", "oordinator", "urse", "ontact", "fficial", "onitor", "uthor", "upervisor",
    "iostatistician", "arty",
)  # fmt: skip
"""A part of every role of `_ROLE`."""
_DEGREES = ("D", "R.N", "MB", "M.B", "FRC", "FAC", "M.P")
"""A part of every degree of `_DEGREE`."""
_CAPITALISED = re.compile(r"\b[^\W\d_a-z][^\W\d_]+")
_LED = (
    r"(?:[Ll]ed|[Cc]haired|[Dd]irected|[Cc]oordinated|[Ss]upervised|[Cc]onducted|[Pp]erformed|[Dd]eveloped|[Dd]esigned|"
    r"[Ii]nitiated|[Oo]verseen|[Ii]nvestigated|[Dd]escribed|[Pp]ublished|[Rr]eported) by"
)


@functools.cache
def _person_patterns() -> tuple[Gate, tuple[tuple[Callable[[str], object], re.Pattern[str]], ...]]:
    """The gate of all, and (search, pattern) pairs: patterns that start with a name try every capital, so a quick search says
    first whether to look."""
    given = alternatives(table("given_names"))

    def search(gate: str) -> Callable[[str], object]:
        return re.compile(gate).search

    def anything(text: str) -> object:
        return True

    patterns = (
        (
            ("Dr", "Prof", "Mr", "Ms", "Mme", "Doctor", "Dame", "Dott", "Herr", "Frau"),
            anything,
            rf"\b(?:Drs?|Prof(?:essor)?|Professors|Mr|Mrs|Ms|Mme|Doctor|Dame|Dott|Herr|Frau)\b\.?,? (?:(?:Dr|Prof|"
            rf"med|h\.c)\.? ?)*(?P<name>(?:{_INITIALS}|{_CAP} ){{0,2}}{_SURNAME})",
        ),
        (_DEGREES, search(_DEGREE), rf"(?P<name>{_FULL}),? {_DEGREE}"),
        ((", ",), search(f", {_COMMA_DEGREE}"), rf"(?P<name>{_FULL}), {_COMMA_DEGREE}"),
        (
            _ROLES,
            anything,
            rf"\b{_ROLE}(?: is| was|\(s\))?\s?[:=–-]\s?(?:Dr\.? |Prof\.? )?(?P<name>{_FULL}|[A-Z]{{3,}}, [A-Z]{{3,}})",
        ),
        (
            ("ontact ", "nvestigator ", "oordinator ", "irector ", "hair "),
            anything,
            rf"\b(?:[Cc]ontact|[Ii]nvestigator|[Cc]oordinator|[Dd]irector|[Cc]hair) (?:is |was )?"
            rf"(?P<name>{_CAP} (?:[A-Z]\.? )?{_SURNAME})",
        ),
        (("ed by ", "seen by "), anything, rf"\b{_LED} (?P<name>{_FULL})"),
        (("under the ",), anything, rf"\bunder the (?:direction|supervision|leadership|guidance) of (?P<name>{_FULL})"),
        (
            ("et",),
            search(r"\bet\.? ?al\b"),
            rf"(?P<name>{_SURNAME}(?: [A-Z]{{1,2}})?(?:,? (?:and|&) {_SURNAME})?),? et\.? ?al\b",
        ),
        (
            ("19", "20"),
            search(r"(?:19|20)\d\d[a-z]?\)"),
            rf"\(?(?P<name>{_SURNAME}(?: (?:and|&) {_SURNAME})?),? \(?(?:19|20)\d{{2}}[a-z]?\)",
        ),
        (
            table("given_names"),
            _has_given_name,
            rf"\b(?P<name>(?:{given})(?:-(?:{given}))? (?:[A-Z]\.? )?(?!and\b|or\b){_SURNAME})\b",
        ),
        (
            (".",),
            search(r"[A-Z]\.[ -]?[A-Z]\."),
            rf"(?<![\w.])(?!U\.\s?[SK]\.)(?P<name>(?:[A-Z]\.[ -]?){{2,3}}{_CAP}(?:-{_CAP})?)(?=[\s,.;)]|$)",
        ),
    )
    return Gate([needed for needed, _, _ in patterns]), tuple((quick, re.compile(pattern)) for _, quick, pattern in patterns)


def _has_given_name(text: str) -> bool:
    """Whether a word of `text` is a given name: one look at each word, where the pattern tries every name at every word."""
    return not _given_names().isdisjoint(_CAPITALISED.findall(text))


@functools.cache
def _given_names() -> frozenset[str]:
    return frozenset(table("given_names"))


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
    for at in _GATE.open(text.lower()):
        kind, _, pattern = _PATTERNS[at]
        for found in pattern.finditer(text):
            if kind != "phone" or 7 <= sum(map(str.isdigit, found[0])) <= 15 or "-" in found[0]:
                yield Finding(kind, found.span(), found[0])
    gate, patterns = _person_patterns()
    for at in gate.open(text):
        search, by_name = patterns[at]
        if not search(text):
            continue
        for found in by_name.finditer(text):
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
