"""What a corpus of the registry's size takes: reading, labels, split, index, queries; beside the bare parse, polars and duckdb.

    python benchmarks/corpus.py [--json] [--quick] [--only PART …] [--work DIR]

The records are real ones under new ids, with words perturbed and duplicates planted (`registry_at_scale.py`,
`aact_at_scale.py`). Parts:

- `reading`: records a second from the zip to typed trials in canonical form on all cores (`…_bare_per_s`: unzipped and parsed
  alone, in as many processes), and the processor time of one process over that of `zipfile` and `orjson.loads` (XML:
  `lxml.etree.fromstring`) on the same members; medians of three. `…_full`: the same over the full v2 records as they are, which
  have more of what is read than the sample's.
- `aact`: the same of a dump of 120,000 trials, beside polars and duckdb reading it into nested rows (`aact_reference.py`).
- `scale`: 10,000, 57,000 and 570,000 trials, each step a command of its own: `corpus build` from the zip (labels from a file,
  so that every trial has one); `corpus split --kind unseen-drug` and `corpus stats` (drugs, near-duplicates, sides, coverage);
  `corpus index` with all trials on the training side; and exemplar queries by every policy and rung. Memory is that of all
  processes together, pages of files counted in each. Queries as well on 2.28 million trials: the last index four times over
  (`index_at_scale.py`), arrays and files as large as that many trials make them, the trials read being those of the last.
- `search`: twelve salient words beside tantivy on the largest corpus, and how many of the ten nearest of all either finds.

`--quick` takes a tenth of everything. `--work` keeps zips and corpora; without it they go (13 GB).
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from aact_at_scale import aact_zip
from corpus_reading import bare_v2_json, bare_xml, count
from exemplar_queries import median_ms, median_of_all, p99_ms, queries, say_queries, slowest
from index_at_scale import repeated
from process_memory import Watched, watched
from published_loop import DATA
from registry_at_scale import planted, trial_id, v2_zip, xml_zip
from synthetrial.aside import mapped
from synthetrial.corpus import split as splits
from synthetrial.corpus.draft import SPLIT
from synthetrial.corpus.readers.source import Unit, dealt, units
from synthetrial.retrieve import index

HERE = Path(__file__).resolve().parent
SIZES = (10_000, 57_000, 570_000)
BARE = 6_000
"""Members that one process reads."""
Figures = dict[str, float]
Say = Callable[[str], None]


def cached(path: Path, make: Callable[[Path, int], object], n: int) -> Path:
    """The zip at `path`, made where it is not there yet."""
    if not path.exists():
        part = path.with_suffix(".part")
        make(part, n)
        part.rename(path)
    return path


def command(*words: object) -> Watched:
    """What a `synthetrial` command takes."""
    return watched([sys.executable, "-m", "synthetrial", *map(str, words)])


def reading(work: Path, quick: bool, say: Say) -> Figures:
    """Records a second, and ratios to the bare parse."""
    import orjson
    from lxml import etree

    n = 20_000 if quick else 100_000
    found: Figures = {}
    for name, make, parse, bare in (
        ("v2_json", v2_zip, orjson.loads, bare_v2_json),
        ("xml", xml_zip, etree.fromstring, bare_xml),
    ):
        path = cached(work / f"{name}-{n}.zip", make, n)
        cut = units(path)
        began = time.perf_counter()
        assert sum(mapped(count, cut)) == n
        found[f"{name}_per_s"] = n / (time.perf_counter() - began)
        began = time.perf_counter()
        assert sum(mapped(bare, cut)) == n
        found[f"{name}_bare_per_s"] = n / (time.perf_counter() - began)
        found[f"{name}_vs_bare"] = beside_bare(path, cut, parse)
        say(
            f"{name}: {found[f'{name}_per_s']:,.0f} records/s ({found[f'{name}_bare_per_s']:,.0f} unzipped and parsed alone), "
            f"{found[f'{name}_vs_bare']:.2f} x the bare parse"
        )
    full = cached(work / "v2_json-full.zip", full_records, 20)
    found["v2_json_vs_bare_full"] = beside_bare(full, units(full), orjson.loads)
    say(f"v2_json, full records as they are: {found['v2_json_vs_bare_full']:.2f} x the bare parse")
    return found


def full_records(path: Path, times: int) -> None:
    """The full v2 records, so many times over, under new ids."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for turn in range(times):
            for each in sorted((DATA / "raw" / "v2_json").iterdir()):
                archive.writestr(f"{turn}/{each.name}", each.read_bytes())


def beside_bare(path: Path, cut: list[Unit], parse: Callable[[bytes], object]) -> float:
    """Processor time of one process that reads members to trials, over that of unzipping and parsing them alone."""
    members = [each for unit in cut for each in unit.members][:BARE]
    unit = msgspec.structs.replace(cut[0], listed=msgspec.msgpack.encode(members))
    ratios = []
    for _ in range(3):
        began = time.process_time()
        with zipfile.ZipFile(path) as archive:
            opened = time.process_time() - began  # reading the list of members is no part of either
            for each in members:
                parse(archive.read(each.name))
        bare = time.process_time() - began - opened
        began = time.process_time()
        count(unit)
        ratios.append((time.process_time() - began) / bare)
    return statistics.median(ratios)


def aact(work: Path, quick: bool, say: Say) -> Figures:
    """A dump, beside polars and duckdb."""
    n = 12_000 if quick else 120_000
    path = cached(work / f"aact-{n}.zip", lambda target, size: aact_zip(target, size), n)
    seconds = defaultdict(list)
    for _ in range(1 if quick else 3):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            cut = [each for unit in units(path) for each in dealt(unit, Path(folder), Counter())]
            assert sum(mapped(count, cut)) == n
            seconds["ours"].append(time.perf_counter() - began)
        for tool in ("polars", "duckdb"):
            done = subprocess.run(
                [sys.executable, HERE / "aact_reference.py", path, tool, "rows"], capture_output=True, text=True, check=True
            )
            seconds[tool].append(json.loads(done.stdout)["wall_s"])
    took = {name: statistics.median(each) for name, each in seconds.items()}
    built = command("corpus", "build", path, "-o", work / "aact", "--json", "--quiet")
    say(
        f"aact, {n:,} trials: {', '.join(f'{name} {each:.1f} s' for name, each in took.items())}; "
        f"`corpus build` {built.seconds:.1f} s, peak {built.peak / 1e9:.2f} GB"
    )
    return {
        "aact_per_s": n / took["ours"],
        "aact_vs_polars": took["ours"] / took["polars"],
        "aact_vs_duckdb": took["ours"] / took["duckdb"],
        "aact_build_per_s": n / built.seconds,
        "aact_build_peak_gb": built.peak / 1e9,
    }


def scale(work: Path, quick: bool, say: Say) -> Figures:
    """The steps at growing sizes."""
    found: Figures = {}
    medians: list[float] = []
    for n in [each // 10 for each in SIZES] if quick else SIZES:
        corpus = work / f"corpus-{n}"
        path = cached(work / f"v2_json-{n}.zip", v2_zip, n)
        labels = work / f"labels-{n}.csv"
        rng = random.Random(0)
        labels.write_text("nct_id,label\n" + "".join(f"{trial_id(at)},{int(rng.random() < 0.7)}\n" for at in range(n)))
        built = command("corpus", "build", path, "-o", corpus, "--labels", labels, "--json", "--quiet")
        parts = command("corpus", "split", corpus, "--kind", "unseen-drug", "--json")
        stats = command("corpus", "stats", corpus, "--json")
        split = splits.read(corpus / SPLIT)
        together = sum(split.sides[one] == split.sides[other] for one, other in planted(n))
        whole: dict[str, splits.Side] = dict.fromkeys(split.sides, "train")
        splits.write(
            msgspec.structs.replace(split, kind="random", sides=whole, fingerprint=splits.fingerprint(whole)), corpus / SPLIT
        )
        made = command("corpus", "index", corpus, "--json")
        times = queries(corpus / "index")
        medians.append(median_of_all(times))
        share = json.loads(stats.output)["drugs"]["share"]
        steps = {"build": (built,), "split and stats": (parts, stats), "index": (made,)}
        told = []
        for step, runs in steps.items():
            seconds, peak = sum(each.seconds for each in runs), max(each.peak for each in runs)
            told.append(f"{step} {seconds:.1f} s, {1e6 * seconds / n:,.0f} us/record, {peak / 1e9:.2f} GB")
        say(f"{n:>7,} trials: {'; '.join(told)}")
        say(f"        {together} of {len(planted(n))} planted duplicates together; {share:.1%} of drug trials have a known one")
        say_queries(times, say)
        found |= {
            "seconds_570k": built.seconds,
            "ingest_peak_gb": built.peak / 1e9,
            "prepare_seconds_570k": parts.seconds + stats.seconds,
            "prepare_peak_gb": max(parts.peak, stats.peak) / 1e9,
            "index_seconds_570k": made.seconds,
            "index_peak_gb": made.peak / 1e9,
            "query_median_ms": slowest(times, median_ms, 20),
            "query_p99_ms": slowest(times, p99_ms, 100),
        }
    with tempfile.TemporaryDirectory(dir=work) as folder:
        times = queries(repeated(corpus / "index", Path(folder) / "index", 4))
        say(f"{4 * n:>7,} trials, the index of {n:,} four times over:")
        say_queries(times, say)
    return found | {
        "query_median_ms_x4": slowest(times, median_ms, 20),
        "query_p99_ms_x4": slowest(times, p99_ms, 100),
        "query_growth_57k_to_570k": medians[-1] / medians[-2],
        "query_growth_570k_to_2m": median_of_all(times) / medians[-1],
    }


def search(work: Path, quick: bool, say: Say) -> Figures:
    """Text search beside tantivy."""
    import tantivy

    n = SIZES[-1] // 10 if quick else SIZES[-1]
    stored = index.opened(work / f"corpus-{n}" / "index")
    words, folds = stored.words, np.zeros(len(stored.ids), np.uint8)
    schema = tantivy.SchemaBuilder().add_unsigned_field("at", stored=True).add_text_field("body").build()
    with tempfile.TemporaryDirectory() as folder:
        base = tantivy.Index(schema, path=folder)
        began, writer = time.perf_counter(), base.writer(heap_size=300_000_000)
        for at in np.flatnonzero(stored.labels == 1).tolist():  # an index a label, so that no filter is needed
            writer.add_document(tantivy.Document(at=at, body=" ".join(f"t{term}" for term in terms_of(words, at))))
        writer.commit()
        writer.wait_merging_threads()
        built = time.perf_counter() - began
        base.reload()
        searcher, rng = base.searcher(), random.Random(0)
        took, recall = defaultdict(list), defaultdict(list)
        candidates = np.flatnonzero(stored.labels == 1).astype(np.int32)
        for turn in range(200):
            at = rng.randrange(len(stored.ids))
            row = words.row(at)
            heaviest = row["term"][np.argsort(-row["weight"])[:12]]
            began = time.perf_counter()
            ours = words.search(at, 1, folds, 0).tolist()
            took["own lists"].append(time.perf_counter() - began)
            began = time.perf_counter()
            query = base.parse_query(" ".join(f"t{term}" for term in heaviest), ["body"])
            hits = [searcher.doc(place)["at"][0] for _, place in searcher.search(query, 64).hits]
            took["tantivy"].append(time.perf_counter() - began)
            if turn < 20:
                cosines = words.similarity(at, candidates)
                best = {int(each) for each in candidates[np.argsort(-cosines)][:11]} - {at}
                for name, given in (("own lists", ours), ("tantivy", hits)):
                    recall[name].append(len(best & set(given)) / len(best))
    for name in took:
        say(
            f"twelve words, {n:,} trials: {name} median {median_ms(took[name]):.2f} ms, p99 {p99_ms(took[name]):.2f} ms, "
            f"{statistics.mean(recall[name]):.0%} of the ten nearest among 64"
        )
    say(f"tantivy's index of one label took {built:.0f} s")
    return {
        "search_median_ms": median_ms(took["own lists"]),
        "search_p99_ms": p99_ms(took["own lists"]),
        "tantivy_median_ms": median_ms(took["tantivy"]),
        "tantivy_p99_ms": p99_ms(took["tantivy"]),
        "search_recall_10": statistics.mean(recall["own lists"]),
        "tantivy_recall_10": statistics.mean(recall["tantivy"]),
    }


def terms_of(words: Any, at: int) -> Iterator[int]:
    """The terms of a text."""
    yield from words.row(at)["term"].tolist()


PARTS = {"reading": reading, "aact": aact, "scale": scale, "search": search}


def main() -> None:
    """Measure, and print lines or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="these parts (`search` needs `scale`)")
    parser.add_argument("--work", type=Path, help="keep zips and corpora here")
    asked = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"no registry records at {DATA}; set SYNTHETRIAL_DATA")
    say: Say = (lambda line: print(line, file=sys.stderr, flush=True)) if asked.json else lambda line: print(line, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        work = asked.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        figures: Figures = {}
        for name in asked.only:
            figures |= PARTS[name](work, asked.quick, say)
    rounded = {name: round(value, 3) for name, value in figures.items()}
    print(json.dumps(rounded) if asked.json else "\n".join(f"{name:<28} {value:,}" for name, value in rounded.items()))


if __name__ == "__main__":
    main()
