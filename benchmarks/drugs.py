"""How well drugs are recognised in intervention names: precision and recall on hand-labelled real names, beside `find_drugs`.

The labels (`tests/data/intervention_names.csv`) were made before the rules. The rules were tuned on part "dev" only, but by
the one who had labelled "held"; part "fresh" was drawn and labelled when the rules stood, and is the figure to quote.
A drug counts as found where its canonical name or one of its spellings is the label. Usage: drugs.py [--json] [--quick]
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from synthetrial.corpus import drugs
from synthetrial.corpus.drug_table import normal

NAMES = Path(__file__).resolve().parents[1] / "tests" / "data" / "intervention_names.csv"
Row = tuple[str, tuple[str, ...]]
Found = list[tuple[str, frozenset[str]]]


def labelled(part: str | None = None) -> list[Row]:
    """(name, drugs) of the labelled names of one part, or all."""
    with NAMES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [(r["name"], tuple(d for d in r["drugs"].split("; ") if d)) for r in rows if part in (None, r["part"])]


def ours(name: str) -> Found:
    """Our drugs in a name, each with its spellings."""
    return [(drug.name, frozenset(map(normal, drugs.synonyms(drug.name)))) for drug in drugs.recognise((name,))]


def library() -> Callable[[str], Found]:
    """`find_drugs` of the vocabulary package on the words of a name, each drug with its spellings."""
    from drug_named_entity_recognition.drugs_finder import drug_variant_to_canonical, find_drugs

    spelled: dict[str, set[str]] = {}
    for variant, names in drug_variant_to_canonical.items():
        spelled.setdefault(names[0], {names[0]}).add(variant)

    def find(name: str) -> Found:
        hits = {
            hit[0]["name"].lower()
            for hit in find_drugs(re.findall(r"[\w'-]+|[^\w\s]", name), is_ignore_case=True)
            if "name" in hit[0]
        }
        return [(each, frozenset(map(normal, spelled.get(each, {each})))) for each in sorted(hits)]

    return find


def judge(rows: Iterable[Row], find: Callable[[str], Found]) -> list[tuple[int, int, int, list[str], list[str]]]:
    """Per name: true positives, found, labelled; then what was wrong and what was missed."""
    out = []
    for name, wanted in rows:
        found = find(name)
        missed = [want for want in wanted if not any(normal(want) in {normal(n), *s} for n, s in found)]
        wrong = [n for n, s in found if not {normal(n), *s} & set(map(normal, wanted))]
        out.append((len(wanted) - len(missed), len(found), len(wanted), wrong, missed))
    return out


def scores(judged: list[tuple[int, int, int, list[str], list[str]]]) -> tuple[float, float]:
    """Precision and recall over all drugs of the names."""
    right = sum(found - len(wrong) for _, found, _, wrong, _ in judged)
    found = sum(row[1] for row in judged)
    wanted = sum(row[2] for row in judged)
    return right / max(found, 1), sum(row[0] for row in judged) / max(wanted, 1)


def interval(judged: list[tuple[int, int, int, list[str], list[str]]], draws: int) -> list[tuple[float, float]]:
    """95 % bootstrap intervals (names resampled) of precision and recall."""
    rng = random.Random(0)
    drawn = [scores(rng.choices(judged, k=len(judged))) for _ in range(draws)]
    cut = max(1, round(0.025 * draws))
    return [(sorted(d[i] for d in drawn)[cut - 1], sorted(d[i] for d in drawn)[-cut]) for i in (0, 1)]


def main() -> None:
    """Prints the table, or one flat JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="200 resamples instead of 2,000")
    parser.add_argument("--errors", choices=("dev",), help="list what went wrong in the part that may be tuned on")
    args = parser.parse_args()
    draws = 200 if args.quick else 2000
    figures: dict[str, float] = {}
    print_row = (lambda *_: None) if args.json else print
    print_row(f"{'part':5} {'n':>4} {'finder':11} {'precision':>24} {'recall':>24}")
    for part in ("dev", "held", "fresh"):
        rows = labelled(part)
        for finder, find in (("synthetrial", ours), ("find_drugs", library())):
            judged = judge(rows, find)
            (precision, recall), (pi, ri) = scores(judged), interval(judged, draws)
            figures |= {f"drugs_{part}_{finder}_precision": precision, f"drugs_{part}_{finder}_recall": recall}
            cells = [f"{v:.3f} [{lo:.3f}, {hi:.3f}]" for v, (lo, hi) in ((precision, pi), (recall, ri))]
            print_row(f"{part:5} {len(rows):4} {finder:11} {cells[0]:>24} {cells[1]:>24}")
            if args.errors == part and finder == "synthetrial":
                for (name, _), (*_, wrong, missed) in zip(rows, judged, strict=True):
                    if wrong or missed:
                        print(f"    {name!r}: wrong {wrong}, missed {missed}")
    names = [name for name, _ in labelled()] * 50
    rates = []
    for _ in range(3):
        drugs._recognise_one.cache_clear()  # the rate without the cache of names
        begun = time.perf_counter()
        for at, name in enumerate(names):
            drugs._recognise_one.__wrapped__(name, at >= 0)
        rates.append(len(names) / (time.perf_counter() - begun))
    figures["drugs_names_per_second"] = round(statistics.median(rates))
    print_row(f"{figures['drugs_names_per_second']:,.0f} names/s on one core, uncached")
    if args.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
