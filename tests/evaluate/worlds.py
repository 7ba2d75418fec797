"""A small world in which records teach what real trials teach, or nothing, or the opposite."""

from __future__ import annotations

import functools
import random
from typing import Any

import msgspec
import numpy as np
import standins

from synthetrial.evaluate.inputs import Effort, Inputs
from synthetrial.evaluate.metric import MetricResult
from synthetrial.evaluate.utility.utility import utility
from synthetrial.trial import Label, Protocol, RegistryTrial, Source

NOISE = [f"word{i}" for i in range(60)]
SIGNS = {0: ["washout", "strict", "biopsy", "rare"], 1: ["simple", "visits", "steady", "home"]}


def written(label: int, rng: random.Random) -> Protocol:
    """A record whose words lean towards its label."""
    signs = [rng.choice(SIGNS[label if rng.random() < 0.75 else 1 - label]) for _ in range(3)]
    return Protocol(brief_title="Trial", brief_summary=" ".join(rng.sample(signs + rng.choices(NOISE, k=25), 28)))


@functools.cache
def world(kind: str = "good", scale: int = 1) -> Inputs:
    """240 real trials with a signal, and 60 records: as good as real, with turned labels, without words of any meaning, or each
    its first exemplar again. `scale` times as many of all."""
    rng = random.Random(7)
    trials = [
        RegistryTrial(
            trial_id=f"T{i:03}",
            protocol=written(i % 2, rng),
            source=Source(format="jsonl", file="x"),
            label=Label(value=i % 2, rule="test"),
        )
        for i in range(240 * scale)
    ]
    train, valid, test = trials[: 120 * scale], trials[120 * scale : 180 * scale], trials[180 * scale :]
    folds = {each.trial_id: i // 2 % 5 for i, each in enumerate(train)}
    records = []
    for i in range(60 * scale):
        pool = [each for each in train if folds[each.trial_id] == i // 2 % 5 and standins.label(each) == i % 2]
        record = standins.record(i, written(i % 2, rng), i % 2, ())
        provenance = msgspec.structs.replace(record.provenance, exemplars=tuple(each.trial_id for each in pool[:3]))
        record = msgspec.structs.replace(record, provenance=provenance)
        if kind == "turned":
            record = msgspec.structs.replace(record, label=1 - record.label)
        if kind == "empty":
            record = msgspec.structs.replace(record, protocol=Protocol(brief_title="zzz"))
        if kind == "copied":
            own = pool[i // 10 % len(pool)]
            provenance = msgspec.structs.replace(provenance, exemplars=(own.trial_id,))
            record = msgspec.structs.replace(record, protocol=own.protocol, provenance=provenance)
        records.append(record)
    return Inputs(
        run="world", synthetic=tuple(records), train=tuple(train), valid=tuple(valid), test=tuple(test), folds=folds, drugs={},
        effort=Effort(draws=6, resamples=200, repeats=2),
    )  # fmt: skip


@functools.cache
def measured(kind: str = "good", scale: int = 1) -> MetricResult:
    return utility(world(kind, scale), np.random.default_rng(0))


def table(result: MetricResult) -> dict[tuple[str, int], dict[str, Any]]:
    return {(each["arm"], each["n_real"]): each for each in result.details["arms"]}  # type: ignore[attr-defined]  # JSON values
