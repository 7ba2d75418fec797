"""Trials by number, each compressed by itself in one of some files: reading one reads no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, overload

import msgspec
import numpy as np
import numpy.typing as npt

from synthetrial.retrieve.lookup import mapped
from synthetrial.trial import RegistryTrial

_DECODER = msgspec.msgpack.Decoder(RegistryTrial)


class Written(msgspec.Struct):
    """A file of trials: where each begins (one offset more than trials), and its length before it was compressed."""

    file: str
    offsets: list[int]
    sizes: list[int]


@contextmanager
def write_blob(path: Path) -> Iterator[tuple[Written, Callable[[RegistryTrial], RegistryTrial]]]:
    """What was written so far, and how to keep one more trial (which gives it back)."""
    import pyarrow as pa

    codec, written = pa.Codec("lz4_raw"), Written(path.name, [0], [])
    with path.open("wb") as file:

        def keep(trial: RegistryTrial) -> RegistryTrial:
            raw = msgspec.msgpack.encode(trial)
            written.offsets.append(written.offsets[-1] + file.write(codec.compress(raw, asbytes=True)))
            written.sizes.append(len(raw))
            return trial

        yield written, keep


class Blob(Sequence[RegistryTrial]):
    """The trials of an index, by position, read as they are asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = msgspec.json.decode((folder / "blob.json").read_bytes(), type=list[str])
        self._places: npt.NDArray[np.int64] = mapped(folder / "blob.places.npy")
        self._open: dict[int, Any] = {}

    @classmethod
    def of(cls, parts: Sequence[Written], place: npt.NDArray[np.int64]) -> Blob:
        """The trials of some files; `place[i]` is the position of the i-th of them."""
        made = cls.__new__(cls)
        made._files, made._open = [each.file for each in parts], {}
        rows = [
            (number, begin, end - begin, size)
            for number, each in enumerate(parts)
            for begin, end, size in zip(each.offsets[:-1], each.offsets[1:], each.sizes, strict=True)
        ]
        made._places = np.empty((len(rows), 4), np.int64)
        made._places[place] = np.array(rows, np.int64).reshape(-1, 4)
        return made

    def write(self, folder: Path) -> None:
        """Keep which trial lies where; the files are there already."""
        (folder / "blob.json").write_bytes(msgspec.json.encode(self._files))
        np.save(folder / "blob.places.npy", self._places)

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> RegistryTrial: ...
    @overload
    def __getitem__(self, at: slice) -> list[RegistryTrial]: ...
    def __getitem__(self, at: int | slice) -> RegistryTrial | list[RegistryTrial]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        import pyarrow as pa

        number, begin, length, size = map(int, self._places[at])
        if number not in self._open:
            self._open[number] = pa.memory_map(str(self._folder / self._files[number]))
        raw = pa.Codec("lz4_raw").decompress(self._open[number].read_at(length, begin), size)
        return _DECODER.decode(memoryview(raw))
