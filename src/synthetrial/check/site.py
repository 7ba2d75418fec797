"""`site`: the record does not say where or by whom it is run.

Refuses hospitals, clinics, universities and institutes by name, sponsors and study groups (`data/sponsors.txt`), and cities
and countries (`data/places.txt`) where a place of the study is named ("patients recruited in Kampala"). Places in the names
of diseases, scales and criteria pass (West Nile virus, Western Ontario and McMaster Universities index, National Cancer
Institute criteria), and so do peoples and languages.
"""

from __future__ import annotations

import functools
import re
from typing import Final

from synthetrial.check.candidate import Candidate
from synthetrial.check.copy import given_strings
from synthetrial.check.gate import Gate
from synthetrial.check.tables import alternatives, table
from synthetrial.check.view import View
from synthetrial.shape import slots
from synthetrial.trial import Protocol

CODE: Final = "site"

_CAP = r"[A-ZÀ-ÖØ-Þ][\w.'’&-]*[\w'’]"
_LINK = r"(?: (?:of|and|de|del|di|da|do|la|le|des|du|der|für|at|in|the|for|&) (?:the )?| )"
_HOUSE = (
    r"(?:Hospitals?|Hôpital|Hospice|Clinics?|Medical (?:Cent(?:er|re)|School|College)|Cancer (?:Cent(?:er|re)|"
    r"Institute)|Heart (?:Cent(?:er|re)|Institute)|"
    r"Eye (?:Cent(?:er|re)|Institute|Hospital)|Health (?:Cent(?:er|re)|System|Sciences Cent(?:er|re))|Research "
    r"(?:Cent(?:er|re)|Institute)|Institut(?:e|es|o)?|Universit(?:y|ies|é|ät|à)|"
    r"College|School of (?:Medicine|Nursing|Public Health|Dentistry|Pharmacy)|Infirmary|Polyclinic|Klinikum|"
    r"Sanatorium|NHS (?:Foundation )?Trust)"
)
_NAMED = re.compile(rf"(?P<name>(?:{_CAP} ){{1,5}}){_HOUSE}\b(?P<of>{_LINK}{_CAP})?")
_OF = re.compile(
    rf"\b(?:University|Universities|Universität|Université|Universidad|Hospital|Institute|College|Clinic|Hôpital) "
    rf"(?:Hospitals? )?(?:of|de|di|da|of the|in|at) (?P<name>{_CAP}(?: {_CAP}){{0,3}})"
)
_INSTRUMENT = re.compile(
    r"(?:\W+[\w()-]+){0,11}?\W+(?:scales?|scores?|questionnaires?|criteria|index|indices|tests?|classifications?|"
    r"inventor(?:y|ies)|assessments?|guidelines?|terminology|"
    r"grading|staging|ratings?|survey|toxicity|CTC|CTCAE|NCI-CTC\w*|definitions?|recommendations?|common|consensus|"
    r"working group|stroke scale|physicians|response|performance|"
    r"checklist|scoring|stages?|grades?|form|battery|instrument|interview|protocol|standards?|diary|symptom|risk|"
    r"QLQ\S*|module|quality|students?|calculator|equation|formula|method|regimen|diet)\b",
    re.IGNORECASE,
)
_BODIES = re.compile(
    r"(?:National (?:Cancer |Heart,? Lung,? and Blood |Eye |Kidney )?Institutes?(?: of (?:Health|Mental Health|"
    r"Neurological))?|National (?:Cholesterol|Comprehensive)|American College|Royal College|"
    r"World Health|Institute of Medicine|American Heart|National Institute for Health|National Institute of Allergy|"
    r"National University Hospital Bleeding)"
)
_AT_PLACE_BEFORE = re.compile(
    r"\b(?:conducted|performed|carried out|recruit\w*|enrol\w*|sites?|cent(?:er|re)s?|hospitals?|clinics?|located|"
    r"held|run|undertaken|set|based|tak\w+ place|implemented|"
    r"patients|participants|subjects|children|women|men|adults|infants|volunteers|study|trial|households|villages?|"
    r"schools?|districts?|cities|countries|investigators?|admitted|attending|treated|"
    r"department|residen\w+|resid\w+|liv\w+|population|communit\w+|regions?|areas?|districts?)\b[^.;]{0,40}$",
    re.IGNORECASE,
)
_BACKGROUND = re.compile(
    r"\b(?:licen[sc]ed|approved|available|marketed|leading|common\w*|prevalen\w+|inciden\w+|estimated|million|"
    r"billion|thousand|deaths?|cause[sd]?|epidemic|endemic|burden|rates?|percent|%|annual\w*|"
    r"each year|per year|every year|used|registered|authori[sz]ed|sold|guidelines?|recommend\w+|travel\w*|born|"
    r"occur\w*|affect\w*|diagnosed|previous\w*|other|reported|standard|costs?|outbreaks?|"
    r"published|showed|found|policy|legal|insurance|law|practice|worldwide|history|vaccinat\w+|virus|first|since|"
    r"citizens?|introduced|developed|currently)\b",
    re.IGNORECASE,
)


@functools.cache
def _sponsors() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{alternatives(table('sponsors'))})(?![\w-])")


@functools.cache
def _places() -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:in|at|from|throughout|across|within|near) (?:the )?(?:(?:[Nn]orth|[Ss]outh|[Ee]ast|[Ww]est|"
        rf"[Cc]entral)(?:ern)? |rural |urban )?(?P<place>{alternatives(table('places'))})\b"
        r"(?![- ](?:virus|fever|encephalitis|disease|syndrome|scale|score|classification|criteria|stain|equation|"
        r"index|[Cc]ognitive|[Hh]eart|[Ss]leepiness|consensus|[Cc]riteria|[IVX]+\b|blue|[Rr]ed|[Bb]lue|plaster))"
    )


_HOUSES: Final = (
    "ospi", "ôpital", "linic", "edical ", "ancer ", "eart ", "ye ", "ealth ", "esearch ", "nstitut", "niversi", "ollege",
    "chool of ", "nfirmary", "linikum", "anatorium", "NHS ",
)  # fmt: skip
"""A part of every house of `_HOUSE` and `_OF`."""


@functools.cache
def _gate() -> Gate:
    """Houses, sponsors, places."""
    return Gate((_HOUSES, table("sponsors"), table("places")))


@functools.cache
def _plain() -> frozenset[str]:
    return frozenset(table("plain_houses"))


def check(candidate: Candidate, view: View) -> str | None:
    """The first name of a site or sponsor, or None. Names that the plan gave (a product called after its maker) pass."""
    if candidate.protocol is None:
        return None
    given = " ".join(given_strings(candidate.cell)).casefold()
    return find(candidate.protocol, given)


def find(protocol: Protocol, given: str = "") -> str | None:
    """The first name of a site or sponsor in `protocol` that is not part of `given` (lower case), or None."""
    for section, text in slots(protocol):
        name = find_in(text, title=section in ("Title", "Official title"))
        if name and name.casefold() not in given:
            return f"{section}: {name!r}"
    return None


def find_in(text: str, title: bool = False) -> str | None:
    """The first name of a site or sponsor in `text`, or None. In a `title` a house needs "at" or the like."""
    maybe = _gate().open(text)
    houses, sponsors, places = (each in maybe for each in range(3))
    for pattern in (_OF, _NAMED) if houses else ():
        for found in pattern.finditer(text):
            if _is_house(text, found, title and pattern is _NAMED):
                return found[0].strip()
    for found in _sponsors().finditer(text) if sponsors else ():
        if not _instrument(text, found) and text[found.end() : found.end() + 2] != "'s":
            return found[0]
    for found in _places().finditer(text) if places else ():
        start = max(text.rfind(". ", 0, found.start()), text.rfind("; ", 0, found.start()), 0)
        end = text.find(". ", found.end())
        sentence = text[start : end if end >= 0 else len(text)]
        if not _BACKGROUND.search(sentence) and _AT_PLACE_BEFORE.search(text[start : found.start()]):
            return found[0]
    return None


def _is_house(text: str, found: re.Match[str], title: bool) -> bool:
    names = [each.strip(".,'’") for each in found["name"].split()]
    if all(each in _plain() or (each.isupper() and len(each) < 4) for each in names) or _BODIES.search(found[0]):
        return False
    if title and not re.search(r"\b(?:at|in|from|of|by)(?: the)? $", text[: found.start()], re.IGNORECASE):
        return False
    return not _instrument(text, found)


def _instrument(text: str, found: re.Match[str]) -> bool:
    """Whether the name belongs to a scale, score, criteria or the like."""
    clause = re.split(r"[.;,](?:\s|$)", text[found.start() :], maxsplit=1)[0]
    return bool(_INSTRUMENT.match(f" {clause}"))
