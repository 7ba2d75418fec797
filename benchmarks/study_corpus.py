"""The corpus of the registry study: real records of one source, completed or stopped, matched on start year, cut alike.

    python benchmarks/study_corpus.py FOLDER

Reads the uniform registry sample beside the project (docs/data.md; `SYNTHETRIAL_DATA` says where): records of
`ctrialsgov_aact_join` with a known status, interventional. The label is 1 for a completed trial and 0 for a terminated,
withdrawn or suspended one, whatever the reason; each stopped trial comes with three completed ones of its start year, or as
many as the year has. Every record is cut alike, to about 130 words beside its design: a small machine can then write thousands.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent))
from published_loop import DATA
from synthetrial import canonical
from synthetrial.corpus.readers.own_jsonl import encode
from synthetrial.corpus.store import build, load_corpus
from synthetrial.generate.exemplar import cut
from synthetrial.trial import Protocol, RegistryTrial

SOURCE: Final = "ctrialsgov_aact_join"
STATUS: Final = {"COMPLETED": 1, "TERMINATED": 0, "WITHDRAWN": 0, "SUSPENDED": 0}
PER_STOPPED: Final = 3
WORDS: Final = 120


def study_corpus(target: Path) -> Path:
    """The corpus in `target`, built if it is not there."""
    if (target / "manifest.json").is_file():
        return target
    converter = str(Path(__file__).with_name("registry_jsonl.py"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole, kept, labels = folder / "whole.jsonl", folder / "kept.jsonl", folder / "completed-or-stopped.csv"
        records = DATA / "registry" / "records.jsonl.gz"
        subprocess.run(
            [sys.executable, converter, str(records), str(whole), "--formats", SOURCE, "--require-status"], check=True
        )
        build([whole], folder / "whole", labels="completion")
        chosen = matched(load_corpus(folder / "whole").trials)
        with kept.open("wb") as file:
            for each in chosen:
                file.write(encode(msgspec.structs.replace(each, protocol=shortened(each.protocol), label=None)))
        labels.write_text("nct_id,label\n" + "".join(f"{each.trial_id},{success(each)}\n" for each in chosen))
        build([kept], target, labels=labels)
    return target


def success(trial: RegistryTrial) -> int | None:
    """1 for a completed trial, 0 for a stopped one, None for another."""
    return STATUS.get(trial.outcome.overall_status or "")


def matched(trials: Iterable[RegistryTrial]) -> list[RegistryTrial]:
    """Every stopped interventional trial with `PER_STOPPED` completed ones of its start year, drawn with a fixed seed."""
    rng = random.Random(0)
    asked = [t for t in sorted(trials, key=lambda t: t.trial_id) if t.protocol.study_type == "INTERVENTIONAL"]
    by_year: dict[str, list[RegistryTrial]] = defaultdict(list)
    for each in asked:
        if success(each) == 1:
            by_year[(each.start_date or "")[:4]].append(each)
    for group in by_year.values():
        rng.shuffle(group)
    chosen = []
    for each in asked:
        if success(each) == 0:
            group = by_year[(each.start_date or "")[:4]]
            chosen += [each, *(group.pop() for _ in range(min(PER_STOPPED, len(group))))]
    return chosen


def shortened(protocol: Protocol) -> Protocol:
    """`protocol` with its first endpoints and keywords, one title, and its long texts cut."""
    shorter = cut(protocol, WORDS)
    return canonical.protocol(
        msgspec.structs.replace(
            shorter,
            official_title=None,
            detailed_description=None,
            keywords=shorter.keywords[:3],
            interventions=shorter.interventions[:3],
            primary_outcomes=shorter.primary_outcomes[:1],
            secondary_outcomes=shorter.secondary_outcomes[:2],
        )
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if not DATA.is_dir():
        sys.exit(f"no registry records at {DATA}: set SYNTHETRIAL_DATA to their folder (docs/data.md)")
    corpus = load_corpus(study_corpus(Path(sys.argv[1])))
    values = [each.label.value for each in corpus.labelled if each.label]
    print(f"{len(values)} trials: {sum(values)} completed, {len(values) - sum(values)} stopped, in {sys.argv[1]}")
