"""Train, validation and test sides of a corpus, and the teacher's folds: drawn once, before anything is retrieved.

Only labelled trials are divided: a trial without a label goes to train, where retrieval may use it and no evaluation reads it,
unless it hangs together with a labelled one and follows that. Near-duplicates (MinHash components over the rendered
protocols) always go to one side, whatever the kind of split.
"""

from __future__ import annotations

import hashlib
import os
import random
import tempfile
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec

from synthetrial import text
from synthetrial.corpus import drugs
from synthetrial.corpus.drug_table import normal
from synthetrial.errors import CorpusError, RefusedError, UsageError
from synthetrial.similar import minhash
from synthetrial.trial import RegistryTrial

Kind = Literal["random", "temporal", "unseen-drug", "unseen-condition"]
Side = Literal["train", "valid", "test"]
SIDES: Final[tuple[Side, ...]] = get_args(Side)
_NEVER: Final = "9999"
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """Which trial is on which side. `fractions` are the shares of labelled trials that each side really got."""

    kind: Kind
    seed: int
    sides: dict[str, Side]
    fractions: dict[str, float]
    fingerprint: str


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
    _check(trials, kind, fractions, before, allow_synthetic)
    ordered = sorted(trials, key=lambda trial: trial.trial_id)
    groups = _groups(ordered, kind)
    if kind == "temporal":
        placed = _by_date(ordered, groups, fractions, before)
    else:
        placed = _by_draw(ordered, groups, fractions, random.Random(f"{kind}-{seed}"))
    sides = {trial.trial_id: side for trial, side in zip(ordered, placed, strict=True)}
    labelled = Counter(side for trial, side in zip(ordered, placed, strict=True) if trial.label is not None)
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
    keys = [[named[0].name] if (named := drugs.trial_drugs(trial.protocol)) else [] for trial in ordered]
    groups = _shuffled(_components(ordered, keys), random.Random(f"folds-{seed}"))
    held: list[Counter[int | None]] = [Counter() for _ in range(n_folds)]
    totals = Counter(_value(trial) for trial in ordered)
    out: dict[str, int] = {}
    for group in groups:
        mine = Counter(_value(ordered[at]) for at in group)
        fold = min(range(n_folds), key=lambda f: (_fullness(held[f], mine, totals), f))
        held[fold] += mine
        out.update((ordered[at].trial_id, fold) for at in group)
    return out


def _fullness(held: Counter[int | None], mine: Counter[int | None], totals: Counter[int | None]) -> float:
    """How full a fold is of the labels that a group brings, each as a share of all trials of that label."""
    return sum(mine[label] / totals[label] * held[label] / totals[label] for label in mine)


def _check(
    trials: Sequence[RegistryTrial], kind: str, fractions: tuple[float, ...], before: str | None, allow_synthetic: bool
) -> None:
    if kind not in KINDS:
        raise UsageError(f"unknown kind of split {kind!r}: take one of {', '.join(KINDS)}")
    if len(fractions) != 3 or min(fractions) < 0 or fractions[0] == 0 or abs(sum(fractions) - 1) > 1e-9:
        raise UsageError(f"fractions are three shares that sum to 1, train above 0, not {fractions}")
    if before is not None and kind != "temporal":
        raise UsageError(f"a date parts a temporal split only, not a {kind} one")
    if not any(trial.label is not None for trial in trials):
        raise CorpusError("no trial has a label: build the corpus with --labels completion or --labels FILE.csv")
    if twice := [trial_id for trial_id, n in Counter(trial.trial_id for trial in trials).items() if n > 1]:
        raise CorpusError(f"{twice[0]} occurs twice in the corpus: build it anew")
    if not allow_synthetic and (found := next((trial for trial in trials if trial.synthetic), None)):
        raise RefusedError(
            f"{found.trial_id} is synthetic: a split of a real corpus holds none (--allow-synthetic takes it in)"
        )


def _value(trial: RegistryTrial) -> int | None:
    return None if trial.label is None else trial.label.value


def _groups(trials: Sequence[RegistryTrial], kind: Kind) -> list[tuple[int, ...]]:
    """The sets of trials that must not be parted, by position, singles included."""
    keys: list[Iterable[Hashable]]
    if kind == "unseen-drug":
        keys = [drugs.trial_names(trial.protocol) for trial in trials]
    elif kind == "unseen-condition":
        keys = [{*map(normal, trial.protocol.conditions), *map(normal, trial.condition_mesh)} for trial in trials]
    else:
        keys = [() for _ in trials]
    return _components(trials, keys)


def _components(trials: Sequence[RegistryTrial], keys: Sequence[Iterable[Hashable]]) -> list[tuple[int, ...]]:
    """The components of trials that share a key or are near-duplicates."""
    joined = minhash.Components(len(trials))
    for group in minhash.near_duplicates(minhash.signatures(text.render(trial.protocol) for trial in trials)):
        for at in group[1:]:
            joined.join(group[0], at)
    first: dict[Hashable, int] = {}
    for at, each in enumerate(keys):
        for key in each:
            joined.join(first.setdefault(key, at), at)
    return joined.groups(least=1)


def _shuffled(groups: Sequence[tuple[int, ...]], rng: random.Random) -> list[tuple[int, ...]]:
    """The groups, large ones first, those of one size in random order."""
    drawn = list(groups)
    rng.shuffle(drawn)
    return sorted(drawn, key=len, reverse=True)


def _by_draw(
    trials: Sequence[RegistryTrial], groups: Sequence[tuple[int, ...]], fractions: Sequence[float], rng: random.Random
) -> list[Side]:
    """Places group after group, large ones first, on the side that lacks most of the labels it brings.

    A group that would overfill every side but train goes to train.
    """
    totals = Counter(_value(trial) for trial in trials if trial.label is not None)
    wanted = [{label: share * n for label, n in totals.items()} for share in fractions]
    held: list[Counter[int | None]] = [Counter() for _ in SIDES]
    placed: list[Side] = ["train"] * len(trials)
    for group in _shuffled(groups, rng):
        mine = Counter(value for at in group if (value := _value(trials[at])) is not None)
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


def _by_date(
    trials: Sequence[RegistryTrial], groups: Sequence[tuple[int, ...]], fractions: Sequence[float], before: str | None
) -> list[Side]:
    """Places the trials by start date; near-duplicates go where the earliest of them belongs."""
    dates = sorted(trial.start_date for trial in trials if trial.label is not None and trial.start_date)
    if not dates:
        raise CorpusError("no labelled trial has a start date: a temporal split needs them")
    if before is not None:
        earlier = [date for date in dates if date < before]
        share = fractions[0] / (fractions[0] + fractions[1])
        cuts = (_at(earlier, round(share * len(earlier)), before), before)
    else:
        whole = round(fractions[0] * len(dates)), round((fractions[0] + fractions[1]) * len(dates))
        cuts = (_at(dates, whole[0], _NEVER), _at(dates, whole[1], _NEVER))
    placed: list[Side] = ["train"] * len(trials)
    for group in groups:
        known = [trials[at].start_date or "" for at in group]
        if all(known) and any(trials[at].label is not None for at in group):
            for at in group:
                placed[at] = SIDES[sum(min(known) >= cut for cut in cuts)]
    return placed


def _at(dates: Sequence[str], place: int, otherwise: str) -> str:
    return dates[place] if place < len(dates) else otherwise
