"""Runs of words stay within a section, and different ones have different numbers."""

from __future__ import annotations

import numpy as np

from synthetrial.evaluate.diversity.words import grams, words
from synthetrial.trial import Protocol


def title(text: str) -> Protocol:
    return Protocol(brief_title=text)


def test_grams_do_not_cross_sections_and_do_not_collide() -> None:
    found = words([Protocol(brief_title="a b c", brief_summary="d e"), title("b c"), title("c b")])
    assert len(grams(found.of(0), 2)) == 3  # a b, b c, d e
    assert set(grams(found.of(1), 2)) <= set(grams(found.of(0), 2))
    assert set(grams(found.of(2), 2)).isdisjoint(grams(found.of(0), 2))
    assert len(grams(found.of(1), 3)) == 0
    many = words([title(" ".join(f"w{each}" for each in range(5000)))])
    assert len(np.unique(grams(many.of(0), 2))) == 4999
