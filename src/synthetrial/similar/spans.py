"""Spans of words that texts share: how long, where, and whether they tell a trial apart.

A *span* is a run of words. It is *distinctive* when it is found in fewer than `DISTINCTIVE_BELOW` trials: boilerplate ("women
of childbearing potential must have a negative pregnancy test") is shared by many and copied from none. Spans run across the
items of a section but not from one section into the next, nor from inclusion to exclusion criteria or from one
intervention to the next.

`SpanIndex` keeps the words of all trials as numbers and the places of every `SEED`-gram sorted by hash: 16 bytes a word
(40 MB for 5,000 trials of 500 words). Seeds found there are extended word by word, so lengths are exact, not hashed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial.shape import EXCLUSION_HEADING, INCLUSION_HEADING, slots
from synthetrial.trial import Protocol

SEED: Final = 6
"""Shortest span that a `SpanIndex` sees, in words."""

DISTINCTIVE_BELOW: Final = 3

_WORD = re.compile(r"[^\W_]+(?:['’][a-z]+)?")
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]


class Span(NamedTuple):
    """A shared span: its words that count, its text, and the trial it is found in ("" when there is none)."""

    length: int
    text: str
    trial_id: str


NOTHING: Final = Span(0, "", "")


@lru_cache(maxsize=4096)  # every check of a record asks for the words of the same texts
def words(text: str) -> tuple[str, ...]:
    """The words of `text`: letters and digits, lower case, punctuation dropped."""
    return tuple(_WORD.findall(text.lower()))


def sections(protocol: Protocol) -> dict[str, list[str]]:
    """The words a writer wrote into `protocol`, by section; what a plan gives (design, names, conditions) is left out."""
    joined: dict[str, list[str]] = {}
    for section, text in slots(protocol):
        joined.setdefault(section, []).extend(words(text))
    return {section: each for section, each in joined.items() if each}


def runs(protocol: Protocol) -> list[list[str]]:
    """The words of `sections` as spans run through them: parted where words of the plan stand between (the names of
    interventions, the headings of criteria)."""
    found: dict[tuple[str, int], list[str]] = {}
    part = 0
    for section, text in slots(protocol):
        heading = section == "Eligibility" and text in (INCLUSION_HEADING, EXCLUSION_HEADING)
        part += heading or section == "Interventions"
        if not heading:
            found.setdefault((section, part), []).extend(words(text))
    return [each for each in found.values() if each]


def ngram_hashes(tokens: Sequence[str], n: int) -> Hashes:
    """A 64-bit hash for each run of `n` words, in order; empty when there are fewer. Equal from one process to the next."""
    return _windows(np.array([_word_hash(each) for each in tokens], dtype=np.uint64), n)


def containment(tokens: Sequence[str], other: Sequence[str], n: int = 13) -> float:
    """The share of the distinct `n`-grams of `tokens` that `other` has too (Broder 1997); 0 when `tokens` has none."""
    mine = np.unique(ngram_hashes(tokens, n))
    return float(np.isin(mine, ngram_hashes(other, n)).mean()) if mine.size else 0.0


def longest_shared(a: Sequence[str], b: Sequence[str]) -> tuple[int, int, int]:
    """The longest run of words that `a` and `b` share: (length, start in `a`, start in `b`); the first one of a length."""
    if not a or not b:
        return 0, 0, 0
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys([*a, *b]))}
    second = np.array([vocabulary[each] for each in b])
    best, runs = (0, 0, 0), np.zeros(len(b) + 1, dtype=np.int64)
    for end, word in enumerate(a):
        runs[1:] = np.where(second == vocabulary[word], runs[:-1] + 1, 0)
        if (longest := int(runs.max())) > best[0]:
            best = (longest, end + 1 - longest, int(runs.argmax()) - longest)
    return best


def given_words(tokens: Sequence[str], given: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Which of `tokens` belong to an occurrence of one of the `given` strings, as a mask."""
    mask = np.zeros(len(tokens), dtype=np.bool_)
    beginning: dict[str, list[tuple[str, ...]]] = {}
    for each in {words(text) for text in given} - {()}:
        beginning.setdefault(each[0], []).append(each)
    for start, token in enumerate(tokens):
        for each in beginning.get(token, ()):
            if tuple(tokens[start : start + len(each)]) == each:
                mask[start : start + len(each)] = True
    return mask


class SpanIndex:
    """Every `SEED`-gram of a set of trials, with the words behind it."""

    def __init__(self, trial_ids: Sequence[str], protocols: Iterable[Protocol]) -> None:
        self.trial_ids: tuple[str, ...] = tuple(trial_ids)
        self.vocabulary: dict[str, int] = {}
        numbers, starts = [0], []  # 0 stands between sections and trials and matches no word
        for each in protocols:
            starts.append(len(numbers))
            for section in runs(each):
                numbers += [self.vocabulary.setdefault(word, len(self.vocabulary) + 1) for word in section]
                numbers.append(0)
        numbers += [0] * SEED
        self._words = np.array(numbers, dtype=np.int32)
        self._starts = np.array(starts, dtype=np.int64)
        inside = np.flatnonzero(np.lib.stride_tricks.sliding_window_view(self._words, SEED).all(axis=1))
        hashes = _windows(_mixed(self._words), SEED)[inside]
        order = np.argsort(hashes, kind="stable")
        self._hashes, self._places = hashes[order], inside[order].astype(np.int32)

    def matches(self, tokens: Sequence[str]) -> tuple[Numbers, Numbers, Numbers]:
        """All maximal shared spans of at least `SEED` words: their starts in `tokens`, lengths and trial numbers."""
        mine = np.array([self.vocabulary.get(each, -1) for each in tokens] + [-1], dtype=np.int32)
        nothing = np.zeros(0, dtype=np.int64)
        if len(tokens) < SEED or not self._hashes.size:
            return nothing, nothing, nothing
        hashes = _windows(_mixed(mine[:-1]), SEED)
        low, high = self._found(hashes)
        counts = high - low
        starts = np.repeat(np.arange(len(hashes)), counts)
        ranks = np.arange(len(starts)) - np.repeat(np.cumsum(counts) - counts, counts)
        places = self._places[np.repeat(low, counts) + ranks].astype(np.int64)
        # a span that could start one word earlier is part of that longer one
        maximal = (starts == 0) | (mine[starts - 1] != self._words[places - 1])
        starts, places = starts[maximal], places[maximal]
        lengths = np.zeros(len(starts), dtype=np.int64)
        growing = np.arange(len(starts))
        while growing.size:
            same = mine[starts[growing] + lengths[growing]] == self._words[places[growing] + lengths[growing]]
            growing = growing[same]
            lengths[growing] += 1
        real = lengths >= SEED  # a hash collision shows here
        trials = np.searchsorted(self._starts, places, side="right") - 1
        return starts[real], lengths[real], trials[real]

    def _found(self, hashes: Hashes) -> tuple[Numbers, Numbers]:
        """Where the places of each hash begin and end in `_places`; two equal numbers where it has none.

        Looked up in order of size, which finds the next one near the last, and the end only where there is a beginning.
        """
        order = np.argsort(hashes)
        low = np.empty(len(hashes), dtype=np.int64)
        low[order] = np.searchsorted(self._hashes, hashes[order])
        high = low.copy()
        there = np.flatnonzero(self._hashes[np.minimum(low, len(self._hashes) - 1)] == hashes)
        high[there] = np.searchsorted(self._hashes, hashes[there], side="right")
        return low, high

    def distinctive(self, tokens: Sequence[str], given: Collection[str] = ()) -> Span:
        """The longest distinctive span of `tokens` found here. Words of `given` strings do not add to its length.

        A maximal shared span is distinctive when fewer than `DISTINCTIVE_BELOW` trials have the whole of it.
        """
        starts, lengths, trials = self.matches(tokens)
        if not starts.size:
            return NOTHING
        own = np.concatenate([[0], np.cumsum(~given_words(tokens, given))])
        counted = own[starts + lengths] - own[starts]
        for each in np.argsort(-counted, kind="stable"):
            start, length = int(starts[each]), int(lengths[each])
            covers = (starts <= start) & (starts + lengths >= start + length)
            if len(set(trials[covers].tolist())) < DISTINCTIVE_BELOW:
                return Span(int(counted[each]), " ".join(tokens[start : start + length]), self.trial_ids[int(trials[each])])
        return NOTHING

    def contained(self, tokens: Sequence[str], n: int = 13) -> npt.NDArray[np.float64]:
        """For each trial, the share of the `n`-grams of `tokens` (`n` ≥ `SEED`) that stand in it."""
        total = len(tokens) - n + 1
        found = np.zeros(len(self.trial_ids))
        if total <= 0:
            return found
        starts, lengths, trials = self.matches(tokens)
        for trial in np.unique(trials[lengths >= n]):
            covered = np.zeros(total, dtype=np.bool_)
            for start, length in zip(starts[trials == trial], lengths[trials == trial], strict=True):
                covered[start : max(start, start + length - n + 1)] = True
            found[trial] = covered.mean()
        return found


def distinctive_span(sections: Iterable[Sequence[str]], index: SpanIndex, given: Collection[str] = ()) -> Span:
    """The longest distinctive span of any of the `sections` (see the function of that name) in `index`."""
    return max((index.distinctive(each, given) for each in sections), key=lambda span: span.length, default=NOTHING)


def _word_hash(word: str) -> int:
    import hashlib

    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _mixed(numbers: npt.NDArray[Any]) -> Hashes:
    """Word numbers spread over 64 bits (the finalizer of splitmix64, one round)."""
    hashes = numbers.astype(np.uint64) * _MULTIPLIER
    mixed: Hashes = (hashes ^ (hashes >> np.uint64(30))) * _MIX
    return mixed ^ (mixed >> np.uint64(27))


def _windows(hashes: Hashes, n: int) -> Hashes:
    """Polynomial hashes of the runs of `n`."""
    count = len(hashes) - n + 1
    if count <= 0:
        return np.zeros(0, dtype=np.uint64)
    rolled = np.zeros(count, dtype=np.uint64)
    for offset in range(n):
        rolled = rolled * _MULTIPLIER + hashes[offset : offset + count]
    return rolled ^ (rolled >> np.uint64(29))
