"""The words of a section are those of its rendering, in whatever order sections stand and whatever their lines begin with."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import runs
from synthetrial.similar.lengths import MEASURED, features, section_words
from synthetrial.text import render, sections
from synthetrial.trial import Eligibility, Protocol, RegistryTrial


@given(st.permutations(MEASURED), st.lists(st.integers(min_value=1, max_value=30), min_size=11, max_size=11))
def test_sections_may_stand_in_any_order(order: list[str], counts: list[int]) -> None:
    told = dict(zip(order, counts, strict=True))
    rendering = "Sex: All\n" + "".join(f"{each}:\n{'a ' * count}\n" for each, count in told.items())
    assert section_words([rendering]).tolist() == [[told[each] for each in MEASURED]]


@pytest.mark.parametrize("trial", runs.bench().train[:20], ids=lambda each: each.trial_id)
def test_words_are_those_of_the_sections_of_a_protocol(trial: RegistryTrial) -> None:
    bodies = sections(trial.protocol)
    assert section_words([render(trial.protocol)]).tolist() == [[len(bodies.get(each, "").split()) for each in MEASURED]]


def test_a_line_that_looks_like_a_header_opens_no_section() -> None:
    protocol = Protocol(brief_title="A b c", eligibility=Eligibility(criteria="Women\nSummary: of what is asked"))
    (words,) = section_words([render(protocol)])
    told = dict(zip(MEASURED, words, strict=True))
    assert (told["Title"], told["Eligibility"], told["Summary"]) == (3, 6, 0)


def test_features_are_logarithms_about_the_mean_their_squares_and_presence() -> None:
    words = np.array([[0, 3], [1, 0]])
    found = features(words, np.log1p(words).mean(axis=0))
    half = np.log(2) / 2
    assert found == pytest.approx(
        np.array([[-half, 2 * half, half**2, 4 * half**2, 0, 1], [half, -2 * half, half**2, 4 * half**2, 1, 0]])
    )


def test_no_rendering_gives_no_row() -> None:
    assert section_words([]).shape == (0, len(MEASURED))
