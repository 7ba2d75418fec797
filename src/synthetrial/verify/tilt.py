"""The tilt: words that drafts use too often or too seldom are drawn towards their share among real trials of a label.

A small writer repeats the same stock words whatever it is shown. From some of its drafts and the training trials each word's
ratio of frequencies is taken, and a part of the ratio's logarithm is added to the logit of that word wherever it may be
written: the first step of matching features of the real distribution (Khalifa, Elsahar & Dymetman, ICLR 2021). To it comes the
logarithm of the word's share among trials of the label over that among all: the writer is led by a naive Bayes model of the
label, as generative discriminators lead one (Krause et al., Findings of EMNLP 2021). Words of single trials or topics are left
as they are, since what a record is about is for its cell to say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import log
from typing import Final, NamedTuple

SMOOTHING: Final = 5.0
"""Added to both counts of a word, in a text as long as the shorter side's: rare words are hardly tilted."""
MOST: Final = 1.5
"""No logit is moved further than this."""
REAL_SHARE: Final = 0.02
DRAFTED_SHARE: Final = 0.06
"""A word in fewer of the real trials than the first share and fewer of the drafts' groups than the second is topical."""
LEAST: Final = 0.02
"""Smaller tilts are left out."""
BODY: Final = "\nTitle:"
"""What stands before it is given to the writer, not written."""

_WORD: Final = re.compile(r" ?[^\W\d]+|\d| ?[^\w\s]")

Tilt = tuple[tuple[str, float], ...]
"""(a word as it follows what is before it, mostly with a blank in front; what is added to its logit)."""


class _Counted(NamedTuple):
    """How often each word is there, and in how many of the texts (or groups of them)."""

    words: Counter[str]
    texts: Counter[str]
    size: int


def learn(
    real: Sequence[str], labels: Sequence[int], drafts: Sequence[Sequence[str]], strength: float, by_label: float
) -> dict[int, Tilt]:
    """The tilt of each label, from renderings of real trials with their labels and of drafts, these in groups (the drafts of a
    cell share their topic).

    `strength` is the part of the logarithm of real over drafted that is added (1 would make up the whole ratio if words were
    drawn independently), `by_label` how many times that of the label's trials over all.
    """
    everywhere, drafted = _counted([each] for each in real), _counted(drafts)
    said = [
        word
        for word in sorted(everywhere.words.keys() | drafted.words.keys())
        if everywhere.texts[word] >= REAL_SHARE * everywhere.size or drafted.texts[word] >= DRAFTED_SHARE * drafted.size
    ]
    to_real = _ratios(said, everywhere.words, drafted.words)
    found: dict[int, Tilt] = {}
    for label in sorted(set(labels)):
        own = _counted([text] for text, of in zip(real, labels, strict=True) if of == label)
        to_label = _ratios(said, everywhere.words, own.words)
        moved = {word: strength * to_real[word] - by_label * to_label[word] for word in said}
        found[label] = tuple((word, round(max(-MOST, min(MOST, by)), 3)) for word, by in moved.items() if abs(by) >= LEAST)
    return found


def _counted(groups: Iterable[Sequence[str]]) -> _Counted:
    words, texts, size = Counter[str](), Counter[str](), 0
    for group in groups:
        found = Counter(word for text in group for word in _words(text))
        words.update(found)
        texts.update(found.keys())
        size += 1
    return _Counted(words, texts, size)


def _ratios(said: Sequence[str], wanted: Counter[str], seen: Counter[str]) -> dict[str, float]:
    """log(share among the wanted / share among the seen) of each word, smoothed by counts of the seen."""
    scale = seen.total() / max(wanted.total(), 1)
    return {word: log((wanted[word] * scale + SMOOTHING) / (seen[word] + SMOOTHING)) for word in said}


def _words(text: str) -> Iterator[str]:
    return (each.group() for each in _WORD.finditer(text, max(text.find(BODY), 0)))
