"""The main job on real registry text: corpus of one source, embedded records, evaluation, table (`make study`).

    python benchmarks/real_text.py [--n 300] [--words 120] [--out runs/study] [--results docs/results.md]

Reads the uniform registry sample beside the project (see docs/data.md; `SYNTHETRIAL_DATA` says where). From one source only,
with a known status; interventional, with a recognised drug; failures by the completion rule, unexplained stops included; two
successes for each failure, matched on start year. Records are cut section by section to about `--words` words, real and
exemplars alike, so that a small machine writes a few hundred in an hour. Resumable: run it again.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import msgspec

from synthetrial import canonical
from synthetrial.config import run_config
from synthetrial.corpus.drugs import trial_drugs
from synthetrial.corpus.readers.own_jsonl import encode
from synthetrial.corpus.store import build, load_corpus
from synthetrial.evaluate.evaluation import Evaluation, evaluate
from synthetrial.evaluate.from_run import inputs_of
from synthetrial.evaluate.table import ArmTable, arm_tables, probe_rows, rows
from synthetrial.generate.event import Event
from synthetrial.generate.exemplar import cut
from synthetrial.generate.run import generate
from synthetrial.llm.opening import open_model
from synthetrial.run.records import Counts
from synthetrial.trial import RegistryTrial

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("SYNTHETRIAL_DATA", ROOT.parent / "shared" / "data"))
SOURCE = "ctrialsgov_aact_join"
SUCCESSES_PER_FAILURE = 2


def study_corpus(folder: Path, words: int) -> Path:
    """The corpus of the study in `folder`/corpus, built if it is not there."""
    target = folder / "corpus"
    if (target / "manifest.json").is_file():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    whole, matched = folder / "registry.jsonl", folder / "matched.jsonl"
    converter = [sys.executable, str(ROOT / "benchmarks" / "registry_jsonl.py"), str(DATA / "registry" / "records.jsonl.gz")]
    subprocess.run([*converter, str(whole), "--formats", SOURCE, "--require-status"], check=True)
    build([whole], folder / "whole", labels="completion", unexplained="failure")
    trials = [
        each
        for each in load_corpus(folder / "whole").labelled
        if each.protocol.study_type == "INTERVENTIONAL" and trial_drugs(each.protocol)
    ]
    chosen = match(trials)
    with matched.open("wb") as file:
        for each in chosen:
            shorter = canonical.protocol(cut(each.protocol, words))
            file.write(encode(msgspec.structs.replace(each, protocol=shorter)))
    build([matched], target, labels="source")
    return target


def match(trials: list[RegistryTrial]) -> list[RegistryTrial]:
    """Every failure with two successes of its start year (fewer where the year has no more), drawn with a fixed seed."""
    rng = random.Random(0)
    by_year: dict[str, list[RegistryTrial]] = defaultdict(list)
    for each in sorted(trials, key=lambda t: t.trial_id):
        if each.label is not None and each.label.value == 1:
            by_year[(each.start_date or "")[:4]].append(each)
    for group in by_year.values():
        rng.shuffle(group)
    chosen = []
    for each in sorted(trials, key=lambda t: t.trial_id):
        if each.label is not None and each.label.value == 0:
            group = by_year[(each.start_date or "")[:4]]
            chosen += [each, *(group.pop() for _ in range(min(SUCCESSES_PER_FAILURE, len(group))))]
    return chosen


def results(evaluation: Evaluation, counts: Counts, corpus: Path, words: int) -> str:
    """The study as a Markdown page."""
    loaded = load_corpus(corpus)
    labels = [each.label.value for each in loaded.labelled if each.label]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    tried = counts["candidates"]
    lines = [
        "# Results on real registry text",
        "",
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, commit {commit}, {platform.machine()} with {os.cpu_count()} cores, Python "
        f"{platform.python_version()}. Made by `make study` (`benchmarks/real_text.py`); raw figures: "
        "[results-study.json](results-study.json).",
        "",
        f"Corpus: {len(labels)} interventional drug trials of one source (`{SOURCE}`, status known), {labels.count(1)} "
        f"successes and {labels.count(0)} failures by the rule `{loaded.label_rule}`, two successes a failure, matched on "
        f"start year; every record cut, section by section, to about {words} words. Random split (seed 0) before all else. "
        "Writer: the embedded Gemma 3 270M, recipe `grounded-embedded`.",
        "",
        f"{counts['accepted']} records accepted of {tried} written ({counts['accepted'] / max(tried, 1):.0%}); rejected by "
        + ", ".join(f"{code} {n}" for code, n in counts["rejected_by"].items())
        + f" (a record can fail several checks). {counts['calls']} calls, {counts['prompt_tokens']} prompt tokens "
        f"({counts['cached_tokens']} of them cached), {counts['completion_tokens']} completion tokens.",
        "",
        "| metric | value | 95 % interval | real vs real | n | better |",
        "|---|---|---|---|---|---|",
        *(
            f"| {r.metric} | {r.value} | {r.interval} | {r.reference} | {r.n} | {r.better or r.meaning} |"
            for r in rows(evaluation)
        ),
        "",
        "Utility on the test trials: ROC-AUC of real trials alone, and what each arm changes it by; λ chosen on validation, 0 "
        "allowed; differences paired at the same n, intervals over training draws and test trials, * = p < .05 by Holm.",
        "",
        *(line for each in arm_tables(evaluation) for line in markdown(each)),
        "Leak probes: ROC-AUC for the label from one thing alone (.5 = it tells nothing).",
        "",
        "| probe | synthetic | real | |",
        "|---|---|---|---|",
        *(f"| {p.probe} | {p.synthetic} | {p.real} | {p.fires} |" for p in probe_rows(evaluation)),
        "",
    ]
    return "\n".join(lines)


def markdown(arms: ArmTable) -> list[str]:
    """A utility table in Markdown."""
    lines = [arms.columns, ("---",) * len(arms.columns), *arms.rows]
    return [f"{arms.classifier}:", "", *(f"| {' | '.join(each)} |" for each in lines), ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=300)
    parser.add_argument("--words", type=int, default=120)
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "study")
    parser.add_argument("--results", type=Path, default=ROOT / "docs" / "results.md")
    options = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"no registry records at {DATA}: set SYNTHETRIAL_DATA to their folder (docs/data.md)")
    corpus = study_corpus(options.out, options.words)
    config = run_config({"n": options.n, "corpus": str(corpus), "model": "embedded"}, "study")
    seen = {"accepted": 0, "rejected": 0}

    def watch(event: Event) -> None:
        if event.kind in seen:
            seen[event.kind] += 1
            if sum(seen.values()) % 20 == 0:
                print(f"{seen['accepted']} accepted, {seen['rejected']} rejected in this sitting", flush=True)

    run = options.out / "run"
    counts = generate(config, run, lambda config: open_model("embedded", parallel=config.concurrency), watch=watch)
    evaluation = evaluate(inputs_of(run))
    (run / "evaluation.json").write_bytes(evaluation.to_json())
    options.results.write_text(results(evaluation, counts, corpus, options.words), "utf-8")
    options.results.with_name("results-study.json").write_bytes(evaluation.to_json())
    print(f"wrote {options.results}")


if __name__ == "__main__":
    main()
