"""The growing index finds what is there, however much was sorted in meanwhile, and takes little memory."""

from __future__ import annotations

import random

import numpy as np
import pytest

from synthetrial.similar import duplicates
from synthetrial.similar.duplicates import DuplicateIndex
from synthetrial.similar.minhash import signatures, similarity

WORDS = [f"w{i}" for i in range(400)]


def essay(seed: int, words: int = 300) -> str:
    rng = random.Random(seed)
    return " ".join(rng.choice(WORDS) for _ in range(words))


def altered(text: str, every: int) -> str:
    return " ".join("other" if at % every == every - 1 else word for at, word in enumerate(text.split()))


def test_the_index_finds_the_most_similar_text():
    index = DuplicateIndex[str](threshold=0.7)
    for seed in range(50):
        index.add(f"t{seed}", essay(seed))
    index.add("near", altered(essay(4), 100))
    assert len(index) == 51
    assert index.find(essay(4)) == "t4"
    assert index.find(altered(essay(4), 100)) == "near"
    assert index.find(altered(essay(9), 70)) == "t9"
    assert index.find(essay(99)) is None


def test_the_index_names_the_first_of_equals_and_nothing_for_no_words():
    index = DuplicateIndex[int]()
    for key, text in enumerate(["", essay(1), essay(1)]):
        index.add(key, text)
    assert index.find(essay(1)) == 1
    assert index.find("") is None


def test_candidates_below_the_threshold_are_refused():
    index = DuplicateIndex[str](threshold=0.95)
    index.add("a", essay(1))
    assert index.find(altered(essay(1), 40)) is None
    assert index.find(essay(1)) == "a"


@pytest.mark.parametrize("unsorted", [1, 7, 1024])
def test_it_finds_the_same_whenever_it_sorts(unsorted, monkeypatch):
    monkeypatch.setattr(duplicates, "_UNSORTED", unsorted)
    texts = [essay(seed % 40, 60) if seed % 3 else altered(essay(seed % 40, 60), 3 + seed % 90) for seed in range(120)]
    index = DuplicateIndex[int](threshold=0.7)
    table = signatures(texts)
    for at, text in enumerate(texts):
        scores = similarity(table[:at], table[at]) if at else np.zeros(0)
        expected = int(np.argmax(scores)) if at and scores.max() >= 0.7 else None
        assert index.find(text) == expected
        index.add(at, text)


def test_a_text_takes_less_than_a_kilobyte():
    index = DuplicateIndex[int]()
    for at in range(9000):
        index.add(at, f"a{at} b{at % 7} c{at}")
    held = sum(each.nbytes for each in (*index._blocks, *index._sorted, index._latest))
    assert held / len(index) < 1100
    assert index.find("a5 b5 c5") == 5
