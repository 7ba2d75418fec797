"""What became of a corpus: which trials another has more, which it lacks, and in which fields those of both differ.

Trials are told apart by the digests that are stored beside them; only those that changed are decoded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from synthetrial.corpus import parquet
from synthetrial.corpus.manifest import partitions
from synthetrial.corpus.rows import Row, rows
from synthetrial.trial import RegistryTrial

SHOWN: Final = 80
"""Characters of a value that a change is told with."""
_UNCOMPARED: Final = ("trial_id", "source")


class Change(msgspec.Struct, frozen=True):
    """A field of a trial by its path ("outcome.overall_status"), before and after; long texts are cut."""

    trial_id: str
    field: str
    before: str
    after: str


class Diff(msgspec.Struct, frozen=True, kw_only=True):
    """Ids that only the second corpus has, ids that only the first has, changes of trials in both, and how many are the same.

    `fields` counts the changed fields; a changed label is one.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    same: int
    fields: dict[str, int]
    changes: tuple[Change, ...]


def diff(one: Path, other: Path) -> Diff:
    """What the corpus in `other` has that the one in `one` has not, and the other way about. Raises `CorpusError`."""
    before, after = (dict(row for path in partitions(each) for row in rows(path)) for each in (one, other))
    both = before.keys() & after.keys()
    changed = sorted(each for each in both if _differ(before[each], after[each]))
    old, new = (_decoded(known, changed) for known in (before, after))
    changes = tuple(change for each in changed for change in _changes(each, old[each], new[each]))
    return Diff(
        added=tuple(sorted(after.keys() - both)),
        removed=tuple(sorted(before.keys() - both)),
        changed=tuple(changed),
        same=len(both) - len(changed),
        fields=dict(Counter(each.field for each in changes).most_common()),
        changes=changes,
    )


def _differ(one: Row, other: Row) -> bool:
    return one.digest != other.digest or one.label != other.label


def _decoded(known: Mapping[str, Row], ids: Iterable[str]) -> dict[str, RegistryTrial]:
    """The trials of these ids, partition by partition."""
    wanted: dict[Path, set[int]] = {}
    for each in ids:
        wanted.setdefault(known[each].file, set()).add(known[each].number)
    return {trial.trial_id: trial for file, numbers in sorted(wanted.items()) for trial in parquet.taken(file, sorted(numbers))}


def _changes(trial_id: str, old: RegistryTrial, new: RegistryTrial) -> Iterator[Change]:
    before, after = (dict(_leaves(msgspec.to_builtins(each))) for each in (old, new))
    for field in sorted({*before, *after}):
        if before.get(field) != after.get(field) and field.split(".")[0] not in _UNCOMPARED:
            yield Change(trial_id, field, _shown(before.get(field)), _shown(after.get(field)))


def _leaves(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """The values of nested fields by their paths; lists are values."""
    for name, each in value.items():
        if isinstance(each, Mapping):
            yield from _leaves(each, f"{path}{name}.")
        else:
            yield f"{path}{name}", each


def _shown(value: Any) -> str:
    said = "" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return said if len(said) <= SHOWN else f"{said[: SHOWN - 1]}…"
