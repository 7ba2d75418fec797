"""Which drugs a trial tests: recognised in the names of its interventions, brought to one canonical lower-case name.

Three ways, marked in `Drug.found`: "table" (a spelling of `drug_table`, longest match between word boundaries), "code"
(a company code such as PF-04691502) and "name" (an unknown word with a distinctive INN stem, one with its company code in
brackets behind it, or a lone word that no list knows as generic). Placebos, classes, doses, salts and forms name no drug.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec

from synthetrial.corpus import drug_classes, drug_names, drug_patterns, drug_table
from synthetrial.corpus.drug_table import normal
from synthetrial.trial import Intervention, Protocol

DRUG_TYPES: Final = ("DRUG", "BIOLOGICAL", "COMBINATION_PRODUCT", "DIETARY_SUPPLEMENT", "GENETIC")
"""Types of intervention that are drugs by themselves; under another type, or none, only the table counts."""


OWN_NAMES: Final = "SYNTHETRIAL_DRUG_NAMES"
"""The environment variable that names the file of a user's own drug names, so that processes beside this one know it too."""
_in_use: dict[str, Path | None] = {}


class Drug(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A drug: canonical name, MeSH tree numbers, (source, id) pairs, and how it was found: "table", "code" or "name"."""

    name: str
    mesh_tree: tuple[str, ...] = ()
    ids: tuple[tuple[str, str], ...] = ()
    found: str = "table"


_CUT = re.compile(r"\s*(?:\+|;|/|&|,|\b(?:plus|or|and|versus|followed by|combined with|in combination with)\b|\bvs\.?\s)\s*")
_DUMMY = re.compile(r"\b(?:placebos?|sham|dummy|mock)\b", re.IGNORECASE)
_DUMMY_OF = re.compile(
    r"^\W*(?:matching |matched )?placebos?\W+(?:to|for|of|matching|matched|match|comparator)\b", re.IGNORECASE
)
_ABSENT = re.compile(
    r"\b(?:without|except|withdrawal of|discontinuation of|cessation of|not receiving)\b[^,;+]*", re.IGNORECASE
)
_AGAINST = re.compile(r"(?:\banti|\bnon|\bde|\bpseudo) ?$")
_TARGET = re.compile(
    r"^\W*(?:receptor|inhibitor|antagonist|blocker|agonist|analog|antibod|positive|resistan|resistant|sensitiv|deficien|level|dependen|naive|free\b)"
)


def recognise(names: Iterable[str], *, unknown: bool = True) -> tuple[Drug, ...]:
    """The drugs that intervention names name, in order of appearance, each once.

    With `unknown=False` only the table counts, as suits names of interventions that need not be drugs.
    """
    found: dict[str, Drug] = {}
    for name in names:
        for drug in _recognise_one(name, unknown):
            found.setdefault(drug.name, drug)
    return tuple(found.values())


def use_names(path: Path | None) -> None:
    """Let a user's own names (see `drug_names.read`) go before the table, in this process and those it starts; None ends it."""
    if path is None:
        os.environ.pop(OWN_NAMES, None)
    else:
        os.environ[OWN_NAMES] = str(path)
    if path != _in_use.get("path"):
        _in_use["path"] = path
        for each in (_own, _recognise_one, trial_drugs, synonyms, _spellings):
            each.cache_clear()


def is_unmatched(intervention: Intervention) -> bool:
    """Whether an intervention ought to name a drug and none is recognised, in its name or in another: no placebo, and more than
    generic words."""
    names = (intervention.name, *intervention.other_names)
    return not (_DUMMY.search(intervention.name) or recognise(names) or drug_patterns.is_generic(intervention.name))


@lru_cache(64)  # the same record is asked for by one step after another
def trial_drugs(protocol: Protocol) -> tuple[Drug, ...]:
    """The drugs of a trial's interventions and their other names; the first is its primary drug.

    A company code counts only where neither the name nor another name of that intervention gives the drug itself.
    """
    found: dict[str, Drug] = {}
    for intervention in protocol.interventions:
        unknown = intervention.type in DRUG_TYPES
        drugs = recognise((intervention.name,), unknown=unknown)
        if not _DUMMY.search(intervention.name):
            others = recognise(intervention.other_names, unknown=unknown and not drugs)
            if all(drug.found == "code" for drug in drugs) and any(drug.found != "code" for drug in others):
                drugs = ()
            drugs += tuple(drug for drug in others if drug.found != "code" or not drugs)
        for drug in drugs:
            found.setdefault(drug.name, drug)
    return tuple(found.values())


def trial_names(protocol: Protocol) -> frozenset[str]:
    """Every name under which two trials could share a drug: the drugs, the company codes that stand beside them, and, in
    the form of `drug_table.normal`, what a drug intervention without a recognised drug is called (placebos aside).
    """
    names = {drug.name for drug in trial_drugs(protocol)}
    for intervention in protocol.interventions:
        if intervention.type not in DRUG_TYPES or _DUMMY.search(intervention.name):
            continue
        for name in (intervention.name, *intervention.other_names):
            names.update(drug_patterns.code_name(code) for code in drug_patterns.codes(name, _is_known))
        if is_unmatched(intervention):
            names.add(normal(intervention.name))
    return frozenset(names)


@lru_cache(4096)
def synonyms(drug_name: str) -> tuple[str, ...]:
    """The spellings that count as this drug being named: its canonical name first, then those of the table that name it
    alone. A company code counts with hyphen, blank or nothing between letters and digits.
    """
    tail = _spellings().get(drug_name, ())
    if not tail and (code := re.fullmatch(r"([a-z-]*[a-z])-(\d.*)", drug_name)):
        tail = (f"{code[1]}{code[2]}", f"{code[1]} {code[2]}")
    return tuple(dict.fromkeys((drug_name, *tail)))


def mentions(text: str, names: Iterable[str]) -> bool:
    """Whether `text` names one of `names` between word boundaries; case, hyphens and trade marks make no difference."""
    pattern = _mention(tuple(names))
    return pattern is not None and pattern.search(normal(text)) is not None


def classes(drug: Drug) -> tuple[str, ...]:
    """The classes of a drug (see `drug_classes.classes`)."""
    return drug_classes.classes(drug.name, drug.mesh_tree)


@lru_cache(1024)
def _mention(names: tuple[str, ...]) -> re.Pattern[str] | None:
    spelled = sorted({normal(each) for each in names} - {""}, key=lambda each: (-len(each), each))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, spelled))})(?!\w)") if spelled else None


@lru_cache(1)
def _spellings() -> dict[str, tuple[str, ...]]:
    table = drug_table.table()
    spelled: dict[str, list[str]] = {}
    for spelling, named in zip(table.spellings, table.named, strict=True):
        if len(named) == 1:
            spelled.setdefault(table.entries[named[0]].name, []).append(spelling)
    own = _own()
    if own is not None:
        for name, drug in own.meant.items():
            if drug:
                spelled.setdefault(drug.name, []).append(name)
    return {name: tuple(each) for name, each in spelled.items()}


@lru_cache(1)
def _automaton() -> Any:
    from ahocorasick_rs import AhoCorasick  # a compiled module, needed by no command's --help

    return AhoCorasick(drug_table.table().spellings, store_patterns=False)


class _Own(msgspec.Struct, frozen=True):
    """A user's own names, what finds them, and the drug that each means; None where it means none."""

    names: list[str]
    automaton: Any
    meant: dict[str, Drug | None]


@lru_cache(1)
def _own() -> _Own | None:
    if not (path := os.environ.get(OWN_NAMES)) or not (given := drug_names.read(Path(path))):
        return None
    from ahocorasick_rs import AhoCorasick

    names = sorted(given)
    meant = {name: (_matches(drug)[0] or [Drug(name=drug)])[0] if drug else None for name, drug in given.items()}
    return _Own(names, AhoCorasick(names, store_patterns=False), meant)


@lru_cache(65536)
def _recognise_one(name: str, unknown: bool) -> tuple[Drug, ...]:
    if _DUMMY_OF.search(name):
        return ()
    drugs: list[Drug] = []
    for part in _without_dummies(_ABSENT.sub(" ", name)):
        known, rest = _in_table(part)
        drugs += known
        if unknown:
            found = drug_patterns.unknown(part, bool(known), rest, _is_known)
            drugs += (Drug(name=each, found=how) for each, how in found)
    return tuple(drugs)


def _without_dummies(name: str) -> list[str]:
    """The name whole if it holds no placebo, else those of its parts that are none."""
    if not _DUMMY.search(name):
        return [name]
    return [part for part in _CUT.split(name) if part and not _DUMMY.search(part)]


def _in_table(name: str) -> tuple[list[Drug], str]:
    """The drugs of a user's own names, and of the table in what these leave; and the text (`normal`) that both leave."""
    text, own = normal(name), _own()
    if own is None:
        return _matches(text)
    drugs: list[Drug] = []
    rest: list[str] = []
    reached = 0
    for start, end, which in (*_spans(own.automaton, text), (len(text), len(text), None)):
        known, left = _matches(text[reached:start])
        drugs += known
        rest.append(left)
        reached = end
        if which is not None and (meant := own.meant[own.names[which]]) is not None:
            drugs.append(meant)
    return drugs, " | ".join(rest)


def _matches(text: str) -> tuple[list[Drug], str]:
    """The table's matches in a text, and what they leave of it."""
    table = drug_table.table()
    salts = drug_table.rules().salts
    drugs: list[Drug] = []
    rest: list[str] = []
    reached = 0
    for start, end, which in _spans(_automaton(), text):
        rest.append(text[reached:start])
        salt = drugs and table.spellings[which] in salts and not text[reached:start].strip()  # "diclofenac potassium"
        reached = end
        if salt or _AGAINST.search(text[:start]) or _TARGET.match(text[end:]):
            continue
        for at in table.named[which]:
            entry = table.entries[at]
            drugs.append(Drug(name=entry.name, mesh_tree=entry.mesh_tree, ids=entry.ids))
    return drugs, " | ".join((*rest, text[reached:]))


def _spans(automaton: Any, text: str) -> Iterator[tuple[int, int, int]]:
    """The longest matches (begin, end, number) from left to right, between word boundaries."""
    reached = 0
    found = automaton.find_matches_as_indexes(text, overlapping=True)
    for start, minus_end, which in sorted((start, -end, which) for which, start, end in found):
        if start >= reached and _bounded(text, start, -minus_end):
            reached = -minus_end
            yield start, reached, which


def _is_known(name: str) -> bool:
    return bool(_in_table(name)[0])


def _bounded(text: str, start: int, end: int) -> bool:
    if start and text[start - 1].isalnum():
        return False
    if end == len(text) or not text[end].isalnum():
        return True
    return text[end].isdigit() and end - start > 6 and text[end - 1].isalpha()  # "atezolizumab1200 mg"
