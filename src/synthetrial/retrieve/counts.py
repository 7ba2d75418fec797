"""Word counts of texts, as flat arrays."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from synthetrial.retrieve.lookup import Offsets, Positions, mapped

_AT_ONCE: Final = 2_048
_APART: Final = re.compile(r"[^\w\x00-\x7f]")
"""What parts words beside ASCII characters."""
_SPACED: Final = bytes(at if at >= 128 or chr(at).isalnum() or chr(at) == "_" else 32 for at in range(256))


class Counted(msgspec.Struct, frozen=True):
    """Word counts of some texts: `vocabulary` in order; text `i` has the terms `terms[offsets[i]:offsets[i + 1]]` (numbers in
    the vocabulary, in order), with `counts`."""

    vocabulary: list[str]
    offsets: Offsets
    terms: Positions
    counts: npt.NDArray[np.uint16]

    def write(self, folder: Path) -> None:
        """Keep them in a folder of their own."""
        folder.mkdir()
        (folder / "vocabulary.msgpack").write_bytes(msgspec.msgpack.encode(self.vocabulary))
        for name in ("offsets", "terms", "counts"):
            np.save(folder / f"{name}.npy", getattr(self, name))


def opened(folder: Path) -> Counted:
    """What `write` kept, mapped."""
    vocabulary = msgspec.msgpack.decode((folder / "vocabulary.msgpack").read_bytes(), type=list[str])
    return Counted(vocabulary, *(mapped(folder / f"{name}.npy") for name in ("offsets", "terms", "counts")))


def counted(texts: Iterable[str]) -> Counted:
    """The words of two letters or more of each text (those of `tokens.words_of`), English stop words aside."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    numbers: dict[str, int] = {}
    numbered = list(_numbered(texts, numbers))
    vocabulary = sorted(word for word in numbers if len(word) > 1 and word not in ENGLISH_STOP_WORDS)
    rank = np.full(len(numbers), -1, np.int64)
    rank[[numbers[word] for word in vocabulary]] = np.arange(len(vocabulary))
    lengths, terms, counts = [np.zeros(1, np.int64)], [np.zeros(0, np.int32)], [np.zeros(0, np.uint16)]
    for words, sizes in numbered:
        cells = np.repeat(np.arange(len(sizes)) << 32, sizes) | rank[words]
        cells = np.sort(cells[rank[words] >= 0])
        first = np.flatnonzero(np.diff(cells, prepend=-1))
        lengths.append(np.bincount(cells[first] >> 32, minlength=len(sizes)))
        terms.append((cells[first] & 0xFFFFFFFF).astype(np.int32))
        counts.append(np.minimum(np.diff(first, append=len(cells)), 65_535).astype(np.uint16))
    return Counted(vocabulary, np.cumsum(np.concatenate(lengths)), np.concatenate(terms), np.concatenate(counts))


def _numbered(texts: Iterable[str], numbers: dict[str, int]) -> Iterator[tuple[Positions, Offsets]]:
    """The words of some texts after others on end, as `numbers`, which new words are added to; how many each text has."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = iter(texts)
    while some := list(itertools.islice(texts, _AT_ONCE)):
        split = pc.ascii_split_whitespace(pa.array(map(_spaced, some), pa.large_string()))
        known = split.flatten().dictionary_encode()
        own = [numbers.setdefault(word, len(numbers)) for word in known.dictionary.to_pylist()]
        yield np.array(own, np.int32)[known.indices.to_numpy()], np.diff(split.offsets.to_numpy())


def _spaced(text: str) -> bytes:
    """A text in lower case, with a space for every character that is of no word."""
    lower = text.lower()
    return (lower if lower.isascii() else _APART.sub(" ", lower)).encode().translate(_SPACED)
