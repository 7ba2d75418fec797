"""A corpus carved from another: the trials that one's question is about, or a sample of them."""

from __future__ import annotations

import hashlib
import heapq
from pathlib import Path

import msgspec

from synthetrial.aside import mapped
from synthetrial.corpus import drugs, parquet
from synthetrial.corpus.build import copied_names
from synthetrial.corpus.draft import REJECTS, draft
from synthetrial.corpus.manifest import Partition, content, names_file, partitions, read_manifest
from synthetrial.corpus.rows import resolved
from synthetrial.errors import CorpusError
from synthetrial.trial import RegistryTrial


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which trials: labelled ones, with this drug, a condition that holds these words, in this phase, begun in this year or
    later. What is not given is not asked."""

    labelled: bool = False
    drug: str | None = None
    condition: str | None = None
    phase: str | None = None
    since: int | None = None

    def holds(self, trial: RegistryTrial) -> bool:
        """Whether a trial is one of those."""
        protocol = trial.protocol
        if self.labelled and trial.label is None:
            return False
        if self.phase is not None and self.phase not in protocol.phases:
            return False
        if self.since is not None and (trial.start_date or "")[:4] < str(self.since):
            return False
        if self.condition is not None:
            said = self.condition.casefold()
            if not any(said in each.casefold() for each in (*protocol.conditions, *trial.condition_mesh)):
                return False
        if self.drug is not None:
            asked = {each.name for each in drugs.recognise((self.drug,))} or {self.drug.casefold()}
            return any(each.name in asked for each in drugs.trial_drugs(protocol))
        return True


def subset(
    folder: Path, out: Path, wanted: Wanted, *, sample: int | None = None, seed: int = 0, workers: int | None = None
) -> int:
    """Write the trials of the corpus in `folder` that are `wanted`, at most `sample` of them (drawn by `seed`), to a corpus
    `out`; how many they are. Raises `CorpusError` where there are none."""
    old = read_manifest(folder)
    drugs.use_names(names_file(folder))
    with draft(Path(out)) as made:
        tasks = [(each, made.partition(), wanted) for each in partitions(folder)]
        list(mapped(_part, tasks, workers))
        kept = resolved([target for _, target, _ in tasks], lambda *_: None)
        if not kept.rows:
            raise CorpusError(f"{folder}: no trial is what was asked for; ask for less")
        if sample is not None:
            for trial_id in heapq.nlargest(max(0, len(kept.rows) - sample), kept.rows, key=lambda each: draw(each, seed)):
                kept.lose(kept.rows.pop(trial_id))
        target = made.partition()
        count = parquet.copied([each for _, each, _ in tasks], target, kept.lost)
        rejects = made.named(REJECTS, ".jsonl")
        rejects.touch()
        names = copied_names(made, names_file(folder))
        made.commit(
            msgspec.structs.replace(
                old, read=count, kept=count, rejected=0, rejects=rejects.name, fingerprint=kept.fingerprint_with(names),
                labelled=sum(each.label is not None for each in kept.rows.values()),
                synthetic=sum(each.synthetic for each in kept.rows.values()),
                partitions=(Partition(target.relative_to(made.folder).as_posix(), count),), drug_names=names,
            )
        )  # fmt: skip
    return count


def draw(trial_id: str, seed: int) -> bytes:
    """A number that a seed draws for a trial, whatever else a corpus holds: samples are those with the smallest."""
    return hashlib.blake2b(f"{seed} {trial_id}".encode("utf-8", "replace"), digest_size=8).digest()


def _part(task: tuple[Path, Path, Wanted]) -> None:
    source, target, wanted = task
    with parquet.Writer(target) as writer:
        for each in parquet.read(source):
            if wanted.holds(each):
                writer.add(each, content(each))
