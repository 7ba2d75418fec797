"""A rung drawn from long lists is a fair part of the whole one; a short one is whole."""

import random
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synthetrial.retrieve import rungs

LISTS = st.lists(st.sets(st.integers(0, 60)).map(lambda each: np.array(sorted(each), np.int32)), max_size=4)


@given(LISTS, LISTS)
def test_short_lists_are_looked_through(lists, before):
    expected = sorted({*np.concatenate([[], *lists])} - {*np.concatenate([[], *before])})
    assert rungs.whole(lists, before).tolist() == expected
    assert rungs.some(lists, before, random.Random(0)).tolist() == expected


def test_of_long_lists_every_trial_of_the_rung_is_drawn_equally_often():
    whole = np.arange(3_000, dtype=np.int32)
    lists, before = [whole[::2], whole[::3], whole[1::2]], [whole[:600]]
    drawn = Counter()
    for seed in range(200):
        found = rungs.some(lists, before, random.Random(seed))
        assert (np.diff(found) > 0).all()
        assert 64 <= len(found) <= 256
        assert found.min() >= 600
        drawn.update((found % 6).tolist())  # positions that lie in one list, and in two
    mean = drawn.total() / 6
    assert all(0.9 * mean < drawn[each] < 1.1 * mean for each in range(6))


def test_long_lists_that_earlier_rungs_leave_little_of_are_looked_through():
    whole = np.arange(5_000, dtype=np.int32)
    assert rungs.some([whole], [whole[:-3]], random.Random(0)).tolist() == [4_997, 4_998, 4_999]
