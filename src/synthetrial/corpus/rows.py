"""What stored trials are, without decoding them: ids, versions, digests and labels by Parquet column; which of two is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from synthetrial.corpus import parquet
from synthetrial.corpus.manifest import SourceFile, fingerprint
from synthetrial.trial import Label

_COLUMNS: Final = ("trial_id", "source.version_date", "label.value", "label.rule", "synthetic", parquet.DIGEST)


class Row(msgspec.Struct, frozen=True, gc=False):
    """A stored trial: its place (file, number of its row), version date ("" if none), content digest, label, whether it is
    synthetic."""

    file: Path
    number: int
    date: str
    digest: bytes
    label: Label | None
    synthetic: bool


def rows(path: Path) -> Iterator[tuple[str, Row]]:
    """The trials of a partition by id, in order."""
    table = parquet.columns(path, _COLUMNS)
    source, label = table.column("source").combine_chunks(), table.column("label").combine_chunks()
    made: dict[tuple[int | None, str | None], Label | None] = {(None, None): None}
    columns = zip(
        table.column("trial_id").to_pylist(),
        source.field("version_date").to_pylist(),
        table.column(parquet.DIGEST).to_pylist(),
        zip(label.flatten()[0].to_pylist(), label.flatten()[1].to_pylist(), strict=True),
        table.column("synthetic").to_pylist(),
        strict=True,
    )
    for number, (trial_id, date, digest, given, synthetic) in enumerate(columns):
        if given not in made:
            made[given] = Label(value=given[0], rule=given[1])
        yield trial_id, Row(path, number, date or "", digest, made[given], synthetic)


class Kept(msgspec.Struct):
    """The trials that are kept, by id, and the rows of each file that are not."""

    rows: dict[str, Row]
    lost: dict[Path, set[int]]

    def lose(self, row: Row) -> None:
        """Leave a row out."""
        self.lost.setdefault(row.file, set()).add(row.number)

    def fingerprint_with(self, names: SourceFile | None) -> str:
        """Of ids, contents and labels, and of the drug names that come along, if any do."""
        plain = fingerprint((trial_id, row.digest, row.label) for trial_id, row in self.rows.items())
        return plain if names is None else hashlib.sha256(f"{plain} {names.sha256}".encode()).hexdigest()


def resolved(paths: Sequence[Path], met: Callable[[str, Row, Row], None], kept: Kept | None = None) -> Kept:
    """The rows of these partitions, of each id the one with the newest version date, else the first; added to those in `kept`.

    `met(trial_id, old, new)` is called wherever an id occurs again, before one of the two is left out.
    """
    kept = kept or Kept({}, {})
    for path in paths:
        for trial_id, new in rows(path):
            old = kept.rows.get(trial_id)
            if old is None:
                kept.rows[trial_id] = new
                continue
            met(trial_id, old, new)
            if new.date > old.date:
                kept.lose(old)
                kept.rows[trial_id] = new
            else:
                kept.lose(new)
    return kept
