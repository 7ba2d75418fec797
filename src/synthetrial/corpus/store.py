"""The corpus as the rest of the package sees it: a value, loaded from the folder that `build` wrote, and its counts."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from synthetrial import notebook
from synthetrial.corpus import drugs, parquet
from synthetrial.corpus.build import BuildResult, build, update
from synthetrial.corpus.manifest import Manifest, names_file, partitions, read_manifest
from synthetrial.errors import CorpusError, RefusedError
from synthetrial.trial import FAILURE, SUCCESS, RegistryTrial

__all__ = ["BuildResult", "Corpus", "build", "iterate", "load_corpus", "update"]


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


def checked(path: Path, *, allow_synthetic: bool = False) -> Manifest:
    """The manifest of a corpus. Raises `CorpusError` where there is none, `RefusedError` for synthetic trials not allowed."""
    manifest = read_manifest(path)
    if manifest.synthetic and not allow_synthetic:
        raise RefusedError(
            f"{path} holds {manifest.synthetic} synthetic trials, which are no evidence; --allow-synthetic uses them"
        )
    return manifest


def load_corpus(path: Path, *, allow_synthetic: bool = False) -> Corpus:
    """The corpus in a folder that `build` wrote.

    Raises `CorpusError` where it is missing or damaged, `RefusedError` where it holds synthetic trials and `allow_synthetic`
    is not given.
    """
    path = Path(path)
    manifest = checked(path, allow_synthetic=allow_synthetic)
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
    """The trials of the corpus in a folder, streamed, in the order they are stored in. Its own drug names are used from now on.
    Raises `CorpusError`."""
    drugs.use_names(names_file(path))
    for each in partitions(path):
        try:
            yield from parquet.read(each)
        except (OSError, ValueError, TypeError, KeyError) as error:  # pyarrow's errors are these kinds
            raise CorpusError(f"{each} cannot be read ({str(error)[:120]}); build the corpus again") from error
