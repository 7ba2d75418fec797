"""A retrieval index of several times as many trials, made of a stored one without reading trials again."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from synthetrial.retrieve import index, lookup, words
from synthetrial.retrieve.lookup import Lists


def repeated(folder: Path, target: Path, times: int) -> Path:
    """Write into `target` the index in `folder` so many times over (10 at most): trials `t` times n to before `t + 1` times n
    are those of the index under new ids, in groups of their own, with the same keys and words, and they lie in the same places.
    Lists of salient words hold those of every turn, bounded as ever. So it is as large as an index of as many other trials, in
    memory and in its files, but for the trials' own."""
    target.mkdir()
    given = index.opened(folder)
    n, turns = len(given.ids), range(times)
    (target / "ids.msgpack").write_bytes(msgspec.msgpack.encode([f"{turn}{each}" for turn in turns for each in given.ids]))
    for name in ("labels", "phases"):
        np.save(target / f"{name}.npy", np.tile(getattr(given, name), times))
    np.save(target / "groups.npy", np.concatenate([given.groups + turn * n for turn in turns]))
    for kind, keys in given.keys.items():
        _on_end(keys.of, times).write(target, f"{kind}.of")
    _tiled(given.words.rows, target / "words.rows.npy", times)
    spans = np.concatenate([given.words.spans + turn * len(given.words.rows) for turn in turns])
    listed = words.bounded(*_side_by_side(given.words.listed, given.words.listed_weights, n, times))
    msgspec.structs.replace(given.words, spans=spans, listed=listed[0], listed_weights=listed[1]).write(target)
    np.save(target / "blob.places.npy", np.tile(np.load(folder / "blob.places.npy"), (times, 1)))
    (target / "names.msgpack").write_bytes((folder / "names.msgpack").read_bytes())
    (target / "blob.json").write_bytes((folder / "blob.json").read_bytes())
    for file in folder.glob("*.bin"):
        (target / file.name).symlink_to(file.resolve())
    return target


def _tiled(array: npt.NDArray[np.generic], path: Path, times: int) -> None:
    out = np.lib.format.open_memmap(path, "w+", array.dtype, (times * len(array),))
    for turn in range(times):
        out[turn * len(array) : (turn + 1) * len(array)] = array


def _on_end(lists: Lists, times: int) -> Lists:
    return lookup.Lists(np.append(0, np.cumsum(np.tile(np.diff(lists.offsets), times))), np.tile(lists.values, times))


def _side_by_side(lists: Lists, weights: words.Weights, n: int, times: int) -> tuple[Lists, words.Weights]:
    """Each list so many times over on end, its positions moved on by `n` each time."""
    sizes = np.diff(lists.offsets)
    place = np.repeat((times - 1) * lists.offsets[:-1], sizes) + np.arange(len(weights))
    size = np.repeat(sizes, sizes)
    texts, values = np.empty(times * len(weights), np.int32), np.empty(times * len(weights), np.float32)
    for turn in range(times):
        texts[place + turn * size], values[place + turn * size] = lists.values + turn * n, weights
    return Lists(times * lists.offsets, texts), values
