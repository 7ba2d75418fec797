"""What a corpus holds, counted: of trials in memory, or of a stored corpus by as many processes as there are cores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from synthetrial.aside import mapped
from synthetrial.corpus import drugs, parquet
from synthetrial.corpus.drug_coverage import Coverage
from synthetrial.corpus.manifest import names_file, partitions
from synthetrial.corpus.store import Corpus, checked
from synthetrial.text import SECTIONS, sections
from synthetrial.trial import Protocol, RegistryTrial

UNMATCHED: Final = 20
"""Names without a recognised drug that are listed, the most frequent first."""
_COUNTED: Final = ("formats", "labels", "phases", "statuses", "start_years", "missing", "sections")


class _Tally(msgspec.Struct):
    """Counts of some trials, which add up with those of others."""

    trials: int
    synthetic: int
    counts: dict[str, Counter[str]]
    coverage: Coverage


def stats(corpus: Corpus) -> dict[str, object]:
    """Counts by source format, label, phase, status, start year and section, and of missing fields; plain values for --json.

    "sections" counts the trials that have each section of the rendering (`text.SECTIONS`), "missing" those whose `Protocol`
    field is absent or empty, "without_status" those whose outcome is not known. "drugs" says in how many of the trials with a
    drug or biological a drug is recognised, and which of their names name none, the most frequent first.
    """
    return _said([_tally(corpus.trials)], corpus.label_rule, corpus.fingerprint)


def stats_of(folder: Path, *, allow_synthetic: bool = False, workers: int | None = None) -> dict[str, object]:
    """The same of the corpus in `folder`, which is streamed. Raises `CorpusError`, `RefusedError` as `load_corpus`."""
    manifest = checked(folder, allow_synthetic=allow_synthetic)
    drugs.use_names(names_file(folder))
    return _said(list(mapped(_of_partition, partitions(folder), workers)), manifest.label_rule, manifest.fingerprint)


def _of_partition(path: Path) -> _Tally:
    return _tally(parquet.read(path))


def _tally(trials: Iterable[RegistryTrial]) -> _Tally:
    found = _Tally(0, 0, {name: Counter() for name in _COUNTED}, Coverage())
    counts, fields = found.counts, Protocol.__struct_fields__
    for each in trials:
        found.trials += 1
        found.synthetic += each.synthetic
        counts["formats"][each.source.format] += 1
        counts["labels"]["none" if each.label is None else str(each.label.value)] += 1
        counts["phases"]["/".join(each.protocol.phases) or "none"] += 1
        counts["statuses"][each.outcome.overall_status or "none"] += 1
        counts["start_years"][(each.start_date or "none")[:4]] += 1
        counts["missing"].update(name for name in fields if not getattr(each.protocol, name))
        counts["sections"].update(list(sections(each.protocol)))
        found.coverage.see(each)
    return found


def _said(parts: list[_Tally], label_rule: str, fingerprint: str) -> dict[str, object]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in _COUNTED}
    covered = Coverage()
    for part in parts:
        covered.add(part.coverage)
        for name, each in part.counts.items():
            counts[name].update(each)
    trials = sum(each.trials for each in parts)
    ordered = {name: dict(each.most_common()) for name, each in counts.items()}
    return {
        "trials": trials,
        "labelled": trials - counts["labels"]["none"],
        "label_rule": label_rule,
        "fingerprint": fingerprint,
        "synthetic": sum(each.synthetic for each in parts),
        "formats": ordered["formats"],
        "labels": ordered["labels"],
        "phases": ordered["phases"],
        "statuses": ordered["statuses"],
        "without_status": counts["statuses"]["none"],
        "start_years": dict(sorted(counts["start_years"].items())),
        "missing": {name: counts["missing"][name] for name in Protocol.__struct_fields__},
        "sections": {name: counts["sections"][name] for name in SECTIONS},
        "drugs": {
            "trials": covered.drug_trials,
            "recognised": covered.recognised,
            "share": None if covered.share is None else round(covered.share, 4),
        },
        "unmatched_names": dict(covered.unmatched.most_common(UNMATCHED)),
    }
