"""Parquet with typed columns, for data frames and query engines: `protocol` is nested, so that `protocol.eligibility.sex` can
be asked for, and what is most asked for has a column of its own. `text` is the one rendering that every classifier sees.

Titles and texts are as they are to train on, without the mark for people: the column `synthetic` is true in every row.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from synthetrial.corpus.parquet import column
from synthetrial.export.handout import Handout
from synthetrial.run.files import write_whole
from synthetrial.text import render
from synthetrial.trial import Protocol, Reason, SyntheticTrial

if TYPE_CHECKING:
    import pyarrow as pa

ROWS: Final = 2_048
"""Records of a row group."""


def write(handout: Handout, target: Path) -> None:
    """Write the records to the file `target`, compressed with zstd."""
    write_whole(target, chunks(handout.trials()))


def chunks(trials: Iterator[SyntheticTrial]) -> Iterator[bytes]:
    """The bytes of the file, a row group at a time. There must be a record at least."""
    import pyarrow.parquet as pq

    sink = _Sink()
    first = batch(list(islice(trials, ROWS)))
    with pq.ParquetWriter(sink, first.schema, compression="zstd") as writer:
        writer.write_batch(first)
        yield sink.taken()
        while rows := list(islice(trials, ROWS)):
            writer.write_batch(batch(rows))
            yield sink.taken()
    yield sink.taken()


def batch(trials: Sequence[SyntheticTrial]) -> pa.RecordBatch:
    """A row for each of `trials`."""
    import pyarrow as pa

    texts, lists = pa.string(), pa.list_(pa.string())
    made = [each.provenance for each in trials]

    def array(kind: Any, values: Sequence[Any]) -> pa.Array:
        return pa.array(values, kind)

    return pa.RecordBatch.from_pydict(
        {
            "id": array(texts, [each.id for each in trials]),
            "synthetic": array(pa.bool_(), [True] * len(trials)),
            "label": array(pa.int8(), [each.label for each in trials]),
            "title": array(texts, [each.protocol.brief_title for each in trials]),
            "drug": array(texts, [each.plan.get("drug") for each in made]),
            "conditions": array(lists, [each.protocol.conditions for each in trials]),
            "phases": array(lists, [each.protocol.phases for each in trials]),
            "text": array(texts, [render(each.protocol) for each in trials]),
            "protocol": column(Protocol, [each.protocol for each in trials]),
            "reasons": column(Reason, [each.reasons for each in trials], many=True),
            "weight": array(pa.float64(), [each.weight for each in made]),
            "p_label": array(pa.float64(), [each.p_label for each in made]),
            "exemplars": array(lists, [each.exemplars for each in made]),
            "rung": array(texts, [each.rung for each in made]),
            "model": array(texts, [each.model for each in made]),
            "engine": array(texts, [each.engine for each in made]),
            "recipe": array(texts, [each.recipe for each in made]),
            "prompt_version": array(texts, [each.prompt_version for each in made]),
            "sampling": array(texts, [msgspec.json.encode(each.sampling).decode() for each in made]),
            "seed": array(pa.int64(), [each.seed for each in made]),
            "date": array(pa.date32(), [dt.date.fromisoformat(each.date) for each in made]),
        }
    )


class _Sink(io.RawIOBase):
    """A file that is taken away as it is written."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        added = len(memoryview(data))
        self._held += data
        self._size += added
        return added

    def tell(self) -> int:
        return self._size

    def taken(self) -> bytes:
        """What was written since it was last taken."""
        held, self._held = bytes(self._held), bytearray()
        return held
