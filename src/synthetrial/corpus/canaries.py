"""Canaries: records planted in a training split to find out whether a synthetic set gives away what it was made from.

After Meeus et al., "The Canary's Echo: Auditing Privacy Risks of LLM-Generated Synthetic Text" (ICML 2025). Canaries come in
pairs with the design of one real training trial, the host (drug, conditions, arms, ages, label). What a writer would write
(title, summary, criteria, endpoints) is drawn afresh for each from the words of the corpus, two by two: it reads like the
corpus and stands nowhere in it. A coin decides which one of a pair is planted as a training trial; the other is kept out, and
nobody sees it but the attack. Planted and kept-out ones differ in nothing else.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

import synthetrial
from synthetrial import canonical
from synthetrial.corpus import parquet
from synthetrial.corpus import split as splits
from synthetrial.corpus.draft import SPLIT
from synthetrial.corpus.drugs import trial_drugs
from synthetrial.corpus.folder import replaced
from synthetrial.corpus.manifest import (
    FORMAT_VERSION,
    MANIFEST,
    TRIALS,
    Manifest,
    Partition,
    content,
    fingerprint,
    read_manifest,
)
from synthetrial.corpus.opening import open_corpus, split_of
from synthetrial.errors import CorpusError, UsageError
from synthetrial.seeds import short_id
from synthetrial.shape import CriteriaParts, compose_criteria, criteria_parts
from synthetrial.similar.spans import SpanIndex, words
from synthetrial.trial import OutcomeMeasure, Protocol, RegistryTrial, Source

FILE: Final = "canaries.jsonl"
MARKER: Final = 24
"""Words of a canary's marker, the sentence that its summary begins with."""
_TRIES: Final = 20


class Canary(msgspec.Struct, frozen=True, kw_only=True):
    """A canary: its pair, its host's id, its marker, and whether it was planted or kept out."""

    id: str
    pair: int
    planted: bool
    marker: str
    host: str
    protocol: Protocol


def plant(corpus: str | None, out: Path, *, n: int = 50, seed: int = 0) -> tuple[Canary, ...]:
    """Write the corpus in the folder `corpus` (None: the demo corpus) to `out`, with `n` // 2 canaries in its training split.

    As many are kept out. `out` gets the corpus's split (with the planted ones in train) and `canaries.jsonl`, which lists both
    kinds and which no generator reads. Raises `UsageError` for fewer than 2, `CorpusError` where no training trial can be host.
    """
    if n < 2:
        raise UsageError(f"--n is at least 2 canaries (one planted, one kept out), not {n}")
    source = open_corpus(corpus)
    if source.path is not None and source.path.resolve() == Path(out).resolve():
        raise UsageError(f"{out} is the corpus itself: canaries go into a copy, as they are no evidence of anything")
    split = split_of(source)
    train = splits.side(split, source.trials, "train")
    hosts = [each for each in train if each.label is not None and each.protocol.brief_summary and trial_drugs(each.protocol)]
    if not hosts:
        raise CorpusError(f"{corpus or 'the demo corpus'}: no labelled training trial with a known drug and a summary")
    made = canaries(hosts, source.trials, n // 2, seed)
    by_id = {each.trial_id: each for each in hosts}
    planted = tuple(
        msgspec.structs.replace(
            by_id[each.host], trial_id=each.id, protocol=each.protocol, source=Source(format="canary", file=FILE)
        )
        for each in made
        if each.planted
    )
    _write(out, source.path, source.label_rule, (*source.trials, *planted), split, [each.trial_id for each in planted], made)
    return made


def read(path: Path) -> tuple[Canary, ...]:
    """The canaries of a `canaries.jsonl`. Raises `CorpusError` where it cannot be read."""
    try:
        return tuple(msgspec.json.decode(row, type=Canary) for row in path.read_bytes().splitlines() if row.strip())
    except (OSError, msgspec.DecodeError) as error:
        raise CorpusError(f"{path} cannot be read ({error}); plant the canaries again") from error


def beside(corpus: Path | None) -> tuple[Canary, ...]:
    """The canaries in a corpus folder; none where none were planted. Raises `CorpusError`."""
    path = None if corpus is None else corpus / FILE
    return read(path) if path and path.is_file() else ()


def canaries(hosts: Sequence[RegistryTrial], trials: Sequence[RegistryTrial], pairs: int, seed: int) -> tuple[Canary, ...]:
    """`pairs` pairs of canaries on `hosts` (each once before any twice), worded like `trials`; the same for the same seed."""
    rng = random.Random(f"canaries-{seed}")
    speech = _Speech(trials)
    order = list(hosts)
    rng.shuffle(order)
    made = []
    for pair in range(pairs):
        host = order[pair % len(order)]
        coin = rng.random() < 0.5
        for twin in (0, 1):
            marker = speech.sentence("summary", MARKER, rng, fresh=True)
            made.append(
                Canary(
                    id=f"CANARY-{short_id('canary', seed, pair, twin)}",
                    pair=pair,
                    planted=(twin == 0) == coin,
                    marker=marker,
                    host=host.trial_id,
                    protocol=_worded(host.protocol, marker, speech, rng),
                )
            )
    return tuple(made)


def _worded(host: Protocol, marker: str, speech: _Speech, rng: random.Random) -> Protocol:
    """The host's design with everything that a writer writes drawn afresh; the marker is the first sentence of the summary."""

    def afresh(kind: str, like: str | None) -> str:
        return speech.sentence(kind, max(4, len((like or "").split())), rng)

    parts = criteria_parts(host.eligibility.criteria or "")
    criteria = CriteriaParts(
        inclusion=tuple(afresh("criterion", each) for each in parts.inclusion[:8]) or (afresh("criterion", None),),
        exclusion=tuple(afresh("criterion", each) for each in parts.exclusion[:8]),
    )
    name = next((each.name for each in host.interventions), "Treatment")
    return canonical.protocol(
        msgspec.structs.replace(
            host,
            brief_title=f"{name}: {speech.sentence('title', 8, rng)}",
            official_title=None,
            detailed_description=None,
            keywords=(),
            brief_summary=f"{marker}. {afresh('summary', ' '.join((host.brief_summary or '').split()[:60]))}.",
            arms=tuple(msgspec.structs.replace(each, description=None) for each in host.arms),
            interventions=tuple(msgspec.structs.replace(each, description=None) for each in host.interventions),
            primary_outcomes=tuple(_measured(each, afresh("measure", each.measure)) for each in host.primary_outcomes[:2]),
            secondary_outcomes=(),
            eligibility=msgspec.structs.replace(host.eligibility, criteria=compose_criteria(criteria)),
        )
    )


def _measured(like: OutcomeMeasure, measure: str) -> OutcomeMeasure:
    return OutcomeMeasure(measure=measure, time_frame=like.time_frame)


class _Speech:
    """Word chains over the trials' own sentences: the next word follows the last two as it does somewhere in the corpus."""

    def __init__(self, trials: Iterable[RegistryTrial]) -> None:
        self.after: dict[str, dict[tuple[str, str], list[str]]] = {}
        kept = list(trials)
        self.index = SpanIndex([each.trial_id for each in kept], (each.protocol for each in kept))
        for each in kept:
            p = each.protocol
            parts = criteria_parts(p.eligibility.criteria or "")
            self._learn("title", [p.brief_title])
            self._learn("summary", (p.brief_summary or "").split("\n"))
            self._learn("criterion", (*parts.inclusion, *parts.exclusion))
            self._learn("measure", (one.measure for one in p.primary_outcomes))

    def _learn(self, kind: str, texts: Iterable[str]) -> None:
        after = self.after.setdefault(kind, defaultdict(list))
        for each in texts:
            before = ("", "")
            for word in each.strip("- ").rstrip(".").split():
                after[before].append(word)
                if before[1]:
                    after["", before[1]].append(word)  # where two words lead nowhere, the last one does
                before = (before[1], word)

    def sentence(self, kind: str, size: int, rng: random.Random, *, fresh: bool = False) -> str:
        """`size` words; with `fresh`, no run of six of them stands in the corpus (as far as `_TRIES` drawings get that)."""
        best, least = "", size + 1
        for _ in range(_TRIES if fresh else 1):
            drawn = self._drawn(kind, size, rng)
            shared = int(self.index.matches(words(drawn))[1].size) if fresh else 0
            if shared < least:
                best, least = drawn, shared
            if not least:
                break
        return best

    def _drawn(self, kind: str, size: int, rng: random.Random) -> str:
        after = self.after[kind]
        said: list[str] = []
        before = ("", "")
        while len(said) < size:
            following = after.get(before) if len(said) % 3 else after.get(("", before[1]))  # break up what is remembered
            following = following or after.get(("", before[1])) or after.get(("", ""))
            if not following:
                break
            word = rng.choice(following)
            said.append(word)
            before = (before[1], word)
        return " ".join(said)


def _write(
    out: Path,
    source: Path | None,
    label_rule: str,
    trials: Sequence[RegistryTrial],
    split: splits.Split,
    planted: Sequence[str],
    made: Sequence[Canary],
) -> None:
    ordered = sorted(trials, key=lambda each: each.trial_id)
    sides: dict[str, splits.Side] = {**split.sides, **dict.fromkeys(planted, "train")}
    labelled = [each for each in ordered if each.label is not None]
    shares: dict[str, float] = {side: sum(sides[t.trial_id] == side for t in labelled) / len(labelled) for side in splits.SIDES}
    old = read_manifest(source) if source else None
    print_of = fingerprint((each.trial_id, content(each), each.label) for each in ordered)
    manifest = Manifest(
        format_version=FORMAT_VERSION, synthetrial=synthetrial.__version__, sources=old.sources if old else (),
        read=len(ordered), kept=len(ordered), rejected=0, labelled=len(labelled), synthetic=0, label_rule=label_rule,
        label_file=old.label_file if old else None, foreign_labels=0, fingerprint=print_of,
        warnings={**(old.warnings if old else {}), f"canaries planted: {len(planted)}": len(planted)},
        partitions=(Partition(f"{TRIALS}/canaries.parquet", len(ordered)),), rejects="rejects.jsonl",
    )  # fmt: skip
    with replaced(Path(out), MANIFEST) as folder:
        (folder / TRIALS).mkdir()
        (folder / manifest.rejects).touch()
        with parquet.Writer(folder / manifest.partitions[0].file) as writer:
            for each in ordered:
                writer.add(each, content(each))
        splits.write(
            splits.Split(
                kind=split.kind, seed=split.seed, sides=sides, fractions=shares, fingerprint=splits.fingerprint(sides)
            ),
            folder / SPLIT,
        )
        (folder / FILE).write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in made))
        (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
