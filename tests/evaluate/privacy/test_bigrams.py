"""Likelihoods of word pairs are those of counting by hand."""

from __future__ import annotations

import numpy as np
import pytest

from synthetrial.evaluate.privacy.bigrams import Bigrams, Words


def test_pair_likelihoods_are_those_of_counting_by_hand() -> None:
    words = Words()
    texts = words.encode(["a b a b", "a c"])
    model = Bigrams(texts, len(words.numbers))  # words: "", a, b, c; pairs after "": a 2; ab 2, ba 1, ac 1
    unseen = words.encode(["b c"])[0]

    def p(pair: float, context: float, word: float) -> float:
        return 0.5 * (pair / context if context else 0) + 0.5 * (0.5 * word / 6 + 0.5 / 4)

    expected = np.mean(np.log([p(0, 2, 2), p(0, 1, 1)]))
    assert model.log_likelihood(unseen) == pytest.approx(expected)
    alone = Bigrams(texts[1:], len(words.numbers)).log_likelihood(texts[0])
    assert model.log_likelihood(texts[0], without=True) == pytest.approx(alone)
    assert model.log_likelihood(words.encode([""])[0]) == 0
    assert Bigrams([], 4).log_likelihood(unseen) == pytest.approx(np.log(0.5 * 0.5 / 4))
