"""An AACT dump of any size for the benchmarks: the sample's tables under new ids, with their words perturbed.

    python aact_at_scale.py OUT.zip N [--plain]

Each of `N` trials is one of the sample's with two in three of its longer words exchanged for words drawn from all texts.
Written as the database's own export is: quoted CSV with `|`, newlines within fields, doubled quotes, each table in an order of
trials of its own; --plain: a line a row, `~` for newlines. The sample
lacks intervention_other_names and design_group_interventions: they are made up from its interventions and groups.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import random
import re
import sys
import time
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from published_loop import DATA
from registry_at_scale import trial_id
from synthetrial.corpus.readers.aact_tables import newlines

WORD = re.compile(r"(?<![A-Za-z])([a-z]{5,})(?![A-Za-z])")
TEXTS = ("description", "criteria", "measure", "brief_title", "official_title", "title", "name", "why_stopped")


def sample() -> dict[str, tuple[list[str], dict[str, list[list[str]]]]]:
    """Header, and rows by trial, of each table."""
    found = {}
    for path in sorted((DATA / "raw" / "aact").glob("*.txt.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
            header = file.readline().rstrip("\n").split("|")
            by_trial: dict[str, list[list[str]]] = defaultdict(list)
            for each in file:
                row = each.rstrip("\n").split("|")
                by_trial[row[header.index("nct_id")]].append([newlines(cell) for cell in row])
        found[path.name.removesuffix(".txt.gz")] = (header, by_trial)
    header, by_trial = found["interventions"]
    at = header.index("name")
    found["intervention_other_names"] = (
        ["id", "nct_id", "intervention_id", "name"],
        {k: [["", k, str(n), f"{r[at]} of another name"] for n, r in enumerate(rows)] for k, rows in by_trial.items()},
    )
    found["design_group_interventions"] = (
        ["id", "nct_id", "design_group_id", "intervention_id"],
        {
            k: [["", k, str(g), str(i)] for g in range(len(found["design_groups"][1].get(k, ()))) for i in range(len(rows))]
            for k, rows in by_trial.items()
        },
    )
    return found


def rows(name: str, header: list[str], by_trial: dict, ids: list[str], n: int, pool: list[str]) -> Iterator[list[str]]:
    """The rows of a table for `n` trials, in an order of its own. A row's id is trial * 100 + its number in the trial."""
    rng = random.Random(name)
    order = list(range(n))
    rng.shuffle(order)
    texts = [at for at, each in enumerate(header) if each in TEXTS]
    split = {
        key: [[WORD.split(cell) if at in texts else cell for at, cell in enumerate(row)] for row in found]
        for key, found in by_trial.items()
    }
    nct, own = header.index("nct_id"), header.index("id") if "id" in header else -1
    links = [at for at, each in enumerate(header) if each in ("intervention_id", "design_group_id")]
    for number in order:
        for place, template in enumerate(split.get(ids[number % len(ids)], ())):
            row = template.copy()
            for at in texts:
                pieces = row[at]
                if len(pieces) > 1:
                    pieces = pieces.copy()
                    for begin in (1, 3) if len(pieces) > 3 else (1,):
                        here = len(pieces[begin::6])
                        start = rng.randrange(len(pool) - 5_000)
                        pieces[begin::6] = (pool[start : start + min(here, 5_000)] * (1 + here // 5_000))[:here]
                row[at] = "".join(pieces)
            row[nct] = trial_id(number)
            if own >= 0:
                row[own] = str(number * 100 + place)
            for at in links:
                row[at] = str(number * 100 + int(row[at]))
            yield row


def aact_zip(path: Path, n: int, *, plain: bool = False) -> int:
    """Write the dump; bytes of its tables."""
    tables = sample()
    ids = list(tables["studies"][1])
    pool = sorted({w for _, by in tables.values() for rs in by.values() for r in rs for c in r for w in WORD.findall(c)})
    random.Random(0).shuffle(pool)
    pool *= 1 + 20_000 // len(pool)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, (header, by_trial) in tables.items():
            with archive.open(f"{name}.txt", "w", force_zip64=True) as member:
                text = io.TextIOWrapper(member, encoding="utf-8", newline="", write_through=False)
                if plain:
                    text.write("|".join(header) + "\n")
                    for row in rows(name, header, by_trial, ids, n, pool):
                        text.write("|".join(c.replace("\n", "~").replace("|", "/") for c in row) + "\n")
                else:
                    out = csv.writer(text, delimiter="|", quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
                    out.writerow(header)
                    out.writerows(rows(name, header, by_trial, ids, n, pool))
                text.flush()
                text.detach()
        return sum(each.file_size for each in archive.infolist())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("n", type=int)
    parser.add_argument("--plain", action="store_true")
    asked = parser.parse_args()
    began = time.perf_counter()
    total = aact_zip(asked.out, asked.n, plain=asked.plain)
    size = asked.out.stat().st_size
    print(f"{asked.n:,} trials, {total / 1e6:,.0f} MB, zip {size / 1e6:,.0f} MB, {time.perf_counter() - began:,.0f} s")
