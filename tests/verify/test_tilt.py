"""The tilt draws words towards their share among real trials of a label, and leaves topics alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from synthetrial.verify.tilt import MOST, learn

REAL = [f"Phase: 2\nTitle: Trial {each}\nSummary:\nThis will compare both arms between weeks." for each in range(50)]
LABELS = [0, 1] * 25
DRAFTS = [[f"Phase: 2\nTitle: Trial {each}\nSummary:\nThis study study study compares both arms."] * 4 for each in range(12)]


def test_words_used_too_often_go_down_and_those_missing_go_up() -> None:
    tilt = dict(learn(REAL, LABELS, DRAFTS, 0.7, 0)[1])
    assert tilt[" study"] < -0.5
    assert tilt[" between"] > 0.5
    assert abs(tilt.get(" both", 0)) < 0.1, "as frequent among the drafts"
    assert not any("Phase" in word for word in tilt), "what stands before the title is given, not written"


def test_words_of_a_label_go_up_where_that_label_is_asked_for() -> None:
    real = [f"{each} {'Recruiting' if label == 0 else 'Enrolling'} sites." for each, label in zip(REAL, LABELS, strict=True)]
    failure, success = (dict(learn(real, LABELS, [[each] for each in real], 0.7, 1)[label]) for label in (0, 1))
    assert failure[" Recruiting"] > 0.3 > -0.3 > failure[" Enrolling"]
    assert success[" Enrolling"] > 0.3 > -0.3 > success[" Recruiting"]
    assert abs(failure.get(" both", 0)) < 0.1, "as frequent in both"


def test_what_few_trials_and_few_cells_speak_of_stays() -> None:
    real = [*REAL, "\nTitle: Trial\nSummary:\nGlaucoma glaucoma glaucoma glaucoma."]
    drafts = [["\nTitle: A\nSummary:\nPsoriasis and psoriasis and psoriasis, or"] * 4, *DRAFTS * 2]
    for each in learn(real, [*LABELS, 1], drafts, 0.7, 2).values():
        assert not any(word.strip().casefold() in ("glaucoma", "psoriasis") for word, _ in each)


@given(strength=st.floats(0, 1), extra=st.integers(1, 400))
def test_no_logit_moves_far_and_a_weaker_tilt_moves_them_less(strength: float, extra: int) -> None:
    drafts = [[f"\nTitle: T\nSummary:\n{'study ' * extra}"] * 4] * 12
    found, whole = (dict(learn(REAL, LABELS, drafts, each, 0)[0]) for each in (strength, 1))
    assert all(abs(found.get(word, 0)) <= abs(whole.get(word, 0)) <= MOST for word in found.keys() | whole.keys())


def test_drafts_that_use_words_as_real_trials_do_are_not_tilted() -> None:
    assert not any(learn(REAL, LABELS, [[each] for each in REAL], 1, 0).values())
