"""Texts as numbers of their words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]

_WORD: Final = re.compile(r"\b\w\w+\b")


class Tokens:
    """Splits texts into words of two letters or more, in lower case, and numbers the words as they come.

    With `remember`, every text is split once, however many counters ask for it: for an evaluation, which asks for each four or
    five times, not for a run, which never ends asking for new ones.
    """

    def __init__(self, remember: bool = False) -> None:
        self._numbers: dict[str, int] = {}
        self._split: dict[str, npt.NDArray[np.int32]] | None = {} if remember else None

    def learn(self, texts: Sequence[str]) -> tuple[Numbers, Numbers]:
        """The words of all texts on end as numbers, and how many each text has. New words get new numbers."""
        return _joined([self._learnt(each) for each in texts])

    def known(self, texts: Sequence[str]) -> tuple[Numbers, Numbers]:
        """As `learn`; but unless texts are remembered, a word that was not learnt is -1 and nothing is kept."""
        if self._split is not None:
            return self.learn(texts)
        get = self._numbers.get
        return _joined([np.array([get(word, -1) for word in words_of(each)], dtype=np.int32) for each in texts])

    def words(self) -> list[str]:
        """The words, in the order of their numbers."""
        return list(self._numbers)

    def _learnt(self, text: str) -> npt.NDArray[np.int32]:
        if self._split is not None and text in self._split:
            return self._split[text]
        numbers = self._numbers
        found = np.array([numbers.setdefault(word, len(numbers)) for word in words_of(text)], dtype=np.int32)
        if self._split is not None:
            self._split[text] = found
        return found


def words_of(text: str) -> list[str]:
    """The words of a text, in lower case."""
    return _WORD.findall(text.lower())


def _joined(parts: Sequence[npt.NDArray[np.int32]]) -> tuple[Numbers, Numbers]:
    flat = np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, dtype=np.int64)
    return flat, np.array([len(each) for each in parts], dtype=np.int64)
