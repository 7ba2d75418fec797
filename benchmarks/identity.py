"""Precision and recall of the identity scan on hand-written lines, and how often it fires on real protocols.

    python benchmarks/identity.py [--json] [--quick]

The lines (tests/check/identity_cases.tsv) are ours: half hold an invented identity of each kind, half are hard negatives.
Real protocols come from SYNTHETRIAL_DATA (the demo corpus, re-told without identities, and raw v2 records, which name people
and registry numbers rightly found): there the share of trials with a finding is printed, not an error rate.
"""

from __future__ import annotations

import argparse
import collections
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from check.identity_cases import cases
from synthetrial.check.identity import scan


def measure() -> dict[str, float]:
    """Line-level precision and recall over all kinds, recall by kind, and lines per second."""
    counts: collections.Counter[str] = collections.Counter()
    wanted: collections.Counter[str] = collections.Counter()
    found: collections.Counter[str] = collections.Counter()
    rows = cases()
    started = time.perf_counter()
    for kind, text in rows:
        kinds = {each.kind for each in scan(text)}
        if kind == "none":
            counts["false positives" if kinds else "true negatives"] += 1
        else:
            wanted[kind] += 1
            found[kind] += bool(kinds)
    seconds = time.perf_counter() - started
    hits, all_wanted = found.total(), wanted.total()
    return {
        "lines": len(rows),
        "precision": hits / max(1, hits + counts["false positives"]),
        "recall": hits / all_wanted,
        **{f"recall_{kind}": found[kind] / wanted[kind] for kind in sorted(wanted)},
        "false_positive_rate": counts["false positives"] / (counts["false positives"] + counts["true negatives"]),
        "lines_per_second": len(rows) / seconds,
    }


def on_real_text(limit: int) -> dict[str, float]:
    """The share of trials with a finding in each body of real text that is there."""
    from realdata import DATA

    shares: dict[str, float] = {}
    demo = DATA / "demo" / "trials.jsonl"
    if demo.is_file():
        rows = demo.read_text(encoding="utf-8").splitlines()[:limit]
        shares["demo_share_with_finding"] = sum(bool(scan(each)) for each in _texts(rows)) / len(rows)
    raw = sorted((DATA / "raw" / "v2_json").glob("*.json"))[:limit]
    if raw:
        texts = _texts(
            [json.dumps(json.loads(each.read_text())["protocolSection"].get("descriptionModule", {})) for each in raw]
        )
        shares["v2_descriptions_share_with_finding"] = sum(bool(scan(each)) for each in texts) / len(raw)
    return shares


def _texts(rows: list[str]) -> list[str]:
    return ["\n".join(_strings(json.loads(each))) for each in rows]


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inner for text in _strings(each)]


def main() -> None:
    """Print the table, or one JSON object with --json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="30 real trials instead of all")
    options = parser.parse_args()
    measure()  # patterns compile on first use
    figures = measure() | on_real_text(30 if options.quick else 10_000)
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:40} {value:.3f}" if value < 100 else f"{name:40} {value:,.0f}")


if __name__ == "__main__":
    main()
