"""The retrieval index: labelled training trials by drug, class, condition and text, as flat arrays.

The same arrays for a corpus in memory and, mapped from files beside it, for one of any size: `of_trials` makes the first,
`stored` opens the second and builds it where it is missing or of another corpus or split. It holds no other trial than those
of the training side.
"""

from __future__ import annotations

import bisect
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from synthetrial.aside import mapped
from synthetrial.corpus import facts, parquet
from synthetrial.corpus import split as splits
from synthetrial.corpus.draft import INDEX, SPLIT
from synthetrial.corpus.drugs import classes, trial_drugs, use_names
from synthetrial.corpus.facts import Facts
from synthetrial.corpus.manifest import names_file, partitions, read_manifest
from synthetrial.corpus.split import Split
from synthetrial.errors import CorpusError
from synthetrial.retrieve import lookup, words
from synthetrial.retrieve import vectors as embeddings
from synthetrial.retrieve.blob import Blob, Written, write_blob
from synthetrial.retrieve.counts import Counted, counted
from synthetrial.retrieve.counts import opened as counts_of
from synthetrial.retrieve.lookup import Lists
from synthetrial.retrieve.vectors import Vectors
from synthetrial.retrieve.words import Words
from synthetrial.text import render
from synthetrial.trial import PHASES, RegistryTrial

FORMAT: Final = 2
META: Final = "index.json"
KINDS: Final = ("drug", "class", "condition", "said")
"""Kinds of keys: canonical drug names, drug classes, MeSH terms of conditions (else conditions), conditions as they are
said."""


class Keys(msgspec.Struct, frozen=True):
    """Keys of a kind: their names, in order, and the keys of each trial in its own order."""

    names: list[str]
    of: Lists

    def number(self, name: str) -> int | None:
        """The number of a key; None for one that no trial has."""
        at = bisect.bisect_left(self.names, name)
        return at if at < len(self.names) and self.names[at] == name else None


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """Trials in the order of their ids: labels (n,), groups that no fold parts (the position of the first in each), phases as
    bits in the order of `trial.PHASES`, keys by kind, words, and the trials themselves; vectors where they were asked for."""

    ids: list[str]
    labels: npt.NDArray[np.uint8]
    groups: npt.NDArray[np.int64]
    phases: npt.NDArray[np.uint8]
    keys: dict[str, Keys]
    words: Words
    trials: Sequence[RegistryTrial]
    vectors: Vectors | None = None

    def folds(self, n: int, seed: int) -> npt.NDArray[np.uint8]:
        """The teacher's fold of each trial."""
        order = np.argsort(self.groups, kind="stable")
        together = np.split(order, np.flatnonzero(np.diff(self.groups[order])) + 1) if len(order) else []
        found = splits.folds_of([each.tolist() for each in together], self.labels.tolist(), n, seed)
        return np.array(found, dtype=np.uint8)


class Meta(msgspec.Struct, frozen=True):
    """What a stored index was made of."""

    format: int
    corpus: str
    split: str
    trials: int
    vectors: bool = False


class _Part(msgspec.Struct):
    """What the index needs of some trials; `texts` are let go when their words are counted."""

    facts: Facts
    phases: list[int]
    keys: dict[str, tuple[list[str], Lists]]
    texts: list[str]
    written: Written | None = None


def of_trials(trials: Iterable[RegistryTrial]) -> Index:
    """The index of labelled trials, in memory."""
    ordered = sorted((each for each in trials if each.label is not None), key=lambda each: each.trial_id)
    part = _part(ordered)
    counts = [counted(part.texts)]
    return _joined([part], lambda: counts, ordered)


def stored(folder: Path, split: Split, workers: int | None = None) -> Index:
    """The index beside the corpus in `folder`, built by `workers` processes where there is none of this corpus and split."""
    wanted = (FORMAT, read_manifest(folder).fingerprint, split.fingerprint)
    meta = _meta(folder / INDEX)
    if meta is None or (meta.format, meta.corpus, meta.split) != wanted:
        build(folder, split, vectors=meta is not None and meta.vectors, workers=workers)
    return opened(folder / INDEX)


def build(folder: Path, split: Split, *, vectors: bool = False, workers: int | None = None) -> Meta:
    """Make the index of the training side of `split`, in place of one that may be there; whole or not at all. With `vectors`
    the trials are embedded as well (`vectors.build`)."""
    splits.write(split, folder / SPLIT)
    use_names(names_file(folder))
    for each in folder.glob(f"{INDEX}.*"):
        shutil.rmtree(each, ignore_errors=True)
    part = folder / f"{INDEX}.part"
    try:
        part.mkdir()
        sides = (folder / SPLIT, split.fingerprint)
        tasks = [(path, sides, part / f"trials-{at:05}.bin") for at, path in enumerate(partitions(folder))]
        parts = list(mapped(_of_partition, tasks, workers))
        made = _joined(parts, lambda: (counts_of(_counts(blob)) for *_, blob in tasks), part)
        for *_, blob in tasks:
            shutil.rmtree(_counts(blob))
        _write(made, part)
        if vectors:
            embeddings.build(Blob(part), made.labels, part)
        meta = Meta(FORMAT, read_manifest(folder).fingerprint, split.fingerprint, len(made.ids), vectors)
        (part / META).write_bytes(msgspec.json.encode(meta))
        shutil.rmtree(folder / INDEX, ignore_errors=True)
        part.rename(folder / INDEX)
    except OSError as error:
        raise CorpusError(f"{folder / INDEX} cannot be written: {error.strerror or error}; free the disk") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return meta


def opened(folder: Path) -> Index:
    """The index that `build` wrote into `folder`, its arrays mapped from the files."""
    names = msgspec.msgpack.decode((folder / "names.msgpack").read_bytes(), type=dict[str, list[str]])
    return Index(
        ids=msgspec.msgpack.decode((folder / "ids.msgpack").read_bytes(), type=list[str]),
        **{name: np.load(folder / f"{name}.npy") for name in ("labels", "groups", "phases")},
        keys={kind: Keys(names[kind], lookup.opened(folder, f"{kind}.of")) for kind in KINDS},
        words=words.open_words(folder),
        trials=Blob(folder),
        vectors=embeddings.opened(folder),
    )


def _meta(folder: Path) -> Meta | None:
    try:
        return msgspec.json.decode((folder / META).read_bytes(), type=Meta)
    except (OSError, msgspec.DecodeError):
        return None


def _write(made: Index, folder: Path) -> None:
    (folder / "ids.msgpack").write_bytes(msgspec.msgpack.encode(made.ids))
    (folder / "names.msgpack").write_bytes(msgspec.msgpack.encode({kind: each.names for kind, each in made.keys.items()}))
    for name in ("labels", "groups", "phases"):
        np.save(folder / f"{name}.npy", getattr(made, name))
    for kind, each in made.keys.items():
        each.of.write(folder, f"{kind}.of")
    made.words.write(folder)
    assert isinstance(made.trials, Blob)
    made.trials.write(folder)


def _of_partition(task: tuple[Path, tuple[Path, str], Path]) -> _Part:
    path, split, blob = task
    sides = _sides(*split)
    with write_blob(blob) as (written, keep):
        made = _part(keep(each) for each in parquet.read(path) if each.label is not None and sides[each.trial_id] == "train")
    made.written = written
    counted(made.texts).write(_counts(blob))
    made.texts = []
    return made


def _counts(blob: Path) -> Path:
    """Where the word counts of a partition are until all are there."""
    return blob.with_suffix(".counts")


@lru_cache(1)
def _sides(path: Path, fingerprint: str) -> dict[str, splits.Side]:
    """The sides of the split at `path`, read once a process; the file holds the split of this fingerprint."""
    return splits.read(path).sides


def _part(trials: Iterable[RegistryTrial]) -> _Part:
    phases: list[int] = []
    numbers: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
    keys: dict[str, list[list[int]]] = {kind: [] for kind in KINDS}
    texts: list[str] = []

    def looked_at() -> Iterator[RegistryTrial]:
        for each in trials:
            phases.append(sum(1 << PHASES.index(phase) for phase in each.protocol.phases))
            for kind, names in zip(KINDS, _keys_of(each), strict=True):
                known = numbers[kind]
                keys[kind].append([known.setdefault(name, len(known)) for name in dict.fromkeys(names)])
            texts.append(render(each.protocol))
            yield each

    known = facts.of_trials(looked_at(), "primary-drug")
    return _Part(known, phases, {kind: (list(numbers[kind]), lookup.lists(keys[kind])) for kind in KINDS}, texts)


def _keys_of(trial: RegistryTrial) -> Iterator[Iterable[str]]:
    """The keys of a trial, kind after kind as in `KINDS`."""
    drugs = trial_drugs(trial.protocol)
    conditions = trial.condition_mesh or trial.protocol.conditions
    yield (drug.name for drug in drugs)
    yield sorted({name for drug in drugs for name in classes(drug)})
    yield (name.casefold() for name in conditions)
    yield (name.casefold() for name in (*conditions, *trial.protocol.conditions))


def _joined(parts: Sequence[_Part], counts: Callable[[], Iterable[Counted]], trials: Sequence[RegistryTrial] | Path) -> Index:
    """The index of all parts and their word counts; `trials` are theirs in the order of the ids, or the folder into which the
    parts have written them."""
    place = facts.places([part.facts for part in parts])
    ids, labels, groups = _grouped(parts, place)
    phases = np.zeros(len(place), np.uint8)
    phases[place] = [each for part in parts for each in part.phases]
    return Index(
        ids=ids,
        labels=labels,
        groups=groups,
        phases=phases,
        keys={kind: _keys([part.keys[kind] for part in parts], place) for kind in KINDS},
        words=words.weighed(counts, labels, place, trials if isinstance(trials, Path) else None),
        trials=Blob.of([part.written for part in parts if part.written], place) if isinstance(trials, Path) else trials,
    )


def _grouped(
    parts: Sequence[_Part], place: npt.NDArray[np.int64]
) -> tuple[list[str], npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """The ids, labels and groups of all trials. (The signatures behind the groups, half a kilobyte a trial, go on return.)"""
    known = facts.joined([part.facts for part in parts], place)
    groups = np.arange(len(place))
    for together in facts.groups(known):
        groups[list(together)] = together[0]
    return known.ids, np.array(known.labels, dtype=np.uint8), groups


def _keys(parts: Sequence[tuple[list[str], Lists]], place: npt.NDArray[np.int64]) -> Keys:
    """The keys of all parts; `place[i]` is the position of the i-th of their trials."""
    names = sorted({name for known, _ in parts for name in known})
    number = {name: at for at, name in enumerate(names)}
    numbers = [np.array([number[name] for name in known], np.int32)[each.values] for known, each in parts]
    lengths = np.concatenate([np.zeros(0, np.int64), *(np.diff(each.offsets) for _, each in parts)])
    return Keys(names, lookup.moved(np.concatenate([np.zeros(0, np.int32), *numbers]), lengths, place))
