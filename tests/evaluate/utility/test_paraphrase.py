"""Word operations change the words of free texts, not the design, and not by much."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synthetrial.control.eda import altered, paraphrased
from synthetrial.trial import Arm, Eligibility, OutcomeMeasure, Protocol

WORDS = [f"word{number}" for number in range(40)]


@given(st.lists(st.sampled_from(WORDS), min_size=0, max_size=60), st.integers(0, 99))
def test_words_come_from_the_text_and_about_as_many_are_there(words: list[str], seed: int) -> None:
    made = altered(" ".join(words), random.Random(seed)).split()
    assert set(made) <= set(words)
    touched = max(1, round(0.1 * len(words))) if len(words) >= 3 else 0
    assert len(made) == len(words) + touched
    assert sum((Counter(words) - Counter(made)).values()) <= touched


def test_lines_and_short_lines_stay() -> None:
    text = "Inclusion:\n- adults of any age with asthma\n- consent"
    made = altered(text, random.Random(0)).split("\n")
    assert (made[0], made[2]) == ("Inclusion:", "- consent")
    assert made[1] != "- adults of any age with asthma"


def test_the_design_stays() -> None:
    protocol = Protocol(
        brief_title="One two three four", brief_summary=" ".join(WORDS), phases=("PHASE2",), masking="DOUBLE",
        arms=(Arm(label="one two three four"),),
        primary_outcomes=(OutcomeMeasure(measure=" ".join(WORDS), time_frame="1 year"),),
        eligibility=Eligibility(criteria=" ".join(WORDS), minimum_age="18 Years"),
    )  # fmt: skip
    made = paraphrased(protocol, np.random.default_rng(1))
    assert (made.phases, made.masking, made.arms) == (protocol.phases, protocol.masking, protocol.arms)
    assert made.brief_summary != protocol.brief_summary
    assert made.eligibility.criteria != protocol.eligibility.criteria
    assert made.eligibility.minimum_age == "18 Years"
    assert made.primary_outcomes[0].measure != protocol.primary_outcomes[0].measure
    assert made.primary_outcomes[0].time_frame == "1 year"
    assert made.official_title is None
