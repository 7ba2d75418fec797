"""The registry study over again, from the records that were accepted: what they are worth, in minutes.

    python benchmarks/utility.py [--json] [--quick] [--docs] [--work DIR]
    python benchmarks/utility.py --keep RUNS
    python benchmarks/utility.py --restore RUNS

The records lie beside the study (`studies/registry-records/`), without quotes from real trials; corpus and split are made anew
from the registry sample beside the project (`SYNTHETRIAL_DATA`), and a set whose exemplars are not in the split's pool is
refused. Figures: `gap_recovered_50`, `_100`, `_200` (mean of both classifiers, the better of `weight` and `filter`; at the
number of records and over the splits of the primary comparison, and `_of_1000` of the main set),
`vs_recombination_100_low` (lower end of the primary comparison), `augment_100_low`; `detector_auc`, `length_only_auc` (of the
largest set, against the pool), and `_unseen` of both: against all other trials, by which the writer's critic was not taught.
`--quick` takes a quarter of the draws and resamples, and no set in part.
`--docs` writes docs/results.md, with fidelity and privacy of the records too, and docs/results-study.json. `--keep` takes the
records of a study's folder over into the project; `--restore` begins that folder with the kept ones, so that
`synthetrial study studies/registry.toml --out RUNS` goes on from there on another machine.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from published_loop import DATA
from study_corpus import study_corpus
from synthetrial.corpus import split as splits
from synthetrial.evaluate.evaluation import Evaluation, evaluate
from synthetrial.evaluate.fidelity.detection import detection_auc
from synthetrial.evaluate.fidelity.length_detection import length_detection_auc
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import MetricResult
from synthetrial.evaluate.table import rows
from synthetrial.generate.run import generate, plan, save_plan, workbench
from synthetrial.generate.run import trials_of as records_of
from synthetrial.llm.nothing import Nothing
from synthetrial.run.records import CandidateKey, StoredCandidate
from synthetrial.run.store import RunStore
from synthetrial.study.corpora import corpus_of, trials_of
from synthetrial.study.markdown import markdown
from synthetrial.study.page import write as write_report
from synthetrial.study.plan import Made, config_of, run_folder, sets
from synthetrial.study.results import Results
from synthetrial.study.settings import Study, load_study
from synthetrial.study.study import Set, Step, measure
from synthetrial.trial import SyntheticTrial

ROOT: Final = Path(__file__).resolve().parents[1]
STUDY: Final = ROOT / "studies" / "registry.toml"
TRIED: Final = ROOT / "studies" / "registry-tried.md"
KEPT: Final = ROOT / "studies" / "registry-records"
MOST_SAMPLES: Final = 64
"""Of an attempt: keeps the samples of a cell's rounds apart where they count as one."""
GAPS: Final = (50, 100, 200)
LIKENESS: Final = ("detection-auc", "length-detection-auc")
FAMILIES: Final = ("fidelity", "diversity", "privacy")
PLANNED: Final = ("attribute-fidelity", "grounding-rate")
"""Of plans and quotes, which are not kept."""
QUICK: Final = {"draws": 5, "resamples": 250, "growth": ()}
DECODER: Final = msgspec.json.Decoder(SyntheticTrial)


def file_of(made: Made) -> Path:
    """Where a set's records are kept."""
    return KEPT / f"{made.name}.jsonl.gz"


def keep(study: Study, folder: Path) -> None:
    """Take the records of written sets over, without the quotes of their reasons and without their plans. (Controls hold real
    text and are made anew each time.)"""
    KEPT.mkdir(exist_ok=True)
    for made in sets(study):
        run = run_folder(folder, made)
        if made.recipe.write.by == "model" and (run / "run.sqlite").is_file():
            lines = [msgspec.json.encode(bare(each)) for each in records_of(run)]
            if lines:
                file_of(made).write_bytes(gzip.compress(b"\n".join(lines) + b"\n", mtime=0))
                print(f"{len(lines):>5} of {made.n} records: {file_of(made).name}, {file_of(made).stat().st_size / 1e3:.0f} kB")


def restore(study: Study, folder: Path) -> None:
    """Begin the runs of the kept sets in a study's folder, their records accepted already."""
    for made in sets(study):
        run = run_folder(folder, made)
        if not file_of(made).is_file() or (run / "run.sqlite").is_file():
            continue
        config = config_of(study, made, folder)
        bench = workbench(config)
        with RunStore.open(run, create=True) as store:
            save_plan(store, bench, config, plan(bench, config))
            for ordinal, each in enumerate(kept(made)):
                made_in = each.provenance  # all count as of the first plan: what was planned anew after it is not kept
                sample = made_in.index + MOST_SAMPLES * int(str(made_in.plan["round"]))
                key = CandidateKey(made_in.cell, 0, made_in.attempt, sample)
                store.save_candidate(StoredCandidate(key=key, text="", protocol=each.protocol, state="passed"))
                store.accept(each, ordinal, key)
            print(f"{store.count_trials():>5} of {made.n} records: {run}")


def kept(made: Made) -> tuple[SyntheticTrial, ...]:
    """The kept records of a set, in order."""
    return tuple(map(DECODER.decode, gzip.decompress(file_of(made).read_bytes()).splitlines()))


def bare(record: SyntheticTrial) -> SyntheticTrial:
    """A record without quotes from real trials."""
    reasons = tuple(msgspec.structs.replace(each, evidence=()) for each in record.reasons)
    plan = {key: record.provenance.plan[key] for key in ("drug", "round", "fold")}
    provenance = msgspec.structs.replace(record.provenance, plan=plan, sampling={})
    return msgspec.structs.replace(record, reasons=reasons, provenance=provenance)


def given(study: Study, folder: Path) -> Iterator[Set]:
    """The sets: kept records, and controls of the same split, seed and scenario made anew."""
    there = {_place(each) for each in sets(study) if each.recipe.write.by == "model" and file_of(each).is_file()}
    for made in sets(study):
        if made.recipe.write.by != "model" and _place(made) in there:
            generate(config_of(study, made, folder), run_folder(folder, made), lambda _: Nothing())
            yield Set(made=made, records=records_of(run_folder(folder, made)))
        elif file_of(made).is_file():
            yield Set(made=made, records=kept(made))


def _place(made: Made) -> tuple[int, int, int | None]:
    return made.split, made.seed, made.n_real


def gap(results: Results, recipe: str, records: int, n_real: int) -> float | None:
    """The gap that so many records recover, weighed or filtered, whichever is more."""
    values = [
        each.value.value
        for each in results.gaps
        if (each.recipe, each.records, each.n_real) == (recipe, records, n_real)
        and each.mode in ("weight", "filter")
        and each.value is not None
    ]
    return max(values, default=None)


def figures(study: Study, results: Results, measured: Evaluation, unseen: dict[str, MetricResult]) -> dict[str, float | None]:
    """The figures by name; None where one is not to be told."""
    recipe, primary = study.primary.set, next((each for each in results.comparisons if each.primary), None)
    compared = primary.records if primary else 0
    most = max((each.records for each in results.gaps if each.recipe == recipe), default=0)
    named = {f"gap_recovered_{n_real}_of_{most}": gap(results, recipe, most, n_real) for n_real in GAPS}
    named |= {f"gap_recovered_{n_real}": gap(results, recipe, compared, n_real) for n_real in GAPS}
    named["vs_recombination_100_low"] = primary.delta.ci[0] if primary else None
    augmented = [
        each.delta_roc_auc
        for each in results.rows
        if (each.scenario, each.classifier, each.n_real, each.recipe, each.mode) == ("augment", "tfidf", 100, recipe, "weight")
    ]
    named["augment_100_low"] = augmented[0].ci[0] if augmented and augmented[0] else None
    named["detector_auc"] = measured.metrics["detection-auc"].value
    named["length_only_auc"] = measured.metrics["length-detection-auc"].value
    return named | {name: each.value for name, each in unseen.items()}


def likeness(study: Study, folder: Path, found: list[Set], only: tuple[str, ...]) -> tuple[Evaluation, dict[str, MetricResult]]:
    """What the largest set of the primary recipe is like, beside real trials: the metrics of `only`; and detection against the
    trials outside the pool."""
    own = [each for each in found if each.made.recipe.name == study.primary.set and each.made.n_real is None]
    inputs = inputs_of(study, folder, max(own, key=lambda each: len(each.records)))
    unseen = msgspec.structs.replace(inputs, train=(*inputs.valid, *inputs.test), valid=(), test=(), folds={})
    return evaluate(inputs, only=only, skip=PLANNED), {
        "detector_auc_unseen": detection_auc(unseen, np.random.default_rng(0)),
        "length_only_auc_unseen": length_detection_auc(unseen, np.random.default_rng(0)),
    }


def inputs_of(study: Study, folder: Path, of: Set) -> Inputs:
    """What metrics of a set are asked of: its records, the pool by fold, and the trials outside it."""
    trials = trials_of(study, corpus_of(study, folder, of.made.split))
    folds = splits.folds(trials.pool, of.folds.number, seed=of.folds.seed)
    return Inputs(
        run=of.made.name, synthetic=of.records, train=trials.pool, valid=(*trials.rest, *trials.valid), test=trials.test,
        folds=folds,
    )  # fmt: skip


def page(results: Results, measured: Evaluation, unseen: dict[str, MetricResult]) -> str:
    """docs/results.md."""
    commit = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    demoted = markdown(results).replace("\n#", "\n##").replace("# ", "## ", 1)
    lines = [
        "# Results on real registry text",
        "",
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, commit {commit}. `python benchmarks/utility.py --docs` makes this page from the "
        "records in `studies/registry-records`, which `make study` wrote; raw figures: "
        "[results-study.json](results-study.json). How a study measures is told in [studies](studies.md). Intervals are of "
        "95 %, those of the study over training draws and test trials.",
        "",
        demoted,
        *TRIED.read_text("utf-8").splitlines(),
        "## What the records are like",
        "",
        f"The largest set of the primary recipe, n = {measured.metrics['detection-auc'].n} for detection, beside real trials.",
        "",
        "| metric | value | 95 % interval | real vs real | n | better |",
        "|---|---|---|---|---|---|",
        *(
            f"| {each.metric} | {each.value} | {each.interval} | {each.reference} | {each.n} | {each.better or each.meaning} |"
            for each in rows(measured)
        ),
        "",
        "Detection above is against the trials of the pool, by which the critic was taught. Against the trials outside the "
        "pool, which it has not seen: "
        + "; ".join(
            f"{by} {each.value:.3f} [{each.ci_low:.3f}, {each.ci_high:.3f}]"
            for by, each in zip(("by words", "by lengths alone"), unseen.values(), strict=True)
        )
        + " (folds drawn, so that records of one drug are on both sides of a fold).",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, and print lines or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="a quarter of the draws and resamples")
    parser.add_argument("--docs", action="store_true", help="write docs/results.md")
    parser.add_argument("--work", type=Path, help="keep corpus, controls, measured cells and the study's report here")
    parser.add_argument("--keep", type=Path, help="take the records of the study in this folder over")
    parser.add_argument("--restore", type=Path, help="begin the study in this folder with the kept records")
    asked = parser.parse_args()
    if asked.quick and asked.docs:
        parser.error("--quick takes a quarter of the draws; docs/results.md is made of all of them: leave one out")
    if not DATA.is_dir():
        sys.exit(f"no registry records at {DATA}; set SYNTHETRIAL_DATA")
    with tempfile.TemporaryDirectory() as name:
        folder = asked.work or Path(name)
        study = load_study(STUDY).model_copy(update={"corpus": str(folder / "corpus")} | (QUICK if asked.quick else {}))
        if asked.keep:
            keep(study, asked.keep)
            return
        if asked.restore:
            restore(load_study(STUDY), asked.restore)
            return
        study_corpus(folder / "corpus")
        found = list(given(study, folder))
        results = measure(study, folder, found, watch=said)
        measured, unseen = likeness(study, folder, found, FAMILIES if asked.docs else LIKENESS)
        named = figures(study, results, measured, unseen)
        if asked.work:
            write_report(results, folder)
        if asked.docs:
            (ROOT / "docs" / "results.md").write_text(page(results, measured, unseen), "utf-8")
            (ROOT / "docs" / "results-study.json").write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1))
    rounded = {key: None if value is None else round(value, 3) for key, value in named.items()}
    print(json.dumps(rounded) if asked.json else "\n".join(f"{key:<28} {value}" for key, value in rounded.items()))


def said(step: Step) -> None:
    """A line a cell."""
    print(f"{step.number}/{step.count} {step.what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
