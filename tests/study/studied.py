"""A small study whose sets are planted: records that teach what real trials teach, or nothing, or are test trials."""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from pathlib import Path

import msgspec
import standins
from worlds import written

from synthetrial.corpus.readers.own_jsonl import encode
from synthetrial.corpus.store import build
from synthetrial.study.corpora import corpus_of, trials_of
from synthetrial.study.plan import sets
from synthetrial.study.settings import Study, study_from
from synthetrial.study.study import Set
from synthetrial.trial import Label, RegistryTrial, Source, SyntheticTrial


@functools.cache
def trials() -> tuple[RegistryTrial, ...]:
    rng = random.Random(7)
    return tuple(
        RegistryTrial(
            trial_id=f"T{i:04}",
            protocol=written(i % 2, rng),
            source=Source(format="jsonl", file="x"),
            label=Label(value=i % 2, rule="planted"),
        )
        for i in range(600)
    )


def corpus(folder: Path) -> Path:
    """The trials as a corpus."""
    lines = folder / "trials.jsonl"
    lines.write_bytes(b"".join(map(encode, trials())))
    build([lines], folder / "corpus", labels="source")
    return folder / "corpus"


def settings(folder: Path, **given: object) -> Study:
    """A study of two sets, "right" and "random"."""
    table: dict[str, object] = {
        "name": "planted", "corpus": "corpus", "model": "scripted", "n": 120, "n_real": [0, 20], "classifiers": ["tfidf"],
        "modes": ["none", "weight", "filter", "relabel", "dimp"], "draws": 6, "resamples": 200,
        "sets": [{"recipe": {"base": "grounded", "name": name}} for name in ("right", "random")],
        "primary": {"set": "right", "against": "real", "mode": "none", "n_real": 20},
    }  # fmt: skip
    return study_from(table | given, "planted", folder)


def records(kind: str, pool: Sequence[RegistryTrial]) -> tuple[SyntheticTrial, ...]:
    """120 records: "right" ones lean to their label, the labels of "random" ones mean nothing. Each names an exemplar."""
    rng = random.Random(kind)
    made = []
    for i in range(120):
        told = i % 2 if kind == "right" else rng.randrange(2)
        record = standins.record(i, written(told, rng), i % 2, ())
        provenance = msgspec.structs.replace(record.provenance, exemplars=(pool[i].trial_id,))
        made.append(msgspec.structs.replace(record, provenance=provenance))
    return tuple(made)


def given(study: Study, out: Path) -> list[Set]:
    """The planted records as the study's sets."""
    pool = trials_of(study, corpus_of(study, out, 0)).pool
    return [Set(made=each, records=records(each.recipe.name, pool)) for each in sets(study)]
