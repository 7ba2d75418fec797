"""What dividing a corpus rests on: of each trial its id, label, start date, what it shares with others, and its signature.

Had of trials in memory or, by several processes, of a stored corpus: about 1 kB a trial, where the trial itself takes 15.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from synthetrial import text
from synthetrial.aside import mapped
from synthetrial.corpus import drugs, parquet
from synthetrial.corpus.drug_table import normal
from synthetrial.corpus.manifest import names_file, partitions
from synthetrial.similar import minhash
from synthetrial.similar.minhash import Signatures
from synthetrial.trial import RegistryTrial

Kind = Literal["random", "temporal", "unseen-drug", "unseen-condition"]
Shared = Literal["random", "temporal", "unseen-drug", "unseen-condition", "primary-drug"]
"""What makes trials hang together beside near-duplication: nothing, any drug, any condition, the first drug."""


class Facts(msgspec.Struct, kw_only=True):
    """Of `n` trials in the order of their ids: labels (1, 0, None), start dates ("" if none), MinHash signatures (n, 128), and
    what they share: trial `holders[i]` has the key `keys[i]`. `synthetic` is the id of a synthetic one, if there is one."""

    ids: list[str]
    labels: list[int | None]
    dates: list[str]
    signatures: Signatures
    holders: NDArray[np.int64]
    keys: NDArray[np.uint64]
    synthetic: str | None


def of_trials(ordered: Iterable[RegistryTrial], shared: Shared) -> Facts:
    """The facts of trials that are in the order of their ids."""
    found = Facts(
        ids=[], labels=[], dates=[], signatures=np.zeros((0, minhash.VALUES), np.uint32), holders=np.zeros(0, np.int64),
        keys=np.zeros(0, np.uint64), synthetic=None,
    )  # fmt: skip
    held: list[tuple[int, int]] = []

    def rendered() -> Iterator[str]:
        for at, each in enumerate(ordered):
            found.ids.append(each.trial_id)
            found.labels.append(None if each.label is None else each.label.value)
            found.dates.append(each.start_date or "")
            held.extend((at, _hash(key)) for key in _keys(each, shared))
            if each.synthetic:
                found.synthetic = each.trial_id
            yield text.render(each.protocol)

    found.signatures = minhash.signatures(rendered())
    found.holders = np.array([at for at, _ in held], dtype=np.int64)
    found.keys = np.array([key for _, key in held], dtype=np.uint64)
    return found


def of_corpus(folder: Path, shared: Shared, workers: int | None = None) -> Facts:
    """The facts of the corpus in `folder`."""
    files = partitions(folder)
    drugs.use_names(names_file(folder))
    return joined(list(mapped(_of_partition, [(each, shared) for each in files], workers)))


def places(parts: Sequence[Facts]) -> NDArray[np.int64]:
    """The position of each trial of all parts in the order of the ids."""
    ids = [each for part in parts for each in part.ids]
    place = np.empty(len(ids), dtype=np.int64)
    place[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
    return place


def joined(parts: Sequence[Facts], place: NDArray[np.int64] | None = None) -> Facts:
    """The facts of all parts, in the order of the ids (`place`, where it is known: `places`). Takes the signatures out of the
    parts as they are laid in order."""
    ids = [each for part in parts for each in part.ids]
    place = places(parts) if place is None else place
    order = np.argsort(place).tolist()
    table = np.empty((len(ids), minhash.VALUES), dtype=np.uint32)
    holders, begin = [np.zeros(0, dtype=np.int64)], 0
    for part in parts:
        end = begin + len(part.ids)
        table[place[begin:end]] = part.signatures
        holders.append(place[part.holders + begin])
        part.signatures, begin = table[:0], end
    labels, dates = ([each for part in parts for each in getattr(part, name)] for name in ("labels", "dates"))
    return Facts(
        ids=[ids[at] for at in order],
        labels=[labels[at] for at in order],
        dates=[dates[at] for at in order],
        signatures=table,
        holders=np.concatenate(holders),
        keys=np.concatenate([np.zeros(0, dtype=np.uint64), *(part.keys for part in parts)]),
        synthetic=next((part.synthetic for part in parts if part.synthetic), None),
    )


def _of_partition(task: tuple[Path, Shared]) -> Facts:
    path, shared = task
    return of_trials(parquet.read(path), shared)


def groups(known: Facts) -> list[tuple[int, ...]]:
    """The sets of trials that must not be parted, by position, singles included, in order of their first: those that share a
    key or are near-duplicates."""
    order = np.argsort(known.keys, kind="stable")
    keys, holders = known.keys[order], known.holders[order]
    same = np.flatnonzero(keys[1:] == keys[:-1])
    sharing = np.stack([holders[same], holders[same + 1]], axis=1)
    pairs = np.concatenate([minhash.similar_pairs(known.signatures), sharing])
    return minhash.components(len(known.ids), pairs, least=1)


def _keys(trial: RegistryTrial, shared: Shared) -> Sequence[str]:
    if shared == "unseen-drug":
        return sorted(drugs.trial_names(trial.protocol))
    if shared == "unseen-condition":
        return sorted({*map(normal, trial.protocol.conditions), *map(normal, trial.condition_mesh)})
    if shared == "primary-drug":
        named = drugs.trial_drugs(trial.protocol)
        return [named[0].name] if named else []
    return ()


def _hash(key: str) -> int:
    """64 bits of a key, the same in every process."""
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).digest(), "little")
