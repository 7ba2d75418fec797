"""Utility: what teaches gains, what does not teach does not, and the controls stand beside it."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
import standins
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from worlds import measured, table, world

from synthetrial import text
from synthetrial.control.recombine import PARTS, recombined, same_label
from synthetrial.evaluate.inputs import Effort, Inputs
from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.evaluate.utility import space as space_file
from synthetrial.evaluate.utility.arms import Addition, Arms, arms
from synthetrial.evaluate.utility.draws import grid, make_draws
from synthetrial.evaluate.utility.equal_size import mixtures
from synthetrial.evaluate.utility.learn import Labels, train_group, train_more_real, train_real
from synthetrial.evaluate.utility.parts import parts
from synthetrial.evaluate.utility.space import words
from synthetrial.evaluate.utility.utility import utility
from synthetrial.trial import Outcome, Protocol


def built(inputs: Inputs) -> Arms:
    return arms(inputs, words, np.random.default_rng(0))


def additions(inputs: Inputs) -> dict[str, Addition]:
    return {each.name: each for group in built(inputs).groups for each in group.additions}


def test_records_as_good_as_real_ones_gain_as_much_as_real_ones() -> None:
    result, rows = measured(scale=3), table(measured(scale=3))
    headline: Any = result.details["headline"]
    assert (headline["arm"], headline["n_real"]) == ("hybrid+weight", 50)
    assert headline["roc_auc"] - headline["real_roc_auc"] == pytest.approx(result.value)
    assert result.value > 0.05
    assert result.ci_low is not None
    assert result.ci_low > 0
    assert result.reference is not None
    assert abs(result.value - result.reference) < 0.1
    assert rows["synthetic", 0]["roc_auc"] > 0.7
    assert rows["synthetic", 0]["delta_roc_auc_ci"][0] > 0
    assert rows["synthetic", 0]["p_holm"] < 0.05


def test_shuffled_labels_teach_nothing() -> None:
    rows = table(measured(scale=3))
    low, high = rows["shuffled-label", 0]["delta_roc_auc_ci"]
    assert low < 0 < high
    assert rows["shuffled-label", 0]["roc_auc"] < rows["synthetic", 0]["roc_auc"] - 0.3
    assert rows["shuffled-label", 0]["p_holm"] > 0.2
    assert abs(rows["hybrid/shuffled-label", 50]["delta_roc_auc"]) < 0.02


def test_copies_of_the_exemplars_are_worth_what_the_duplicate_control_is() -> None:
    rows = table(measured("copied"))
    for mode in ("", "+weight", "+distillation"):
        for size, arm, control in ((0, "synthetic", ""), (50, "hybrid", "hybrid/"), (120, "hybrid", "hybrid/")):
            mine, other = rows[f"{arm}{mode}", size], rows[f"{control}duplicated-exemplar{mode}", size]
            assert mine["roc_auc"] == pytest.approx(other["roc_auc"], abs=1e-6)
            assert mine["delta_roc_auc_ci"] == pytest.approx(other["delta_roc_auc_ci"], abs=1e-6)


def test_the_gap_is_recovered_by_records_as_good_as_real_ones_and_not_by_shuffled_labels() -> None:
    gaps: Any = measured(scale=3).details["gap_recovered"]
    at_50 = {each["arm"]: each for each in gaps if each["n_real"] == 50}
    assert at_50["hybrid+weight"]["ci"][0] > 0.3
    assert at_50["hybrid+weight"]["value"] > at_50["hybrid/duplicated-exemplar"]["value"]
    assert abs(at_50["hybrid/shuffled-label"]["value"]) < 0.2
    assert {each["n_real"] for each in gaps} == {0, 50, 100}
    assert "of the whole pool's +0." in at_50["hybrid"]["says"]


def test_at_equal_size_records_as_good_as_real_ones_stand_in_for_them() -> None:
    equal: Any = measured(scale=3).details["equal_size"]
    assert {each["synthetic_share"] for each in equal} == {1.0, 0.8, 0.6, 0.4, 0.2}
    assert {each["arm"] for each in equal} == {"synthetic", "synthetic+weight"}
    by = {(each["arm"], each["n_real"], each["synthetic_share"]): each for each in equal}
    assert by["synthetic", 50, 0.6]["n_added"] == 30
    assert not by["synthetic", 100, 1.0]["records_repeated"]
    assert by["synthetic", 360, 1.0]["records_repeated"]
    for share in (1.0, 0.2):
        assert abs(by["synthetic", 360, share]["delta_roc_auc"]) < 0.05


def test_shares_hold_what_they_say() -> None:
    labels = np.array([0] * 40 + [1] * 80)
    draws = make_draws(labels, np.array([0, 1] * 10), (50, 120), 3, np.random.default_rng(0))
    mixed = mixtures(labels, 20, draws, 50, np.random.default_rng(1))
    for share, each in mixed.items():
        assert np.abs(each.real.sum(axis=0) + each.records.sum(axis=0) - 50).max() <= 1
        assert (each.real <= draws.real[50]).all()
        assert (each.records.sum(axis=0) == round(50 * share)).all()
        assert each.repeated == (50 * share > 20)


def test_sets_of_other_recipes_stand_beside() -> None:
    whole = world()
    inputs = msgspec.structs.replace(
        whole, others={"no-reasoning": whole.synthetic[:40]}, effort=Effort(draws=2, resamples=20, repeats=1)
    )
    rows = table(utility(inputs, np.random.default_rng(0)))
    assert ("no-reasoning", 0) in rows
    assert ("hybrid/no-reasoning", 50) in rows
    assert rows["no-reasoning", 0]["roc_auc"] > 0.55


def test_turned_labels_are_refused_by_validation() -> None:
    """λ = 0 is allowed, and taken: the hybrid is then the real arm to the last digit."""
    rows = table(measured("turned"))
    assert rows["hybrid", 50]["lambda"] == 0
    assert rows["hybrid", 50]["delta_roc_auc"] == 0
    assert rows["synthetic", 0]["roc_auc"] < 0.3


def test_the_teacher_takes_turned_records_less_seriously() -> None:
    turned = world("turned")
    weights = additions(turned)["synthetic+weight"].weights
    assert turned.teacher is not None
    folds = [turned.folds[each.provenance.exemplars[0]] for each in turned.synthetic]
    p = turned.teacher.p_success_all([each.protocol for each in turned.synthetic], folds)
    likely = np.where(turned.synthetic_labels == 1, p, 1 - p)
    np.testing.assert_allclose(weights, likely**3 / (likely**3).mean())
    assert likely.mean() < 0.5


def test_records_without_a_known_word_are_harmless() -> None:
    rows = table(measured("empty"))
    assert rows["synthetic", 0]["roc_auc"] == pytest.approx(0.5)
    assert abs(rows["hybrid", 50]["delta_roc_auc"]) < 0.02


KINDS = ("duplicated-exemplar", "paraphrased-exemplar", "recombined-exemplar")
CONTROLS = ("shuffled-label", *(f"{kind}{mode}" for kind in KINDS for mode in ("", "+weight", "+distillation")))
MODES = ("", "+weight", "+filter", "+distillation")
INSTEAD = ("as-many-real", "as-many-real+distillation", "teacher")


def test_every_control_is_in_the_table_beside_the_set() -> None:
    rows = table(measured())
    written = {f"hybrid{mode}" for mode in MODES} | {f"hybrid/{each}" for each in CONTROLS}
    assert {a for a, n in rows if n == 50} == {"real", *written, *INSTEAD}
    assert {a for a, n in rows if n == 120} == {"real", *written, "teacher"}  # nobody is left to be as many real
    assert {a for a, n in rows if n == 0} == {"prior", *(f"synthetic{mode}" for mode in MODES), *CONTROLS, *INSTEAD}
    assert rows["prior", 0]["roc_auc"] == 0.5
    assert {each["scenario"] for (_, n), each in rows.items() if n < 120} == {"share"}
    assert {each["scenario"] for (_, n), each in rows.items() if n == 120} == {"augment"}
    assert set(measured().details["against_controls"]) >= {"hybrid/recombined-exemplar", "as-many-real"}  # type: ignore[call-overload]  # JSON values
    for each in rows.values():
        for name in ("roc_auc", "pr_auc", "brier", "ece", "accuracy", "precision", "recall", "f1"):
            assert 0 <= each[name] <= 1
        assert each["arm"] in ("real", "prior") or 0 <= each["p_holm"] <= 1


def test_without_provenance_the_controls_are_missing_and_named() -> None:
    bare = [
        msgspec.structs.replace(each, provenance=msgspec.structs.replace(each.provenance, exemplars=()))
        for each in world().synthetic
    ]
    result = utility(msgspec.structs.replace(world(), synthetic=tuple(bare)), np.random.default_rng(0))
    assert result.details["headline"]["arm"] == "hybrid"  # type: ignore[index]  # details hold JSON values
    missing = {*KINDS, *(f"synthetic{mode}" for mode in MODES[1:])}
    assert set(result.details["missing_arms"]) == missing  # type: ignore[call-overload]  # likewise


def test_what_cannot_be_learnt_is_said() -> None:
    whole = world()
    one = tuple(each for each in whole.train if standins.label(each))
    few = whole.train[:6]
    for change, message in (
        ({"train": one}, "train side has no labelled"),
        ({"test": ()}, "test side"),
        ({"train": few}, "6 labelled"),
    ):
        with pytest.raises(UnmeasurableError, match=message):
            utility(msgspec.structs.replace(whole, **change), np.random.default_rng(0))


def test_unlabelled_trials_and_a_validation_side_of_one_label_do_not_stop_it() -> None:
    whole = world()
    train = (*whole.train[:100], *(msgspec.structs.replace(each, label=None) for each in whole.train[100:]))
    valid = tuple(each for each in whole.valid if standins.label(each))
    quick = Effort(draws=2, resamples=20, repeats=1)
    rows = table(utility(msgspec.structs.replace(whole, train=train, valid=valid, effort=quick), np.random.default_rng(0)))
    assert rows["hybrid", 50]["lambda"] == 1.0
    assert ("real", 100) in rows


def test_results_are_given_without_the_test_trials_that_one_may_object_to() -> None:
    whole = world()
    spoken = "The study was terminated early due to slow accrual."
    stopped = Outcome(overall_status="TERMINATED", why_stopped="Slow accrual")
    test = list(whole.test)
    for at in (0, 2, 4, 6):  # failures: those that one may object to are the hardest to tell
        protocol = msgspec.structs.replace(
            test[at].protocol, brief_summary=f"{spoken} simple visits steady home" if at else "home"
        )
        test[at] = msgspec.structs.replace(test[at], protocol=protocol, outcome=Outcome() if at else stopped)
    found = utility(msgspec.structs.replace(whole, test=tuple(test)), np.random.default_rng(0)).details
    left: Any = found["without"]
    headline: Any = found["headline"]
    told = {each["left_out"]: each for each in left if (each["arm"], each["n_real"]) == (headline["arm"], headline["n_real"])}
    assert {name: each["n"] for name, each in told.items()} == {"texts that speak of status": 57, "stops for enrolment": 59}
    assert told["texts that speak of status"]["roc_auc"] > headline["roc_auc"]
    assert told["texts that speak of status"]["real_roc_auc"] > headline["real_roc_auc"]
    assert measured().details["without"] == []  # nothing to object to


def test_parts_of_the_test_side_keep_both_labels() -> None:
    test = world().test
    stopped = tuple(msgspec.structs.replace(each, outcome=Outcome(why_stopped="Slow accrual")) for each in test)
    assert parts(stopped) == {}  # all failures stopped for enrolment: nothing could be told without them
    some = parts((*stopped[:4], *test[4:]))
    assert list(some) == ["stops for enrolment"]
    assert np.flatnonzero(~some["stops for enrolment"]).tolist() == [0, 2]


def test_the_grid_stops_at_half_the_pool() -> None:
    assert grid(120, "share") == (50, 120)
    assert grid(5000, "share") == (50, 100, 200, 400, 5000)
    assert grid(60, "share") == (60,)
    assert grid(5000, "augment") == (5000,)


def test_draws_hold_what_they_say() -> None:
    labels, asked = np.array([0] * 40 + [1] * 80), np.array([0, 1] * 10)
    draws = make_draws(labels, asked, (50, 120), 5, np.random.default_rng(0))
    assert (draws.real[50].sum(axis=0) == 50).all()
    assert (draws.real[50][labels == 1].sum(axis=0) == 33).all()
    assert draws.real[50].max() == 1
    assert (draws.real[120].sum(axis=0) == 120).all()
    assert draws.real[0].sum() == 0
    assert (draws.records.sum(axis=0) == 20).all()
    assert ((draws.others[50] > 0) & (draws.real[50] > 0)).sum() == 0
    assert (draws.others[50].sum(axis=0) == 20).all()
    assert set(draws.others) == {0, 50}
    assert draws.scarce == ()
    many = make_draws(labels, np.array([0, 1] * 60), (50,), 2, np.random.default_rng(0))
    assert many.scarce == (0, 50)


def test_the_space_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models in the rotated space are scikit-learn's on the TF-IDF rows."""
    inputs = world()
    made = built(inputs)
    draws = make_draws(standins.np_labels(inputs.train), inputs.synthetic_labels, (50, 120), 2, np.random.default_rng(0))
    labels = Labels(*(standins.np_labels(each) for each in (inputs.train, inputs.valid, inputs.test)))
    vectoriser = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    x = vectoriser.fit_transform([text.render(each.protocol) for each in inputs.train])
    test = vectoriser.transform([text.render(each.protocol) for each in inputs.test])
    held = draws.real[120]
    trained = train_real(made.space, labels, draws, 120)
    for draw in range(2):
        model = LogisticRegression(class_weight="balanced", tol=1e-8).fit(x, labels.train, sample_weight=held[:, draw])
        np.testing.assert_allclose(trained.test[draw], model.decision_function(test), atol=2e-3)
    assert train_more_real(made.space, labels, draws, 50).test.shape == (2, 60)
    base = train_real(made.space, labels, draws, 50)
    for each in train_group(made.space, labels, draws, 50, made.groups[0], draws.records, base):
        assert set(each.curve) == {"0.0", "0.1", "0.25", "0.5", "1.0"}
        assert each.test.shape == (2, 60)
    monkeypatch.setattr(space_file, "EXACT", 10)
    monkeypatch.setattr(space_file, "CUT", 30)
    cut = words(inputs, [Protocol(brief_title="word1 word2")])
    assert cut.train.shape == (120, 30)
    assert cut.extra.shape == (1, 30)
    assert "cut to 30 dimensions" in cut.described
    assert words(inputs, []).extra.shape == (0, 30)


def test_a_cut_space_keeps_the_largest_directions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lengths that are kept are those of a truncated singular value decomposition."""
    whole = words(world(), []).train
    monkeypatch.setattr(space_file, "EXACT", 10)
    monkeypatch.setattr(space_file, "CUT", 20)
    cut = words(world(), []).train
    singular = np.linalg.svd(whole, compute_uv=False)
    np.testing.assert_allclose((cut**2).sum(), (singular[:20] ** 2).sum(), rtol=0.02)


def test_recombined_records_take_each_part_from_one_exemplar() -> None:
    trials = standins.sides()[0][:3]
    made = recombined(trials, np.random.default_rng(4))
    donors = set()
    for part in PARTS:
        from_one = [i for i, t in enumerate(trials) if all(getattr(made, f) == getattr(t.protocol, f) for f in part)]
        assert from_one
        donors.update(from_one[:1])
    assert len(donors) > 1
    assert {name for part in PARTS for name in part} == set(Protocol.__struct_fields__)


def test_exemplars_of_the_same_label_are_preferred() -> None:
    trials = standins.sides()[0][:10]
    assert {standins.label(each) for each in same_label(trials, 1)} == {1}
    failures = [each for each in trials if not standins.label(each)]
    assert same_label(failures, 1) == tuple(failures)


def test_records_repeated_gain_no_more_than_one_of_them() -> None:
    whole = world()
    one = [msgspec.structs.replace(whole.synthetic[i % 2], id=f"SYN-{i:010}") for i in range(60)]
    rows = table(utility(msgspec.structs.replace(whole, synthetic=tuple(one)), np.random.default_rng(0)))
    assert rows["synthetic", 0]["roc_auc"] < table(measured())["synthetic", 0]["roc_auc"] - 0.1
