"""Drugs that the table lacks: recognised by the look of a name (company codes, INN stems, a word that stands alone)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from synthetrial.corpus import drug_classes, drug_table
from synthetrial.corpus.drug_table import normal

_UNITS = (
    r"(?:m[cg]|[µμ]g|ug|g|kg|ml|l|iu|miu|miliu|u|units?|mmol|meq|mci|gy|cgy|mbq|ppm|hz|mm|cm"
    r"|min|h|hours?|days?|weeks?|months?|x|%)"
)
_COMPANIES = "ABT|AMG|AZD|BAY|BI|BMS|CC|CP|DS|GSK|INCB|JNJ|LCZ|LY|MEDI|MK|MLN|ONO|PF|RO|SAR|SCH|TAK|TAS|UCB"
_CODE = re.compile(
    rf"""(?<![\w-])(?:
        [A-Z][A-Za-z]{{0,5}}(?:-[A-Z]{{1,5}})?-?\d{{2,}}(?:-?\d+)*[A-Za-z]{{0,3}}\d{{0,2}}  # AZD9977, PPMX-T003, BNT162b2
      | [A-Z]{{2,5}}-[A-Z]{{1,2}}\d{{2,}}[A-Za-z]?                                           # BTA-C585
      | [A-Z]{{2,4}}[ ]\d{{4,}}(?![ ]?{_UNITS}\b)[A-Z]?                                      # BI 1361849
      | (?:{_COMPANIES})[ ]\d{{3,}}[A-Z]?                                                    # AMG 706
    )(?![\w%])(?![ ]?{_UNITS}\b)""",
    re.VERBOSE,
)
_NO_CODE = re.compile(
    r"(?:CD|IL|PD|HER|CYP|COVID|SARS|CoV|TNF|HPV|HIV|HLA|CA|FOLFOX|FOLFIRI|TC|FDG|PCV|PPV|PPSV|MCV|"
    r"DAY|WEEK|DOSE|PHASE|PART|GROUP|ARM|COHORT|STAGE|STEP|STUDY|TYPE|GRADE|PUVA|UV|UVB|UVA|ICD|GA|AS|MF|MUC|GPC|FGFR|EGFR|VEGFR|"
    r"BCMA|B7H|LAG|TIM|TLR|CTLA|SIRP|IGG|GMP|USP|LOT|TABLETS?|VERSION|MONTH|YEAR|COX|OMEGA|"
    r"XR|SR|ER|CR|IV|SC|IM|PO|BID|QD|TID)[- ]?\d"
    r"|[A-Z]-?\d{1,2}(?!\d)|U-?\d{3}$|H\dN\d",
    re.IGNORECASE,
)
_NUMBER_LED = re.compile(r"\d[\d.,]*\s?" + _UNITS + r"\b.*", re.IGNORECASE)
_PAYLOAD = re.compile(r"^(?:\w*(?:dotin|tecan|tansine|tesirine|gamicin|cafraglutide|carmazine)|alfa|beta|pegol)$")
_NO_NAME = re.compile(r"(?:tion|sion|therapy|(?:ic|on|in|or|as|m|ur|er|u)al|ment|ing|ity|sis|ic|ive|ary|ous|or|er|ist|ant|s)$")
_BRACKETS = re.compile(r"[(\[][^()\[\]]*[)\]]")
_WITH_CODE = re.compile(r"^\W*([A-Za-z]{6,}(?: alfa| beta| pegol| vedotin| deruxtecan)?)\s*[(\[]\s*([^()\[\]]+)[)\]]")


def unknown(name: str, known: bool, rest: str, in_table: Callable[[str], bool]) -> list[tuple[str, str]]:
    """(canonical name, "code" or "name") of the drugs of a name that the table lacks.

    `known`: whether the table found any drug in it; `rest`: what it left over, in the form of `drug_table.normal`.
    """
    bracketed = _WITH_CODE.match(name)
    if bracketed and codes(bracketed[2], in_table) and not is_generic(bracketed[1]):
        return [] if known else [(bracketed[1].lower(), "name")]
    outside = _BRACKETS.sub(" ", name) if known else name
    drugs = [(code_name(code), "code") for code in codes(outside, in_table)]
    drugs += [(each, "name") for each in _by_stem(_BRACKETS.sub(" ", rest) if known else rest)]
    if not drugs and not known and (lone := _lone(name)):
        drugs.append((lone, "name"))
    return drugs


def _by_stem(text: str) -> list[str]:
    """Words with a distinctive INN stem, with the payload behind an antibody or the name before "…leucel"."""
    words = re.findall(r"[^\W\d_]+|\S", text)
    names = []
    for at, word in enumerate(words):
        borne = drug_classes.stem(word) if len(word) >= 7 else None
        if borne is None or not borne.recognise or is_generic(word) or _PAYLOAD.match(word):
            continue
        if borne.stem == "-leucel" and at and len(words[at - 1]) > 6:
            names.append(f"{words[at - 1]} {word}")
        elif at + 1 < len(words) and _PAYLOAD.match(words[at + 1]):
            names.append(f"{word} {words[at + 1]}")
        else:
            names.append(word)
    return names


def codes(name: str, in_table: Callable[[str], bool]) -> list[str]:
    """The company codes in a name, without those that the table knows or that name a target, a dose or a visit."""
    return [each for each in _CODE.findall(name) if not _NO_CODE.match(each) and not in_table(each)]


def code_name(code: str) -> str:
    """One spelling for a code: "PF04691502", "PF 04691502" and "PF-04691502" are "pf-04691502"."""
    return re.sub(r"(?<=[a-z])[- ]?(?=\d)", "-", code.lower(), count=1)


def _lone(name: str) -> str | None:
    """The one word that an unknown name consists of, doses, forms and brackets aside, if it may be a drug's."""
    bare = _NUMBER_LED.sub(" ", re.sub(r"[(\[].*", " ", name).replace("®", "").replace("™", ""))
    words = [word for word in re.split(r"[\s,:]+", bare) if word and word.lower() not in drug_table.rules().forms]
    if len(words) != 1 or not re.fullmatch(r"[A-Za-z][a-z]{5,}", words[0]) or _NO_NAME.search(words[0]) or is_generic(words[0]):
        return None
    return words[0].lower()


def is_generic(name: str) -> bool:
    """Whether a name consists of generic words, forms and numbers alone."""
    words = normal(name).split()
    return all(
        word in _generic() or word.rstrip("s") in _generic() or word in drug_table.rules().forms or word.isdigit()
        for word in words
    )


@lru_cache(1)
def _generic() -> frozenset[str]:
    rules = drug_table.rules()
    return frozenset(map(normal, (*rules.generic, *rules.exclude, *rules.salts)))
