"""The teacher judges no record by a model that saw its exemplars, and says so where it cannot judge at all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from synthetrial import text
from synthetrial.errors import CorpusError, UsageError
from synthetrial.similar import tfidf
from synthetrial.trial import Label, Protocol, RegistryTrial, Source
from synthetrial.verify.teacher import MODES, Teacher, p_label, weigh, weight

GOOD = ("steady dosing at home", "simple visits near home", "steady visits and simple dosing")
BAD = ("rare disease with strict criteria", "strict washout in rare patients", "rare patients and strict washout")


def trial(number: int, title: str, label: int | None) -> RegistryTrial:
    return RegistryTrial(
        trial_id=f"T{number}",
        protocol=Protocol(brief_title=title, phases=("PHASE2",)),
        source=Source(format="jsonl", file="x"),
        label=None if label is None else Label(value=label, rule="test"),
    )


TRAIN = [trial(i, (GOOD if i % 2 else BAD)[i // 2 % 3], i % 2) for i in range(24)]
FOLDS = {each.trial_id: number // 2 % 4 for number, each in enumerate(TRAIN)}


def test_it_tells_labels_apart_by_text() -> None:
    teacher = Teacher.fit(TRAIN, FOLDS)
    good = teacher.p_success(Protocol(brief_title="steady dosing near home", phases=("PHASE2",)), 0)
    bad = teacher.p_success(Protocol(brief_title="strict washout in a rare disease", phases=("PHASE2",)), 0)
    assert good > 0.6 > 0.4 > bad
    assert teacher.notes == ()


def test_each_fold_is_scikit_learns_model_of_the_other_folds() -> None:
    teacher = Teacher.fit(TRAIN, FOLDS)
    asked = [Protocol(brief_title="steady visits with strict criteria"), TRAIN[3].protocol]
    for fold in range(4):
        rest = [each for each in TRAIN if FOLDS[each.trial_id] != fold]
        vectoriser = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
        x = vectoriser.fit_transform([text.render(each.protocol) for each in rest])
        labels = [each.label.value for each in rest if each.label]
        model = LogisticRegression(class_weight="balanced", max_iter=1000).fit(x, labels)
        expected = model.predict_proba(vectoriser.transform([text.render(each) for each in asked]))[:, 1]
        np.testing.assert_allclose(teacher.p_success_all(asked, [fold, fold]), expected, atol=2e-4)


def test_a_model_does_not_see_its_own_fold() -> None:
    """Turning all labels of a fold around leaves that fold's model as it was, and changes the others."""
    turned = [
        trial(i, each.protocol.brief_title, 1 - each.label.value if FOLDS[each.trial_id] == 1 else each.label.value)
        for i, each in enumerate(TRAIN)
        if each.label
    ]
    before, after = Teacher.fit(TRAIN, FOLDS), Teacher.fit(turned, FOLDS)
    asked = Protocol(brief_title="steady dosing at home")
    assert before.p_success(asked, 1) == after.p_success(asked, 1)
    assert before.p_success(asked, 0) != after.p_success(asked, 0)


def test_the_same_training_set_gives_the_same_teacher() -> None:
    asked = [each.protocol for each in TRAIN]
    folds = [FOLDS[each.trial_id] for each in TRAIN]
    assert (
        Teacher.fit(TRAIN, FOLDS).p_success_all(asked, folds) == Teacher.fit(TRAIN, FOLDS).p_success_all(asked, folds)
    ).all()


def test_a_fold_whose_complement_has_one_label_falls_back_to_the_prior_and_says_so() -> None:
    folds = {each.trial_id: each.label.value for each in TRAIN if each.label}  # fold 0 holds all failures
    teacher = Teacher.fit(TRAIN, folds)
    assert teacher.p_success(TRAIN[0].protocol, 0) == pytest.approx(13 / 14)  # twelve successes outside, one of each added
    assert teacher.p_success(TRAIN[0].protocol, 1) == pytest.approx(1 / 14)
    assert "fold 0: 12 training trials outside it, not of both labels; prior 0.93 used" in teacher.notes


@pytest.mark.parametrize("fold", [0, 1, 2])
def test_one_record_is_judged_as_many_are(fold):
    teacher = Teacher.fit(TRAIN, FOLDS)
    asked = [*(each.protocol for each in TRAIN), Protocol(brief_title="zzz"), Protocol(brief_title="steady steady dosing")]
    alone = [teacher.p_success(each, fold) for each in asked]
    np.testing.assert_allclose(alone, teacher.p_success_all(asked, [fold] * len(asked)), rtol=1e-12)


def test_unlabelled_trials_teach_nothing() -> None:
    more = [*TRAIN, *(trial(100 + i, "steady dosing", None) for i in range(9))]
    asked = Protocol(brief_title="steady dosing")
    assert Teacher.fit(more, FOLDS).p_success(asked, 2) == Teacher.fit(TRAIN, FOLDS).p_success(asked, 2)


def test_what_cannot_be_taught_is_one_clear_line() -> None:
    with pytest.raises(CorpusError, match="no labelled trial"):
        Teacher.fit([trial(1, "x", None)], {"T1": 0})
    with pytest.raises(CorpusError, match=r"1 training trials have no fold \(T5\)"):
        Teacher.fit(TRAIN, {key: fold for key, fold in FOLDS.items() if key != "T5"})
    with pytest.raises(UsageError, match="knows no fold 9"):
        Teacher.fit(TRAIN, FOLDS).p_success(TRAIN[0].protocol, 9)


def test_nothing_asked_gives_nothing() -> None:
    assert Teacher.fit(TRAIN, FOLDS).p_success_all([], []).shape == (0,)


def test_weights_of_one_record() -> None:
    assert weight(0.5) == 0.125
    assert weight(0.5, "weight", power=1) == 0.5
    assert weight(0.2, "none") == weight(0.2, "relabel") == 1.0
    with pytest.raises(UsageError, match="whole set"):
        weight(0.2, "filter")
    assert p_label(0.7, 1) == 0.7
    assert p_label(0.7, 0) == pytest.approx(0.3)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=1, max_size=30), st.sampled_from(MODES))
def test_weights_of_a_set(records: list[tuple[float, int]], mode: str) -> None:
    success, labels = [p for p, _ in records], [label for _, label in records]
    got = weigh(success, labels, mode)  # type: ignore[arg-type]  # hypothesis draws plain strings
    assert ((got.weights >= 0) & (got.weights <= 1)).all()
    likely = np.array([p_label(p, label) for p, label in records])
    if mode == "weight":
        np.testing.assert_allclose(got.weights, likely**3)
    if mode == "relabel":
        assert got.labels.tolist() == [int(p >= 0.5) for p in success]
    else:
        assert got.labels.tolist() == labels
    if mode == "filter":
        for label in set(labels):
            rows = np.array(labels) == label
            assert got.weights[rows].sum() >= rows.sum() / 2  # at or above the median
            assert likely[rows][got.weights[rows] == 1].min() >= np.median(likely[rows])


def test_an_unknown_mode_is_named() -> None:
    with pytest.raises(UsageError, match="unknown teacher mode 'boost'"):
        weigh([0.5], [1], "boost")  # type: ignore[arg-type]  # the mistake under test


def test_texts_without_words_are_a_corpus_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "render", lambda protocol: "- -")
    with pytest.raises(CorpusError, match="found no word"):
        Teacher.fit(TRAIN, FOLDS)


def test_tfidf_of_a_subset_is_that_of_a_vectoriser_fitted_on_it() -> None:
    texts = ["a dose of the drug", "the drug twice a day", "a day of the trial", "another dose twice"]
    vectoriser, counts = tfidf.counter(texts)
    mine = tfidf.transform(counts, tfidf.fit_weights(counts[:3])).toarray()
    theirs = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2).fit(texts[:3])
    names = list(vectoriser.get_feature_names_out())
    columns = [names.index(each) for each in theirs.get_feature_names_out()]
    np.testing.assert_allclose(mine[:, columns], theirs.transform(texts).toarray())
    assert np.delete(mine, columns, axis=1).sum() == 0


def test_a_handful_of_texts_keeps_its_single_terms() -> None:
    _, counts = tfidf.counter(["one dose", "two visits"])
    assert (tfidf.fit_weights(counts) > 0).all()
