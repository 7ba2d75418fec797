"""Trials as typed nested Parquet columns, and back. The schema is derived from the trial types, so the two cannot differ."""

from __future__ import annotations

import itertools
import types
import typing
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from synthetrial.trial import RegistryTrial

if TYPE_CHECKING:
    import pyarrow as pa

BATCH: Final = 2_048
"""Trials of a row group."""
DIGEST: Final = "digest"
"""The column behind the fields of a trial: `manifest.content`, by which versions are told apart without decoding them."""


class _Shape(msgspec.Struct, frozen=True):
    """A field's type: a scalar ("str", "int", "float", "bool") or a struct class; whether it is a list of those or optional."""

    kind: type
    many: bool = False
    optional: bool = False


def _shape(hint: Any) -> _Shape:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        inner = next(each for each in typing.get_args(hint) if each is not type(None))
        return _Shape(inner, optional=True)
    if typing.get_origin(hint) is tuple:
        return _Shape(typing.get_args(hint)[0], many=True)
    return _Shape(hint)


@lru_cache(64)
def _fields(kind: type) -> dict[str, _Shape]:
    return {name: _shape(hint) for name, hint in typing.get_type_hints(kind).items()}


@lru_cache(1)
def schema() -> pa.Schema:
    """The Parquet schema of a `RegistryTrial` and its digest: an absent text is null, an empty list is empty."""
    import pyarrow as pa

    return pa.schema([*_arrow_fields(RegistryTrial), pa.field(DIGEST, pa.binary(32))])


@lru_cache(64)
def _arrow_fields(kind: type) -> list[pa.Field]:
    import pyarrow as pa

    return [
        pa.field(name, pa.list_(_arrow_type(each.kind)) if each.many else _arrow_type(each.kind))
        for name, each in _fields(kind).items()
    ]


def _arrow_type(kind: type) -> pa.DataType:
    import pyarrow as pa

    scalars = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    return scalars[kind] if kind in scalars else pa.struct(_arrow_fields(kind))


class Writer:
    """Writes trials to a Parquet file (zstd) as they come, `BATCH` to a row group. A context manager."""

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet as pq

        self._schema = schema()
        self._file = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._waiting: list[RegistryTrial] = []
        self._digests: list[bytes] = []

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._flush()
        self._file.close()

    def add(self, trial: RegistryTrial, digest: bytes) -> None:
        """Append a trial and the digest of its content."""
        self._waiting.append(trial)
        self._digests.append(digest)
        if len(self._waiting) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._file.write_batch(to_batch(self._waiting, self._digests))
            self._waiting, self._digests = [], []


def to_batch(trials: Sequence[RegistryTrial], digests: Sequence[bytes]) -> pa.RecordBatch:
    """The trials, each with the digest of its content, as a record batch of `schema()`."""
    import pyarrow as pa

    columns = [_array(each, [getattr(t, name) for t in trials]) for name, each in _fields(RegistryTrial).items()]
    return pa.RecordBatch.from_arrays([*columns, pa.array(digests, pa.binary(32))], schema=schema())


def column(kind: type, values: Sequence[Any], *, many: bool = False) -> pa.Array:
    """The nested column of `values`, each a struct of `kind`, or with `many` a sequence of those."""
    return _array(_Shape(kind, many=many), list(values))


def _array(shape: _Shape, values: list[Any]) -> pa.Array:
    import pyarrow as pa

    if not issubclass(shape.kind, msgspec.Struct):
        return pa.array(values, pa.list_(_arrow_type(shape.kind)) if shape.many else _arrow_type(shape.kind))
    if shape.many:
        offsets = [0]
        for each in values:
            offsets.append(offsets[-1] + len(each))
        inner = _array(_Shape(shape.kind), [item for each in values for item in each])
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), inner)
    children = [
        _array(each, [None if v is None else getattr(v, name) for v in values]) for name, each in _fields(shape.kind).items()
    ]
    mask = pa.array([v is None for v in values], pa.bool_()) if shape.optional else None
    return pa.StructArray.from_arrays(children, fields=_arrow_fields(shape.kind), mask=mask)


def from_batch(batch: pa.RecordBatch) -> Iterator[RegistryTrial]:
    """The trials of a record batch of `schema()`: the inverse of `to_batch`."""
    columns = [_values(each, batch.column(name)) for name, each in _fields(RegistryTrial).items()]
    names = list(_fields(RegistryTrial))
    for row in zip(*columns, strict=True):
        yield RegistryTrial(**dict(zip(names, row, strict=True)))


def _values(shape: _Shape, array: pa.Array) -> Iterable[Any]:
    if shape.many:
        offsets = array.offsets.to_pylist()
        items = list(_values(_Shape(shape.kind), array.values))
        return [tuple(items[start:end]) for start, end in itertools.pairwise(offsets)]
    if not issubclass(shape.kind, msgspec.Struct):
        found: list[Any] = array.to_pylist()
        return found
    names = list(_fields(shape.kind))
    children = [_values(each, child) for each, child in zip(_fields(shape.kind).values(), array.flatten(), strict=True)]
    rows = zip(*children, strict=True)
    if not shape.optional:
        return [shape.kind(**dict(zip(names, row, strict=True))) for row in rows]
    return [
        shape.kind(**dict(zip(names, row, strict=True))) if valid else None
        for row, valid in zip(rows, array.is_valid().to_pylist(), strict=True)
    ]


def read(path: Path) -> Iterator[RegistryTrial]:
    """The trials of a Parquet file, a row group at a time."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH, use_threads=False):
            yield from from_batch(batch)


def taken(path: Path, numbers: Sequence[int]) -> Iterator[RegistryTrial]:
    """The trials of a Parquet file at these row numbers, which are in order."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    waiting, start = list(numbers), 0
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            end = start + file.metadata.row_group(group).num_rows
            here = [each - start for each in waiting if each < end]
            if here:
                table = file.read_row_group(group, use_threads=False).take(pa.array(here))
                for batch in table.combine_chunks().to_batches():
                    yield from from_batch(batch)
            waiting, start = waiting[len(here) :], end


def columns(path: Path, names: Sequence[str]) -> pa.Table:
    """Some columns of a Parquet file, nested ones by their path ("source.version_date")."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        return file.read(columns=list(names), use_threads=False)


def copied(paths: Sequence[Path], target: Path, leave_out: Mapping[Path, Collection[int]]) -> int:
    """Write the rows of some Parquet files on end into another, without those of the numbers in `leave_out`, a row group at a
    time; how many that is."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    written = 0
    with pq.ParquetWriter(target, schema(), compression="zstd") as writer:
        for path in paths:
            start, lost = 0, leave_out.get(path, ())
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(BATCH):
                    keep = pa.array([start + number not in lost for number in range(batch.num_rows)], pa.bool_())
                    kept = batch.filter(keep) if lost else batch
                    writer.write_batch(kept)
                    start, written = start + batch.num_rows, written + kept.num_rows
    return written
