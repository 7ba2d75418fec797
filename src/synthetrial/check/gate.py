"""Which of many patterns can match a text at all: those of which it holds a needed string. One pass, whatever their number.

Most texts hold no needed string of most patterns, and the pass takes a hundredth of the time that the patterns take.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick


class Gate:
    """`needed` holds, for each pattern, strings of which every text that it matches holds one."""

    def __init__(self, needed: Sequence[Sequence[str]]) -> None:
        self._needed = needed

    def open(self, text: str) -> list[int]:
        """The places, in `needed` and in its order, of the patterns that may match `text`."""
        automaton, owners = self._built
        seen = set(automaton.find_matches_as_indexes(text, overlapping=True)) if text else set()
        return sorted({owner for each, *_ in seen for owner in owners[each]})

    @cached_property
    def _built(self) -> tuple[AhoCorasick, list[list[int]]]:
        from ahocorasick_rs import AhoCorasick  # a compiled module, needed by no command's --help

        strings = list(dict.fromkeys(each for group in self._needed for each in group))
        owners = [[at for at, group in enumerate(self._needed) if each in group] for each in strings]
        return AhoCorasick(strings), owners
