"""`coherence`: the record is of one piece, and its criteria can be met.

Refuses a record whose title, summary, inclusion criteria or endpoints speak of a condition of one of its exemplars that is
not its own (a small writer lets the exemplars bleed through), unless that condition is spoken of in many training trials that
do not study it; a record that holds no word of its own conditions; ages, sexes and conditions that cannot go together; and the
same criterion for inclusion and exclusion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from synthetrial.check.candidate import Candidate
from synthetrial.check.view import View, condition_terms, subject_text
from synthetrial.plan import Cell
from synthetrial.shape import CriteriaParts, criteria_parts, slots
from synthetrial.similar.spans import words
from synthetrial.trial import Protocol, RegistryTrial

CODE: Final = "coherence"
COMMON: Final = 0.005
"""A condition that this share of the training trials speak of without studying it belongs to none of them."""

_COMMON_LEAST: Final = 2
_UNSPECIFIC_WORDS: Final = """
    a acute adult advanced and associated blood body c b cancer carcinoma cell cells child childhood chronic
    clinical complications condition congenital deficiency disease diseases disorder disorders due early effects
    elderly failure for function health healthy hereditary human in induced infection infections infectious
    injury insufficiency late locally malignant management metastatic mild moderate neoplasm neoplasms of on or other pain
    patients people persistent postoperative prevention primary recurrent refractory relapsed related resistant
    secondary severe stage surgery syndrome system the therapy to treatment tumor tumour type unspecified
    volunteers with i ii iii iv 1 2 3 4
"""
_DAYS: Final = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}
_AGE = re.compile(r"(\d+(?:\.\d+)?)\s*(minute|hour|day|week|month|year)s?", re.IGNORECASE)
_RANGE = re.compile(
    r"\b(?:age[sd]?|between|from|years? of age|years? old)\b[^.;\d]{0,25}?(\d{1,3})\s*(?:years?)?\s*(?:-|–|to|and|"
    r"through)\s*(\d{1,3})\s*(?:years|yrs?|y\.?o)\b|"
    r"^(\d{1,3})\s*(?:-|–|to)\s*(\d{1,3})\s*(?:years|yrs?)\b(?: old| of age|$)",
    re.IGNORECASE,
)
_LEAST = re.compile(
    r"(?:\bage[sd]?\s*(?:of\s*)?(?:≥|>=|>|at least|over|above|older than)\s*|\bat least\s+|^(?:≥|>=|"
    r">)\s*)(\d{1,3})\s*(?:years|yrs?)\b(?: of age| old|$|[.,;])|"
    r"\b(\d{1,3}) years (?:of age |old )?(?:or|and) (?:older|over|above)\b",
    re.IGNORECASE,
)
_MALE = re.compile(
    r"\b(?:prostat\w+|testicular|testis|erectile|benign prostatic|hypospadias|azoospermia|varicocele|peyronie\w*|"
    r"premature ejaculation)\b",
    re.IGNORECASE,
)
_FEMALE = re.compile(
    r"\b(?:ovarian|cervical (?:cancer|intraepithelial|carcinoma|dysplasia|ripening)|endometri\w+|uterine|uterus|"
    r"menopaus\w+|postmenopaus\w+|pregnan\w+|preeclampsia|pre-eclampsia|labou?r pain|vaginal|vaginosis|vulv\w+|"
    r"menorrhagia|dysmenorrh\w+|polycystic ovar\w+|breast\s?feeding|lactation|postpartum)\b",
    re.IGNORECASE,
)
_WOMEN_ONLY = re.compile(
    r"^(?:(?:healthy|adult|pregnant|postmenopausal|post-menopausal|premenopausal|breastfeeding|lactating|"
    r"nulliparous) )*(?:pregnant|women|females?|girls)\b(?! (?:partners?|condom|sex(?:ual)? partner|subjects? "
    r"partner|or males?|and males?|or men|and men))",
    re.IGNORECASE,
)
_MEN_ONLY = re.compile(
    r"^(?:(?:healthy|adult|circumcised) )*(?:men|males?|boys)\b(?! (?:partners?|and|or|\/|condom|sex(?:ual)? partner))",
    re.IGNORECASE,
)
_OTHER_SEX = re.compile(
    r"\bpartners?\b|\b(?:fe)?males?\s*(?:/|or|and|&)\s*(?:non-?pregnant )?(?:fe)?males?\b|\b(?:wo)?men\s*(?:/|or|"
    r"and|&)\s*(?:wo)?men\b|\binfants?\b|\bborn\b|\bmothers?\b",
    re.IGNORECASE,
)


def check(candidate: Candidate, view: View) -> str | None:
    """The first thing that does not belong, or None."""
    if candidate.protocol is None:
        return None
    return (
        next(_impossible(candidate.protocol), None)
        or _stranger(candidate, candidate.protocol, view)
        or _off_topic(candidate.protocol)
    )


def days(age: str | None) -> float | None:
    """An age as the registry writes it ("18 Years", "6 Months") in days; None for no age or one that cannot be read."""
    found = _AGE.match(age or "")
    return float(found[1]) * _DAYS[found[2].lower()] if found else None


def foreign_terms(cell: Cell, exemplars: Sequence[RegistryTrial], view: View) -> dict[str, str]:
    """The conditions of `exemplars` (words joined by blanks) that a record of `cell` must not speak of, and whose they are."""
    own = {_stem(each) for each in words(" ".join(cell.design.conditions))}
    own |= {_stem(each) for _, name in cell.design.interventions for each in words(name)}
    specific = own - _UNSPECIFIC
    bound = max(_COMMON_LEAST, COMMON * len(view.trial_ids))
    found: dict[str, str] = {}
    for exemplar in exemplars:
        for term in sorted(condition_terms(exemplar.protocol.conditions)):
            stems = set(map(_stem, term.split()))
            # "follicular lymphoma" is at home where the plan says "lymphoma", "gastric cancer" is not at "lung cancer"
            if not (stems <= own | _UNSPECIFIC or stems & specific or view.strangers.get(term, 0) >= bound):
                found.setdefault(term, exemplar.trial_id)
    return found


def _stranger(candidate: Candidate, protocol: Protocol, view: View) -> str | None:
    text = subject_text(protocol)
    for term, trial_id in foreign_terms(candidate.cell, candidate.exemplars, view).items():
        if f" {term} " in text:
            return f"speaks of {term!r}, a condition of {trial_id} and not its own"
    return None


def _off_topic(protocol: Protocol) -> str | None:
    """Whether the written text holds no word of the record's own conditions (first five letters: pancreas, pancreatic)."""
    own = {stem[:5] for each in words(" ".join(protocol.conditions)) if len(stem := _stem(each)) > 2 and stem not in _UNTOLD}
    if not own:
        return None
    told = {_stem(each)[:5] for _, text in slots(protocol) for each in words(text)}
    return None if own & told else f"speaks of none of its conditions ({'; '.join(protocol.conditions)[:60]})"


@lru_cache(maxsize=32_768)
def _stem(word: str) -> str:
    """A word without plural and the endings in which condition terms differ (tumour, tumours; leukaemia, leukemia)."""
    return re.sub(r"(?:ies|es|s|y)$", "", word).replace("ae", "e").replace("our", "or")


def _impossible(protocol: Protocol) -> Iterator[str]:
    e = protocol.eligibility
    least, most = days(e.minimum_age), days(e.maximum_age)
    if least is not None and most is not None and least > most:
        yield f"minimum age {e.minimum_age} is above the maximum {e.maximum_age}"
    parts = criteria_parts(e.criteria or "")
    yield from _ages(parts, least, most)
    subject = f"{protocol.brief_title} {' '.join(protocol.conditions)}"
    if e.sex == "FEMALE" and (found := _MALE.search(subject)) and not _FEMALE.search(subject):
        yield f"{found[0]!r} in a trial of women"
    if e.sex == "MALE" and (found := _FEMALE.search(subject)) and not _MALE.search(subject):
        yield f"{found[0]!r} in a trial of men"
    wrong = {"MALE": _WOMEN_ONLY, "FEMALE": _MEN_ONLY}.get(e.sex or "")
    if wrong:
        for item in parts.inclusion:
            if (found := wrong.match(item)) and not _OTHER_SEX.search(item):
                yield f"{found[0]!r} included where sex is {e.sex}"
    yield from _both_ways(parts)


def _ages(parts: CriteriaParts, least: float | None, most: float | None) -> Iterator[str]:
    low = 0.0 if least is None else least
    high = 130 * _DAYS["year"] if most is None else most
    for item in parts.inclusion:
        for found in _RANGE.finditer(item):
            first, last = (float(each) * _DAYS["year"] for each in (found[1] or found[3], found[2] or found[4]))
            if first <= last and (last <= low or first >= high) and (least is not None or most is not None):
                yield f"{found[0]!r} outside the planned ages"
        bound = _LEAST.search(item)
        if bound and float(bound[1] or bound[2]) * _DAYS["year"] > high:
            yield f"{bound[0]!r} above the planned maximum age"


def _both_ways(parts: CriteriaParts) -> Iterator[str]:
    included = {words(each) for each in parts.inclusion}
    for item in parts.exclusion:
        key = words(item)
        if len(key) >= 3 and key in included and not item.endswith(":"):
            yield f"{item[:60]!r} is both included and excluded"


_UNSPECIFIC: Final = frozenset(map(_stem, _UNSPECIFIC_WORDS.split()))
"""Stems of words that do not tell one condition from another."""

_UNTOLD: Final = _UNSPECIFIC - set(
    map(_stem, ["pain", "postoperative", "healthy", "volunteers", "failure", "infection", "infections", "surgery"])
)
"""Stems that do not even tell that a record speaks of its condition."""
