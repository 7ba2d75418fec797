"""The bundled demo corpus: 200 real trials re-told for this project (see `data/demo/README.md`)."""

from __future__ import annotations

import functools
from collections import Counter
from importlib import resources
from typing import Final

import msgspec

from synthetrial.corpus.label_file import read_labels
from synthetrial.corpus.manifest import content, fingerprint
from synthetrial.corpus.readers.documents import json_trial
from synthetrial.corpus.store import Corpus
from synthetrial.trial import Label, RegistryTrial

RULE: Final = "demo-labels"
FILE: Final = "demo/trials.jsonl"


@functools.cache
def demo_corpus() -> Corpus:
    """The demo corpus. It is small: whatever is measured on it says so."""
    folder = resources.files("synthetrial") / "data" / "demo"
    warnings: Counter[str] = Counter()
    with resources.as_file(folder / "labels.csv") as path:
        labels = read_labels(path)

    def labelled(trial: RegistryTrial) -> RegistryTrial:
        value = labels[trial.trial_id]
        return msgspec.structs.replace(trial, label=None if value is None else Label(value=value, rule=RULE))

    lines = (folder / "trials.jsonl").read_bytes().splitlines()
    trials = sorted((labelled(json_trial(each, FILE, warnings)) for each in lines), key=lambda each: each.trial_id)
    return Corpus(
        trials=tuple(trials),
        fingerprint=fingerprint((each.trial_id, content(each), each.label) for each in trials),
        label_rule=RULE,
    )
