"""Shared spans: exact lengths, distinctive ones told from boilerplate, planned words not counted."""

from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthetrial.similar.spans import (
    SEED,
    Span,
    SpanIndex,
    containment,
    distinctive_span,
    given_words,
    longest_shared,
    ngram_hashes,
    runs,
    sections,
    words,
)
from synthetrial.trial import Arm, Eligibility, Intervention, OutcomeMeasure, Protocol

TOKENS = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=40)


def protocol(summary: str, title: str = "Untitled") -> Protocol:
    return Protocol(brief_title=title, brief_summary=summary)


def test_words_drop_case_and_punctuation() -> None:
    assert words("Age ≥18; HbA1c 7.5%, Crohn's (mild)_x") == ("age", "18", "hba1c", "7", "5", "crohn's", "mild", "x")


def test_sections_join_items_and_leave_given_parts_out() -> None:
    found = sections(
        Protocol(
            brief_title="One title",
            conditions=("Gout",),
            arms=(Arm(label="Arm A", description="Daily"), Arm(label="Arm B")),
            primary_outcomes=(OutcomeMeasure(measure="Pain", time_frame="1 week"),),
            eligibility=Eligibility(criteria="Adults\n- Women", minimum_age="18 Years"),
        )
    )
    assert found["Arms"] == ["arm", "a", "daily", "arm", "b"]
    assert found["Eligibility"] == ["adults", "women"]
    assert "gout" not in {word for each in found.values() for word in each}


@given(TOKENS, TOKENS)
def test_longest_shared_is_that_of_difflib(a: list[str], b: list[str]) -> None:
    length, i, j = longest_shared(a, b)
    assert length == SequenceMatcher(None, a, b, autojunk=False).find_longest_match().size
    assert a[i : i + length] == b[j : j + length]


@given(TOKENS, st.integers(1, 6))
def test_hashes_are_equal_exactly_where_ngrams_are(tokens: list[str], n: int) -> None:
    grams = [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]
    assert len({*ngram_hashes(tokens, n).tolist()}) == len({*grams})


def test_containment() -> None:
    tokens = [f"w{each}" for each in range(20)]
    assert containment(tokens, tokens) == 1
    assert containment(tokens, tokens[:14]) == pytest.approx(2 / 8)
    assert containment(tokens[:5], tokens) == 0


def test_given_words_mask_occurrences() -> None:
    assert given_words(words("oral iron sulfate and iron"), ["Iron Sulfate", "", "zinc"]).tolist() == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_longest_distinctive_span_and_its_trial() -> None:
    index = SpanIndex(["T1", "T2"], [protocol("one two three four five six seven eight nine"), protocol("ten eleven twelve")])
    span = distinctive_span([words("zero two three four five six seven eight zero"), ["nine"]], index)
    assert span == Span(7, "two three four five six seven eight", "T1")


def test_spans_do_not_run_from_one_section_or_trial_into_the_next() -> None:
    index = SpanIndex(["T1", "T2"], [protocol("d e f", title="a b c"), protocol("j k l", title="g h i")])
    assert distinctive_span([list("abcdefghijkl")], index) == Span(0, "", "")


def test_boilerplate_of_three_trials_is_not_distinctive_but_what_goes_on_is() -> None:
    common = "women of childbearing potential must have a negative pregnancy test before the first dose"
    texts = [common, common, f"{common} and use two methods of contraception"]
    index = SpanIndex(["T1", "T2", "T3"], map(protocol, texts))
    assert distinctive_span([words(common)], index).length == 0
    longer = distinctive_span([words(f"{common} and use two methods")], index)
    assert (longer.length, longer.trial_id) == (len(words(common)) + 4, "T3")


def test_given_words_do_not_add_to_the_length() -> None:
    index = SpanIndex(["T1"], [protocol("take oral iron sulfate every morning before a meal")])
    mine = words("take oral iron sulfate every morning before a meal")
    assert index.distinctive(mine, ["iron sulfate"]).length == len(mine) - 2


def test_nothing_is_found_in_or_with_nothing() -> None:
    empty, index = SpanIndex([], []), SpanIndex(["T"], [protocol("a b c d e f g h")])
    assert empty.distinctive(list("abcdefgh")).length == 0
    assert index.distinctive(["a"]).length == 0
    assert index.contained(list("abc")).tolist() == [0.0]
    assert distinctive_span([], index).length == 0


@given(st.lists(TOKENS.filter(bool), min_size=1, max_size=4), TOKENS)
def test_index_agrees_with_the_plain_search(texts: list[list[str]], mine: list[str]) -> None:
    """With every span distinctive (fewer than 3 trials) the index finds what a pairwise search finds, from `SEED` words on."""
    texts = texts[:2]
    index = SpanIndex([str(each) for each in range(len(texts))], (protocol(" ".join(each), title="-") for each in texts))
    plain = max(longest_shared(mine, each)[0] for each in texts)
    assert index.distinctive(mine).length == (plain if plain >= SEED else 0)


@given(TOKENS.filter(lambda each: len(each) >= 13), TOKENS)
def test_contained_share_counts_ngrams_with_repeats(text: list[str], mine: list[str]) -> None:
    index = SpanIndex(["T"], [protocol(" ".join(text), title="-")])
    theirs = {tuple(text[i : i + 7]) for i in range(len(text) - 6)}
    own = [tuple(mine[i : i + 7]) for i in range(len(mine) - 6)]
    expected = sum(each in theirs for each in own) / len(own) if own else 0
    assert index.contained(mine, 7)[0] == pytest.approx(expected)


def test_runs_end_where_words_of_the_plan_stand_between() -> None:
    found = runs(
        Protocol(
            brief_title="One two",
            interventions=(
                Intervention(name="A", type="DRUG", description="three four"),
                Intervention(name="B", type="DRUG", description="five"),
            ),
            eligibility=Eligibility(criteria="Inclusion Criteria:\n- six\n- seven\nExclusion Criteria:\n- eight"),
        )
    )
    assert found == [["three", "four"], ["five"], ["one", "two"], ["six", "seven"], ["eight"]]
