"""Seconds and memory of an evaluation with all default metrics, and how they grow with the set.

    python benchmarks/evaluate.py [--json] [--quick] [--parts]

The study is 3,358 synthetic records against 5,000 real trials, with MiniLM embeddings (an empty vector cache) and without; the
table has as many real trials as records. Every evaluation is a process of its own; memory is what it and the second process
that a large evaluation starts hold together, looked at five times a second (where there is no /proc, the sum of their peaks).
`--parts` says how long each metric of the study takes, with what it is the first to need. `--quick` takes 500 and 1,000 only.

Real trials are registry records of one source with a known status (beside the project, see docs/data.md; `SYNTHETRIAL_DATA`
says where; without them the demo corpus). Where there are too few they are replicated under new ids with a fifth of their
words replaced by words of other trials: plain copies would be near-duplicates of one another. Synthetic records take title,
summary and endpoints from one, arms and criteria from another of three training trials of one label and fold, their exemplars,
with a fifth of the words replaced.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from synthetrial import canonical
from synthetrial.check.design import design_of
from synthetrial.corpus import labels, split
from synthetrial.corpus.demo import demo_corpus
from synthetrial.corpus.drugs import trial_drugs
from synthetrial.evaluate.evaluation import evaluate
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import metrics
from synthetrial.trial import (
    Eligibility,
    Evidence,
    OutcomeMeasure,
    Protocol,
    Provenance,
    Reason,
    RegistryTrial,
    SyntheticTrial,
)

sys.path.insert(0, str(Path(__file__).resolve().parent))
from process_memory import watched  # (scripts beside this one)
from registry_jsonl import trials as registry_trials

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("SYNTHETRIAL_DATA", ROOT.parent / "shared" / "data"))
SOURCE = "ctrialsgov_aact_join"
STUDY = (3358, 5000)
TABLE = (500, 1000, 2000, 4000)
QUICK_TABLE = (500, 1000)
REPLACED = 0.2


class Set(msgspec.Struct, frozen=True):
    """What an evaluation needs, as it is handed to a process."""

    synthetic: tuple[SyntheticTrial, ...]
    train: tuple[RegistryTrial, ...]
    valid: tuple[RegistryTrial, ...]
    test: tuple[RegistryTrial, ...]
    folds: dict[str, int]


def real_trials(most: int) -> tuple[list[RegistryTrial], str]:
    """At most `most` labelled trials, replicated up to that number where there are fewer, and what they are."""
    records = DATA / "registry" / "records.jsonl.gz"
    if records.is_file():
        found = labels.label(registry_trials(records, {SOURCE}, True, Counter()), "failure")
        name = "registry records"
    else:
        found, name = demo_corpus().trials, "trials of the demo corpus"
    known = [each for each in found if each.label is not None and each.protocol.study_type in ("INTERVENTIONAL", None)]
    dice = random.Random(0)
    dice.shuffle(known)
    kept = known[:most]
    words = vocabulary(kept)
    more = [
        msgspec.structs.replace(each, trial_id=f"NCT9{number:07d}", protocol=reworded(each.protocol, words, dice))
        for number, each in enumerate((kept * (most // len(kept)))[: most - len(kept)])
    ]
    return kept + more, f"{len(kept)} {name}" + (f" and {len(more)} reworded copies" if more else "")


def made(trials: Sequence[RegistryTrial], folds: dict[str, int], n: int) -> tuple[SyntheticTrial, ...]:
    """`n` recombined records."""
    dice, words = random.Random(1), vocabulary(trials)
    pools: dict[tuple[int, int], list[RegistryTrial]] = defaultdict(list)
    for each in trials:
        if each.label is not None:
            pools[folds[each.trial_id], each.label.value].append(each)
    records = []
    for number in range(n):
        first = dice.choice(trials)
        assert first.label is not None
        pool = pools[folds[first.trial_id], first.label.value]
        exemplars = [first, *dice.sample(pool, min(2, len(pool)))]
        other = exemplars[1].protocol
        mixed = msgspec.structs.replace(
            first.protocol,
            arms=other.arms,
            eligibility=msgspec.structs.replace(first.protocol.eligibility, criteria=other.eligibility.criteria),
        )
        protocol = reworded(mixed, words, dice)
        named = [each.name for each in (*trial_drugs(first.protocol), *first.protocol.interventions)] or ["placebo"]
        plan: dict[str, object] = {"drug": named[0], "names": named[:1]}
        quote = " ".join((first.protocol.brief_summary or first.protocol.brief_title).split()[:12])
        evidence = (Evidence(trial_id=first.trial_id, quote=quote),)
        provenance = Provenance(
            cell=number, attempt=0, index=0, exemplars=tuple(dict.fromkeys(each.trial_id for each in exemplars)), rung="label",
            plan=plan | {"design": msgspec.to_builtins(design_of(protocol))}, recipe="benchmark", prompt_version="1",
            model="recombination", engine="none", sampling={}, seed=number, date="2024-01-01",
        )  # fmt: skip
        reason, label = Reason(factor="design", statement="none", evidence=evidence, grounded=True), first.label.value
        records.append(
            SyntheticTrial(id=f"SYN-{number:010d}", protocol=protocol, label=label, reasons=(reason,), provenance=provenance)
        )
    return tuple(records)


def vocabulary(trials: Sequence[RegistryTrial]) -> list[str]:
    """Words of the trials' summaries, as often as they occur there."""
    return [word for each in trials[:1000] for word in (each.protocol.brief_summary or "").split() if word.isalpha()] or [
        "word"
    ]


def reworded(protocol: Protocol, words: Sequence[str], dice: random.Random) -> Protocol:
    """`protocol` with some of the words of its free text replaced."""

    def text(given: str | None) -> str | None:
        if given is None:
            return None
        return "\n".join(
            " ".join(dice.choice(words) if word.isalpha() and dice.random() < REPLACED else word for word in line.split(" "))
            for line in given.split("\n")
        )

    def measures(given: tuple[OutcomeMeasure, ...]) -> tuple[OutcomeMeasure, ...]:
        return tuple(msgspec.structs.replace(each, measure=text(each.measure) or "-") for each in given)

    eligibility: Eligibility = msgspec.structs.replace(protocol.eligibility, criteria=text(protocol.eligibility.criteria))
    return canonical.protocol(
        msgspec.structs.replace(
            protocol,
            brief_title=text(protocol.brief_title) or "-",
            official_title=text(protocol.official_title),
            brief_summary=text(protocol.brief_summary),
            detailed_description=text(protocol.detailed_description),
            primary_outcomes=measures(protocol.primary_outcomes),
            secondary_outcomes=measures(protocol.secondary_outcomes),
            eligibility=eligibility,
        )
    )


def prepared(n: int, trials: Sequence[RegistryTrial]) -> Set:
    """`n` records and the sides of a random split of `trials`."""
    drawn = split.make(trials)
    train, valid, test = (split.side(drawn, trials, each) for each in split.SIDES)
    folds = split.folds(train, 5)
    return Set(made(train, folds, n), train, valid, test, folds)


def measured(given: Set, embeddings: Literal["auto", "lexical"], parts: bool) -> dict[str, Any]:
    """Seconds and peak GB of an evaluation in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "set"
        path.write_bytes(msgspec.msgpack.encode(given))
        command = [sys.executable, str(Path(__file__).resolve()), "--of", str(path), "--embeddings", embeddings]
        environment = os.environ | {"SYNTHETRIAL_CACHE": folder}
        run = watched(command + ["--parts"] * parts, environment)
        found: dict[str, Any] = json.loads(run.output)
        return found | ({"peak_gb": run.peak / 1e9} if run.peak else {})


def child(path: Path, embeddings: Literal["auto", "lexical"], parts: bool) -> dict[str, Any]:
    """Evaluate the set at `path` and say what it took."""
    given = msgspec.msgpack.decode(path.read_bytes(), type=Set)
    inputs = Inputs(
        run="benchmark", synthetic=given.synthetic, train=given.train, valid=given.valid, test=given.test,
        folds=given.folds, embeddings=embeddings,
    )  # fmt: skip
    began = time.perf_counter()
    by_metric = {}
    if parts:
        for each in metrics():
            start = time.perf_counter()
            found = evaluate(inputs, only=[each.name])
            by_metric[each.name] = [round(time.perf_counter() - start, 1), found.skipped.get(each.name, "")]
        failed: tuple[str, ...] = ()
    else:
        failed = evaluate(inputs).failed
    seconds = time.perf_counter() - began
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    peak = sum(each.ru_maxrss for each in used) * (1 if sys.platform == "darwin" else 1024) / 1e9
    busy = [round(each.ru_utime + each.ru_stime, 1) for each in used]
    return {"seconds": seconds, "peak_gb": peak, "processor_seconds": busy, "failed": failed, "parts": by_metric}


def main() -> None:
    """Print the study and the table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="500 and 1,000 records only")
    parser.add_argument("--parts", action="store_true", help="seconds of each metric")
    parser.add_argument("--of", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--embeddings", default="auto", choices=("auto", "lexical"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.of:
        print(json.dumps(child(options.of, options.embeddings, options.parts)))
        return
    trials, what = real_trials(STUDY[1])
    out: dict[str, Any] = {"real": what}
    growth = []
    for n in QUICK_TABLE if options.quick else TABLE:
        row: dict[str, Any] = {"n": n}
        given = prepared(n, trials[:n])
        for name, kind in (("seconds", "auto"), ("seconds_no_embeddings", "lexical")):
            found = measured(given, kind, False)  # type: ignore[arg-type]  # a literal of the pair above
            row |= {name: round(found["seconds"], 1), name.replace("seconds", "peak_gb"): round(found["peak_gb"], 2)}
        growth.append(row)
        if not options.json:
            print(f"{n:>5} × {n:<5} {row['seconds']:>7.1f} s {row['peak_gb']:>5.2f} GB   without embeddings "
                  f"{row['seconds_no_embeddings']:>7.1f} s {row['peak_gb_no_embeddings']:>5.2f} GB", flush=True)  # fmt: skip
    out["growth"] = growth
    if not options.quick:
        given = prepared(STUDY[0], trials)
        for name, kind in (("seconds_3358x5000", "auto"), ("seconds_3358x5000_no_embeddings", "lexical")):
            found = measured(given, kind, options.parts)  # type: ignore[arg-type]  # likewise
            out[name] = round(found["seconds"], 1)
            out["peak_gb"] = round(max(found["peak_gb"], out.get("peak_gb", 0)), 2)
            out[f"failed{name.removeprefix('seconds_3358x5000')}"] = found["failed"]
            if options.parts:
                out[f"parts{name.removeprefix('seconds_3358x5000')}"] = found["parts"]
            if not options.json:
                print(f"{STUDY[0]} × {STUDY[1]}, embeddings {kind}: {found['seconds']:.1f} s, peak {found['peak_gb']:.2f} GB; "
                      f"could not be computed: {', '.join(found['failed']) or 'none'}", flush=True)  # fmt: skip
                for metric, took in found["parts"].items():
                    print(f"    {metric:<26} {took[0]:>6.1f} s  {' '.join(took[1:])}")
    print(json.dumps(out) if options.json else f"real trials: {what}")


if __name__ == "__main__":
    main()
