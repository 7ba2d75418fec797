"""A record takes the lines of several drafts that together look most real, each line of the plan from one of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

import runs
from synthetrial.generate.assembling import assembled
from synthetrial.generate.steps import steps

CELL = next(cell for cell in runs.plan() if sum(len(step.items) for step in steps(cell)) > 6)
LINES = sum(len(step.items) for step in steps(CELL))


def draft(words: Sequence[str]) -> str:
    """One that follows the plan, a word a line."""
    given = iter(words)
    return runs.draft(CELL, lambda _: next(given))


def good(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """How often each says "good"."""
    return np.array([float(each.count("good")) for each in texts])


@given(st.lists(st.lists(st.booleans(), min_size=LINES, max_size=LINES), min_size=2, max_size=4))
def test_every_line_is_the_best_that_a_draft_has_for_it(drafts: list[list[bool]]) -> None:
    written = [
        draft([f"{'good' if is_good else 'bad'}{n}.{line}" for line, is_good in enumerate(own)]) for n, own in enumerate(drafts)
    ]
    (best,) = assembled(CELL, written, 1, good)
    assert best.count("good") == sum(map(any, zip(*drafts, strict=True)))
    assert all(line in {line for text in written for line in text.split("\n")} for line in best.split("\n"))


@given(st.integers(min_value=1, max_value=6), st.integers(min_value=1, max_value=4))
def test_no_line_stands_in_two_records_and_there_are_no_more_of_them_than_drafts(n: int, drafts: int) -> None:
    written = [draft([f"line{each}.{line}" for line in range(LINES)]) for each in range(drafts)]
    found = assembled(CELL, written, n, good)
    assert len(found) == min(n, drafts)
    words = [word for text in found for word in re.findall(r"line\d+\.\d+", text)]
    assert len(words) == len(set(words)) == LINES * len(found)


def test_a_line_is_not_repeated_within_a_section() -> None:
    at = np.cumsum([0, *(len(step.items) for step in steps(CELL))])
    section = next(index for index, step in enumerate(steps(CELL)) if len(step.items) > 1)
    same, other = [f"bad{line}" for line in range(LINES)], [f"worse{line}" for line in range(LINES)]
    same[at[section]], other[at[section] + 1] = "good", "good"
    leads = [item.lead for item in next(step for index, step in enumerate(steps(CELL)) if index == section).items]
    (best,) = assembled(CELL, [draft(same), draft(other)], 1, good)
    assert best.count("good") == (1 if leads[0] == leads[1] else 2)


def test_a_draft_that_does_not_follow_the_plan_gives_no_line() -> None:
    whole = draft(["bad"] * LINES)
    cut = "\n".join(draft(["good"] * LINES).split("\n")[:-3]) + "\n"
    assert assembled(CELL, [cut, whole], 2, good) == [whole]
    assert assembled(CELL, [cut], 1, good) == []
