"""Words are counted as the usual vectoriser counts them, whatever stands between them."""

from collections import Counter

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from synthetrial.retrieve import counts
from synthetrial.similar.tokens import words_of

TEXTS = st.lists(st.text() | st.text(st.sampled_from("aAbé µ≥—_9\n\x00\x1c\u00a0\ud800İΣ.")) | st.just("the cat and the hat"))


@given(TEXTS)
def test_the_words_of_each_text_are_counted(texts):
    found = counts.counted(texts)
    assert found.vocabulary == sorted(set(found.vocabulary))
    for at, text in enumerate(texts):
        row = slice(found.offsets[at], found.offsets[at + 1])
        held = dict(zip([found.vocabulary[each] for each in found.terms[row]], found.counts[row].tolist(), strict=True))
        assert held == {word: n for word, n in Counter(words_of(text)).items() if word not in ENGLISH_STOP_WORDS}
        assert (np.diff(found.terms[row]) > 0).all()
    assert len(found.offsets) == len(texts) + 1


def test_what_is_kept_is_what_is_opened(tmp_path):
    made = counts.counted(["one two two", "", "three one"])
    made.write(tmp_path / "counts")
    kept = counts.opened(tmp_path / "counts")
    for name in msgspec.structs.asdict(made):
        assert list(getattr(kept, name)) == list(getattr(made, name))
