"""Train, validation and test sides of a corpus, and the teacher's folds: drawn once, before anything is retrieved.

Only labelled trials are divided: a trial without a label goes to train, where retrieval may use it and no evaluation reads it,
unless it hangs together with a labelled one and follows that. Near-duplicates (MinHash components over the rendered
protocols) always go to one side, whatever the kind of split.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec

from synthetrial.corpus import facts
from synthetrial.corpus.facts import Facts
from synthetrial.corpus.facts import Kind as Kind
from synthetrial.corpus.manifest import read_manifest
from synthetrial.errors import CorpusError, RefusedError, UsageError
from synthetrial.trial import RegistryTrial

Side = Literal["train", "valid", "test"]
SIDES: Final[tuple[Side, ...]] = get_args(Side)
_NEVER: Final = "9999"
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """Which trial is on which side. `fractions` are the shares of labelled trials that each side really got; `corpus` is the
    fingerprint of the stored corpus that was divided."""

    kind: Kind
    seed: int
    sides: dict[str, Side]
    fractions: dict[str, float]
    fingerprint: str
    corpus: str | None = None


def make(
    trials: Sequence[RegistryTrial],
    kind: Kind = "random",
    *,
    seed: int = 0,
    fractions: tuple[float, float, float] = (0.6, 0.2, 0.2),
    before: str | None = None,
    allow_synthetic: bool = False,
) -> Split:
    """Divides `trials`; the same trials in any order, kind and seed give the same split.

    random: stratified by label. temporal: by start date, earliest to train; with `before` (an ISO date) the trials that
    start on or after it are the test side and the rest is divided between train and valid; trials without a start date go
    to train. unseen-drug, unseen-condition: no drug (or condition) in any intervention is shared by two sides; trials that
    hang together go to one side, and a component too large for its side goes whole to train, so `fractions` may differ from
    those asked for.

    Raises `UsageError` for an unknown kind or impossible fractions, `CorpusError` where no trial has a label or an id
    occurs twice, `RefusedError` for synthetic trials unless `allow_synthetic`.
    """
    _check_asked(kind, fractions, before)
    ordered = sorted(trials, key=lambda trial: trial.trial_id)
    return _divided(facts.of_trials(ordered, kind), kind, seed, fractions, before, allow_synthetic)


def of_corpus(
    folder: Path,
    kind: Kind = "random",
    *,
    seed: int = 0,
    fractions: tuple[float, float, float] = (0.6, 0.2, 0.2),
    before: str | None = None,
    allow_synthetic: bool = False,
    workers: int | None = None,
) -> Split:
    """The same split of the corpus in `folder`, streamed by `workers` processes: its trials are never in memory at once (about
    1 kB of each is). Raises as `make`."""
    _check_asked(kind, fractions, before)
    known, print_of = facts.of_corpus(folder, kind, workers), read_manifest(folder).fingerprint
    return msgspec.structs.replace(_divided(known, kind, seed, fractions, before, allow_synthetic), corpus=print_of)


def _divided(
    known: Facts, kind: Kind, seed: int, fractions: tuple[float, float, float], before: str | None, allow_synthetic: bool
) -> Split:
    _check(known, allow_synthetic)
    groups = facts.groups(known)
    if kind == "temporal":
        placed = _by_date(known, groups, fractions, before)
    else:
        placed = _by_draw(known, groups, fractions, random.Random(f"{kind}-{seed}"))
    sides = dict(zip(known.ids, placed, strict=True))
    labelled = Counter(side for label, side in zip(known.labels, placed, strict=True) if label is not None)
    shares: dict[str, float] = {each: labelled[each] / labelled.total() for each in SIDES}
    return Split(kind=kind, seed=seed, sides=sides, fractions=shares, fingerprint=fingerprint(sides))


def fingerprint(sides: dict[str, Side]) -> str:
    """SHA-256 of the sorted (id, side) pairs: equal exactly where every trial is on the same side."""
    return hashlib.sha256(msgspec.json.encode(sorted(sides.items()))).hexdigest()


def side(split: Split, trials: Iterable[RegistryTrial], which: Side) -> tuple[RegistryTrial, ...]:
    """The trials on one side, in their order. Raises `CorpusError` for a trial that the split does not know."""
    out = []
    for trial in trials:
        if (found := split.sides.get(trial.trial_id)) is None:
            raise CorpusError(f"{trial.trial_id} is not in the split: make the split of this corpus anew")
        if found == which:
            out.append(trial)
    return tuple(out)


def write(split: Split, path: Path) -> None:
    """Writes a split as JSON, whole or not at all."""
    content = msgspec.json.format(msgspec.json.encode(split, order="sorted"), indent=1)
    part = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(content + b"\n")
        os.replace(part, path)
    except OSError as error:
        if part is not None:
            Path(part).unlink(missing_ok=True)
        raise CorpusError(f"cannot write the split {path}: {error.strerror or error}") from error


def read(path: Path) -> Split:
    """Reads a split. Raises `CorpusError` if it is missing, no split, or not what its fingerprint says."""
    try:
        split = msgspec.json.decode(path.read_bytes(), type=Split)
    except OSError as error:
        raise CorpusError(f"cannot read the split {path}: {error.strerror or error}; make one with `corpus split`") from error
    except msgspec.DecodeError as error:
        raise CorpusError(f"{path} is no split: {error}; make it anew with `corpus split`") from error
    if split.fingerprint != fingerprint(split.sides):
        raise CorpusError(f"{path}: the sides were changed after the split was made; make it anew with `corpus split`")
    return split


def folds(trials: Sequence[RegistryTrial], n_folds: int, seed: int = 0) -> dict[str, int]:
    """The teacher's fold (0 … n_folds-1) of each trial: near-duplicates, and trials with the same primary drug, are in one
    fold; the folds are as even in size and label as whole groups allow. Raises `UsageError` for fewer than two folds.
    """
    if n_folds < 2:
        raise UsageError(f"the teacher needs at least 2 folds, not {n_folds}")
    ordered = sorted(trials, key=lambda trial: trial.trial_id)
    known = facts.of_trials(ordered, "primary-drug")
    return dict(zip(known.ids, folds_of(facts.groups(known), known.labels, n_folds, seed), strict=True))


def folds_of(groups: Sequence[Sequence[int]], labels: Sequence[int | None], n_folds: int, seed: int = 0) -> list[int]:
    """The fold of each position, given the `groups` (in order of their first) that must not be parted."""
    held: list[Counter[int | None]] = [Counter() for _ in range(n_folds)]
    totals = Counter(labels)
    out = [0] * len(labels)
    for group in _shuffled(groups, random.Random(f"folds-{seed}")):
        mine = Counter(labels[at] for at in group)
        fold = min(range(n_folds), key=lambda f: (_fullness(held[f], mine, totals), f))
        held[fold] += mine
        for at in group:
            out[at] = fold
    return out


def _fullness(held: Counter[int | None], mine: Counter[int | None], totals: Counter[int | None]) -> float:
    """How full a fold is of the labels that a group brings, each as a share of all trials of that label."""
    return sum(mine[label] / totals[label] * held[label] / totals[label] for label in mine)


def _check_asked(kind: str, fractions: tuple[float, ...], before: str | None) -> None:
    if kind not in KINDS:
        raise UsageError(f"unknown kind of split {kind!r}: take one of {', '.join(KINDS)}")
    if len(fractions) != 3 or min(fractions) < 0 or fractions[0] == 0 or abs(sum(fractions) - 1) > 1e-9:
        raise UsageError(f"fractions are three shares that sum to 1, train above 0, not {fractions}")
    if before is not None and kind != "temporal":
        raise UsageError(f"a date parts a temporal split only, not a {kind} one")


def _check(known: Facts, allow_synthetic: bool) -> None:
    if all(label is None for label in known.labels):
        raise CorpusError("no trial has a label: build the corpus with --labels completion or --labels FILE.csv")
    if twice := next((one for one, other in itertools.pairwise(known.ids) if one == other), None):
        raise CorpusError(f"{twice} occurs twice in the corpus: build it anew")
    if known.synthetic is not None and not allow_synthetic:
        raise RefusedError(
            f"{known.synthetic} is synthetic: a split of a real corpus holds none (--allow-synthetic takes it in)"
        )


def _shuffled(groups: Sequence[Sequence[int]], rng: random.Random) -> list[Sequence[int]]:
    """The groups, large ones first, those of one size in random order."""
    drawn = list(groups)
    rng.shuffle(drawn)
    return sorted(drawn, key=len, reverse=True)


def _by_draw(known: Facts, groups: Sequence[Sequence[int]], fractions: Sequence[float], rng: random.Random) -> list[Side]:
    """Places group after group, large ones first, on the side that lacks most of the labels it brings.

    A group that would overfill every side but train goes to train.
    """
    labels = known.labels
    totals = Counter(each for each in labels if each is not None)
    wanted = [{label: share * n for label, n in totals.items()} for share in fractions]
    held: list[Counter[int | None]] = [Counter() for _ in SIDES]
    placed: list[Side] = ["train"] * len(labels)
    for group in _shuffled(groups, rng):
        mine = Counter(value for at in group if (value := labels[at]) is not None)
        if not mine:
            continue
        room = [
            sum(
                n * (wanted[s][label] - held[s][label]) / wanted[s][label] if wanted[s][label] else -n
                for label, n in mine.items()
            )
            for s in range(len(SIDES))
        ]
        fits = [
            s == 0 or mine.total() == 1 or all(held[s][label] + n <= wanted[s][label] + 1 for label, n in mine.items())
            for s in range(len(SIDES))
        ]
        best = max((s for s in range(len(SIDES)) if fits[s]), key=lambda s: (room[s], -s))
        held[best] += mine
        for at in group:
            placed[at] = SIDES[best]
    return placed


def _by_date(known: Facts, groups: Sequence[Sequence[int]], fractions: Sequence[float], before: str | None) -> list[Side]:
    """Places the trials by start date; near-duplicates go where the earliest of them belongs."""
    labelled = [date for date, label in zip(known.dates, known.labels, strict=True) if label is not None]
    dates = sorted(each for each in labelled if each)
    if not dates:
        raise CorpusError("no labelled trial has a start date: a temporal split needs them")
    if before is not None:
        earlier = [date for date in dates if date < before]
        share = fractions[0] / (fractions[0] + fractions[1])
        cuts = (_at(earlier, round(share * len(earlier)), before), before)
    else:
        whole = round(fractions[0] * len(dates)), round((fractions[0] + fractions[1]) * len(dates))
        cuts = (_at(dates, whole[0], _NEVER), _at(dates, whole[1], _NEVER))
    placed: list[Side] = ["train"] * len(known.ids)
    for group in groups:
        began = [known.dates[at] for at in group]
        if all(began) and any(known.labels[at] is not None for at in group):
            for at in group:
                placed[at] = SIDES[sum(min(began) >= cut for cut in cuts)]
    return placed


def _at(dates: Sequence[str], place: int, otherwise: str) -> str:
    return dates[place] if place < len(dates) else otherwise
