"""How well the why_stopped rules agree with hand labels, by class and for what a label turns on.

The labels (`tests/data/why_stopped_labels.csv`: id and class) were made before the rules. The rules were tuned
on part "dev" only, but by the one who had labelled "held"; part "fresh" was drawn and labelled when the rules stood, and is
the figure to quote. The texts are read from the registry records beside the project. Usage: labels.py [--json] [--quick]
"""

from __future__ import annotations

import argparse
import collections
import csv
import gzip
import json
import math
import os
import sys
import time
from pathlib import Path

from synthetrial.corpus import why_stopped
from synthetrial.corpus.labels import FAILURE_CLASSES, UNEXPLAINED_CLASSES

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("SYNTHETRIAL_DATA", ROOT.parent / "shared" / "data"))


def texts(wanted: set[str]) -> dict[str, str]:
    """The why_stopped texts of these trials, by id."""
    found: dict[str, str] = {}
    with gzip.open(DATA / "registry" / "records.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if record["nct_id"] in wanted and record["norm"].get("why_stopped"):
                found[record["nct_id"]] = record["norm"]["why_stopped"]
    for path in sorted((DATA / "top").glob("*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["nctid"] in wanted and row["why_stop"].strip():
                    found.setdefault(row["nctid"], row["why_stop"])
    return found


def consequence(group: str) -> str:
    """What a class means for the label: failure, excluded, or none (no reason given)."""
    return "failure" if group in FAILURE_CLASSES else "none" if group in UNEXPLAINED_CLASSES else "excluded"


def wilson(right: int, n: int) -> tuple[float, float, float]:
    """A share with its 95 % interval (Wilson's score interval)."""
    share, z = right / n, 1.96
    middle, half = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return share, (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def main() -> None:
    """Prints the tables, or one flat JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="the same: it takes seconds")
    parser.add_argument("--errors", choices=("dev",), help="list the misread texts of the part that may be tuned on")
    args = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"no real registry records at {DATA}; set SYNTHETRIAL_DATA")
    with (ROOT / "tests" / "data" / "why_stopped_labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = texts({row["nct_id"] for row in rows})
    figures: dict[str, float] = {}
    show = (lambda *_: None) if args.json else print
    for part in ("dev", "held", "fresh"):
        mine = [
            (row["class"], why_stopped.classify(found[row["nct_id"]]), row["nct_id"]) for row in rows if row["part"] == part
        ]
        for name, right in (
            ("class", sum(a == b for a, b, _ in mine)),
            ("failure", sum((consequence(a) == "failure") == (consequence(b) == "failure") for a, b, _ in mine)),
            ("consequence", sum(consequence(a) == consequence(b) for a, b, _ in mine)),
        ):
            share, low, high = wilson(right, len(mine))
            figures[f"why_stopped_{part}_{name}_accuracy"] = share
            show(f"{part:4} {name:12} {share:.3f} [{low:.3f}, {high:.3f}]  n = {len(mine)}")
        given, said, both = (
            collections.Counter(each) for each in zip(*((a, b, a if a == b else "") for a, b, _ in mine), strict=True)
        )
        for group in why_stopped.CLASSES:
            if given[group] or said[group]:
                show(f"       {group:17} labelled {given[group]:3}  said {said[group]:3}  agreed {both[group]:3}")
        if args.errors == part:
            for a, b, trial in mine:
                if a != b:
                    print(f"    {trial}: {a}, read as {b}: {found[trial]}")
    some = list(found.values()) * 20
    begun = time.perf_counter()
    for text in some:
        why_stopped.classify(text)
    figures["why_stopped_texts_per_second"] = round(len(some) / (time.perf_counter() - begun))
    show(f"{figures['why_stopped_texts_per_second']:,.0f} texts/s on one core")
    if args.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
