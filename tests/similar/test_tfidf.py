"""Words and pairs are counted as scikit-learn counts them, column by column."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from synthetrial.corpus.demo import demo_corpus
from synthetrial.similar import tfidf
from synthetrial.text import render

TEXTS = st.lists(
    st.lists(st.sampled_from(["a", "ab", "ab1", "abc", "Straße", "b_", "x", "zz-top", "été", "AB", "\n", "ab."])).map(" ".join),
    min_size=1,
)


def same(texts: list[str], asked: list[str]) -> None:
    theirs = CountVectorizer(ngram_range=(1, 2), dtype=np.float64)
    expected = theirs.fit_transform(texts)
    mine, counts = tfidf.counter(texts)
    assert list(mine.get_feature_names_out()) == list(theirs.get_feature_names_out())
    assert (counts != expected).nnz == 0
    assert (mine.transform(asked) != theirs.transform(asked)).nnz == 0


@given(TEXTS, TEXTS)
def test_counts_are_those_of_scikit_learn(texts: list[str], asked: list[str]) -> None:
    same([*texts, "one word"], asked)


def test_counts_of_trials_are_those_of_scikit_learn() -> None:
    texts = [render(each.protocol) for each in demo_corpus().trials]
    same(texts[:120], texts[120:])


def test_codes_too_large_to_be_packed_are_sorted_all_the_same() -> None:
    codes = np.array([2**62, 5, 2**62, 7])
    values, places = tfidf._distinct(codes)
    assert values[places].tolist() == codes.tolist()
    assert values.tolist() == [5, 7, 2**62]


def test_texts_without_words_are_an_error() -> None:
    with pytest.raises(ValueError, match="no text holds a word"):
        tfidf.counter(["a", "-"])
