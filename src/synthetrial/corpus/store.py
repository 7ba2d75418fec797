"""The corpus as the rest of the package sees it: a value, loaded from the folder that `build` wrote, and its counts."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from synthetrial import notebook
from synthetrial.corpus import parquet
from synthetrial.corpus.build import BuildResult, build, update
from synthetrial.corpus.manifest import partitions, read_manifest
from synthetrial.errors import CorpusError, RefusedError
from synthetrial.text import SECTIONS, sections
from synthetrial.trial import FAILURE, SUCCESS, Protocol, RegistryTrial

__all__ = ["BuildResult", "Corpus", "build", "iterate", "load_corpus", "stats", "update"]


class Corpus(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Trials in the order of their ids, all labelled by one rule. `path` is None for the bundled demo corpus."""

    trials: tuple[RegistryTrial, ...]
    fingerprint: str
    label_rule: str
    path: Path | None = None
    synthetic: bool = False

    @functools.cached_property
    def labelled(self) -> tuple[RegistryTrial, ...]:
        """The trials that have a label."""
        return tuple(each for each in self.trials if each.label is not None)

    @functools.cached_property
    def _by_id(self) -> dict[str, RegistryTrial]:
        return {each.trial_id: each for each in self.trials}

    def by_id(self, trial_id: str) -> RegistryTrial:
        """The trial of this id. Raises `CorpusError` if there is none."""
        if trial_id not in self._by_id:
            raise CorpusError(f"no trial {trial_id} in the corpus {self.path or 'demo'}")
        return self._by_id[trial_id]

    def _repr_html_(self) -> str:
        labels = Counter(each.label.value for each in self.labelled if each.label is not None)
        return notebook.table(
            f"corpus {self.path or 'demo'}",
            (
                ("trials", len(self.trials)),
                ("labelled", f"{len(self.labelled)}: {labels[SUCCESS]} successes, {labels[FAILURE]} failures"),
                ("label rule", self.label_rule),
                ("synthetic", "yes" if self.synthetic else "no"),
                ("fingerprint", self.fingerprint[:12]),
            ),
        )


def load_corpus(path: Path, *, allow_synthetic: bool = False) -> Corpus:
    """The corpus in a folder that `build` wrote.

    Raises `CorpusError` where it is missing or damaged, `RefusedError` where it holds synthetic trials and `allow_synthetic`
    is not given.
    """
    path = Path(path)
    manifest = read_manifest(path)
    if manifest.synthetic and not allow_synthetic:
        raise RefusedError(
            f"{path} holds {manifest.synthetic} synthetic trials, which are no evidence; --allow-synthetic uses them"
        )
    trials = tuple(sorted(iterate(path), key=lambda each: each.trial_id))
    if len(trials) != manifest.kept:
        raise CorpusError(f"{path} has {len(trials)} trials, its manifest says {manifest.kept}; build the corpus again")
    return Corpus(
        trials=trials,
        fingerprint=manifest.fingerprint,
        label_rule=manifest.label_rule,
        path=path,
        synthetic=bool(manifest.synthetic),
    )


def iterate(path: Path) -> Iterator[RegistryTrial]:
    """The trials of the corpus in a folder, streamed, in the order they are stored in. Raises `CorpusError`."""
    for each in partitions(path):
        try:
            yield from parquet.read(each)
        except (OSError, ValueError, TypeError, KeyError) as error:  # pyarrow's errors are these kinds
            raise CorpusError(f"{each} cannot be read ({str(error)[:120]}); build the corpus again") from error


def stats(corpus: Corpus) -> dict[str, object]:
    """Counts by source format, label, phase, status, start year and section, and of missing fields; plain values for --json.

    "sections" counts the trials that have each section of the rendering (`text.SECTIONS`), "missing" those whose `Protocol`
    field is absent or empty, "without_status" those whose outcome is not known.
    """
    trials = corpus.trials
    present = Counter(name for each in trials for name in sections(each.protocol))
    fields = Protocol.__struct_fields__
    missing = Counter(name for each in trials for name in fields if not getattr(each.protocol, name))
    return {
        "trials": len(trials),
        "labelled": len(corpus.labelled),
        "label_rule": corpus.label_rule,
        "fingerprint": corpus.fingerprint,
        "synthetic": sum(each.synthetic for each in trials),
        "formats": _counts(each.source.format for each in trials),
        "labels": _counts("none" if each.label is None else str(each.label.value) for each in trials),
        "phases": _counts("/".join(each.protocol.phases) or "none" for each in trials),
        "statuses": _counts(each.outcome.overall_status or "none" for each in trials),
        "without_status": sum(each.outcome.overall_status is None for each in trials),
        "start_years": dict(sorted(_counts((each.start_date or "none")[:4] for each in trials).items())),
        "missing": {name: missing[name] for name in fields},
        "sections": {name: present[name] for name in SECTIONS},
    }


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(values).most_common())
