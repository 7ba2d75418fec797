"""What a run is: read once from its store, its configuration and, where it is still there, the split of its corpus."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Final, NamedTuple

from synthetrial.corpus import split as splits
from synthetrial.corpus.demo import demo_corpus
from synthetrial.corpus.draft import SPLIT
from synthetrial.corpus.manifest import read_manifest
from synthetrial.corpus.opening import split_of
from synthetrial.errors import SynthetrialError
from synthetrial.evaluate.fidelity.design import NOTHING, shown
from synthetrial.run.stats import Stats, stats
from synthetrial.run.store import RunStore

CONFIG_FILE: Final = "config.toml"


class Corpus(NamedTuple):
    """The corpus a run was made from: how it is called, its fingerprint, how many trials it has on each side of its split (none
    where it is not there any more, and `lost` says so), the kind of split, its fingerprint, and the rule of its labels."""

    name: str
    fingerprint: str
    sides: dict[str, int]
    kind: str
    split: str
    label_rule: str
    lost: str = ""


class Facts(NamedTuple):
    """A run: its name, records accepted and wanted, counts of the accepted by label, drug, condition and phase, the first and
    the last day on which one was written, configuration (as meta and as text), model, version, corpus, and what it took."""

    name: str
    accepted: int
    wanted: int
    labels: Counter[int]
    drugs: Counter[str]
    conditions: Counter[str]
    phases: Counter[str]
    days: tuple[str, str] | None
    config: dict[str, Any]
    config_text: str
    model: dict[str, str]
    version: str
    corpus: Corpus
    stats: Stats


def read_facts(run: Path) -> Facts:
    """The facts of the run in `run`, however far it is. Raises `StoreError` where there is no run or it was never begun."""
    labels: Counter[int] = Counter()
    drugs: Counter[str] = Counter()
    conditions: Counter[str] = Counter()
    phases: Counter[str] = Counter()
    days: set[str] = set()
    with RunStore.read(run) as store:
        config = store.config()
        for trial in store.trials():
            labels[trial.label] += 1
            drugs[str(trial.provenance.plan.get("drug", "not known"))] += 1
            conditions.update({each.casefold(): None for each in trial.protocol.conditions}.keys())
            phases[shown("/".join(trial.protocol.phases) or NOTHING)] += 1
            days.add(trial.provenance.date)
        return Facts(
            name=run.resolve().name,
            accepted=labels.total(),
            wanted=store.get_meta("wanted") or 0,
            labels=labels,
            drugs=drugs,
            conditions=conditions,
            phases=phases,
            days=(min(days), max(days)) if days else None,
            config=config,
            config_text=_text(run / CONFIG_FILE),
            model=store.get_meta("model") or {},
            version=str(store.get_meta("version") or "not known"),
            corpus=_corpus(config.get("corpus"), store.get_meta("fingerprints") or {}, store.get_meta("label_rule")),
            stats=stats(store),
        )


def _text(path: Path) -> str:
    return path.read_text("utf-8", "replace") if path.is_file() else ""


def _corpus(path: str | None, made: dict[str, str], label_rule: str | None) -> Corpus:
    name = "the bundled demo corpus" if path is None else Path(path).name
    found = Corpus(name, made.get("corpus", ""), {}, "", made.get("split", ""), label_rule or "")
    try:
        if path is None:
            corpus = demo_corpus()
            fingerprint, split = corpus.fingerprint, split_of(corpus)
        else:
            fingerprint, split = read_manifest(Path(path)).fingerprint, splits.read(Path(path) / SPLIT)
    except SynthetrialError:
        return found._replace(lost="The corpus is not where it was when this run was made, so its counts are not known here.")
    if (fingerprint, split.fingerprint) != (found.fingerprint, found.split):
        return found._replace(lost="The corpus or its split has changed since this run was made, so its counts are not shown.")
    sides = Counter(split.sides.values())
    return found._replace(sides={each: sides[each] for each in splits.SIDES}, kind=split.kind)
