"""Areas, intervals and corrections agree with scikit-learn and scipy, and with resampling done one by one."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import average_precision_score, roc_auc_score

from synthetrial.evaluate import statistics as s

RNG = np.random.default_rng(0)
SCORED = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1), st.integers(0, 3)), min_size=2, max_size=40).filter(
    lambda rows: {label for _, label, n in rows if n} == {0, 1}
)


@given(SCORED)
def test_weighted_areas_are_scikit_learns_with_ties(rows: list[tuple[int, int, int]]) -> None:
    scores, labels, counts = (np.array(each) for each in zip(*rows, strict=True))
    many = np.stack([counts, np.ones(len(counts))]).astype(float)
    if len(set(labels[counts > 0])) == 2:
        drawn = np.repeat(np.arange(len(counts)), counts)
        assert s.roc_auc(scores, labels, many)[0] == pytest.approx(roc_auc_score(labels[drawn], scores[drawn]))
        assert s.pr_auc(scores, labels, many)[0] == pytest.approx(average_precision_score(labels[drawn], scores[drawn]))
    assert s.roc_auc(scores, labels)[0] == pytest.approx(roc_auc_score(labels, scores))
    assert s.pr_auc(scores, labels)[0] == pytest.approx(average_precision_score(labels, scores))


@given(SCORED)
def test_roc_auc_turns_around_with_the_scores(rows: list[tuple[int, int, int]]) -> None:
    scores, labels, _ = (np.array(each) for each in zip(*rows, strict=True))
    assert s.roc_auc(scores, labels)[0] + s.roc_auc(-scores, labels)[0] == pytest.approx(1)


@given(SCORED)
def test_placements_are_shares_of_the_other_label_and_mean_to_the_area(rows: list[tuple[int, int, int]]) -> None:
    scores, labels, _ = (np.array(each) for each in zip(*rows, strict=True))
    if len(set(labels)) == 1:
        assert np.isnan(s.placements(scores, labels)).all()
        return
    placed = s.placements(scores, labels)
    for label in (0, 1):
        assert placed[labels == label].mean() == pytest.approx(roc_auc_score(labels, scores))
    first = int(np.flatnonzero(labels == 1)[0])
    below = [(each < scores[first]) + (each == scores[first]) / 2 for each in scores[labels == 0]]
    assert placed[first] == pytest.approx(np.mean(below))


def test_roc_auc_is_mann_whitney() -> None:
    scores, labels = RNG.normal(size=50), np.arange(50) % 2
    u = stats.mannwhitneyu(scores[labels == 1], scores[labels == 0]).statistic
    assert s.roc_auc(scores, labels)[0] == pytest.approx(u / 25 / 25)


def test_areas_without_a_label_are_nan() -> None:
    scores, ones, none = np.array([1.0, 2.0]), np.array([1, 1]), np.array([], dtype=np.int64)
    assert np.isnan(s.roc_auc(scores, ones)[0])
    assert np.isnan(s.roc_auc(np.array([]), none)[0])
    assert np.isnan(s.pr_auc(np.array([]), none)[0])
    assert np.isnan(s.pr_auc(scores, 1 - ones)[0])


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    scores, labels = RNG.integers(0, 9, 30).astype(float), RNG.integers(0, 2, 30)
    counts = s.bootstrap_counts(30, 50, RNG)
    whole = s.roc_auc(scores, labels, counts), s.pr_auc(scores, labels, counts)
    monkeypatch.setattr(s, "_CHUNK", 100)
    np.testing.assert_array_equal(s.roc_auc(scores, labels, counts), whole[0])
    np.testing.assert_array_equal(s.pr_auc(scores, labels, counts), whole[1])


def test_strata_compare_only_within() -> None:
    scores, labels, strata = np.array([1.0, 2, 11, 12]), np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])
    assert s.roc_auc(scores, labels)[0] == 0.75
    assert s.stratified_auc(scores, labels, strata)[0] == 1.0


@given(st.lists(st.sampled_from("abcde"), min_size=1, max_size=20), st.integers(0, 99))
def test_clusters_are_drawn_whole(clusters: list[str], seed: int) -> None:
    counts = s.cluster_counts(clusters, 20, np.random.default_rng(seed))
    for each in set(clusters):
        columns = counts[:, [at for at, cluster in enumerate(clusters) if cluster == each]]
        assert (columns == columns[:, :1]).all()
    first = [clusters.index(each) for each in dict.fromkeys(clusters)]
    assert (counts[:, first].sum(axis=1) == len(first)).all()


def test_the_bootstrap_interval_of_a_mean_is_near_scipys() -> None:
    values = np.random.default_rng(3).normal(2, 1, 200)
    mine = s.mean_interval(values, range(200), 4000, np.random.default_rng(1))
    theirs = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=4000, rng=np.random.default_rng(2))
    assert mine.low == pytest.approx(theirs.confidence_interval.low, abs=0.02)
    assert mine.high == pytest.approx(theirs.confidence_interval.high, abs=0.02)


def test_clusters_that_agree_widen_the_interval() -> None:
    values = np.repeat(np.random.default_rng(0).normal(size=20), 10)
    alone = s.mean_interval(values, range(200), 1000, np.random.default_rng(0))
    together = s.mean_interval(values, [at // 10 for at in range(200)], 1000, np.random.default_rng(0))
    assert alone.low is not None
    assert alone.high is not None
    assert together.low is not None
    assert together.high is not None
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_too_few_resamples_give_no_interval() -> None:
    assert s.interval(np.array([np.nan, np.nan, 1.0])) == (None, None)
    assert s.interval(np.array([])) == (None, None)
    assert s.mean_interval([], [], 10, RNG) == (None, None)
    assert s.wilson(0, 0) == (None, None)


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_scipys(case: tuple[int, int]) -> None:
    k, n = case
    theirs = stats.binomtest(k, n).proportion_ci(method="wilson")
    mine = s.wilson(k, n)
    assert mine.low == pytest.approx(theirs.low, abs=1e-9)
    assert mine.high == pytest.approx(theirs.high, abs=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_never_falls_below_the_p_value_nor_above_bonferroni(values: list[float]) -> None:
    adjusted = s.holm(values)
    order = np.argsort(values, kind="stable")
    assert all(p <= a <= min(1, p * len(values)) + 1e-12 for p, a in zip(values, adjusted, strict=True))
    assert (np.diff(np.array(adjusted)[order]) >= 0).all()


def test_holm_by_hand() -> None:
    assert s.holm([0.01, 0.04, 0.03]) == pytest.approx((0.03, 0.06, 0.06))


def test_p_values_are_those_of_a_z_test_when_the_bootstrap_is_normal() -> None:
    resampled = np.random.default_rng(0).normal(0.5, 0.25, 200_000)
    assert s.p_value(0.5, resampled) == pytest.approx(2 * stats.norm.sf(2), rel=0.05)
    assert s.p_value(0.5, resampled, null=0.5) == pytest.approx(1)
    assert s.p_value(0.0, np.zeros(9)) == 1.0
    assert s.p_value(1.0, np.ones(9), 0.5) == 0.0
    assert s.p_value(1.0, np.full(9, np.nan)) == 1.0


@given(st.lists(st.integers(0, 1), min_size=1, max_size=40), st.integers(2, 5), st.integers(0, 9))
def test_folds_spread_each_label_evenly(labels: list[int], folds: int, seed: int) -> None:
    got = s.stratified_folds(np.array(labels), folds, 3, np.random.default_rng(seed))
    assert got.shape == (len(labels), 3)
    for label in set(labels):
        for repeat in range(3):
            sizes = np.bincount(got[np.array(labels) == label, repeat], minlength=folds)
            assert sizes.max() - sizes.min() <= 1


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 1)), min_size=2, max_size=60), st.sampled_from([0.01, 0.1, 0.5]))
def test_the_rate_at_a_false_positive_rate_is_scikit_learns(rows: list[tuple[int, int]], fpr: float) -> None:
    from sklearn.metrics import roc_curve

    scores, labels = np.array([float(a) for a, _ in rows]), np.array([b for _, b in rows])
    if len(set(labels.tolist())) < 2:
        assert np.isnan(s.tpr_at_fpr(scores, labels, fpr)[0])
        return
    false, true, _ = roc_curve(labels, scores, drop_intermediate=False)
    assert s.tpr_at_fpr(scores, labels, fpr)[0] == pytest.approx(true[false <= fpr + 1e-12].max())
    twice = s.tpr_at_fpr(scores, labels, fpr, np.full((1, len(rows)), 2.0))
    assert twice == pytest.approx(s.tpr_at_fpr(scores, labels, fpr))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1)), min_size=1, max_size=60), st.integers(2, 5))
def test_grouped_folds_part_no_group(rows: list[tuple[int, int]], folds: int) -> None:
    groups, labels = [a for a, _ in rows], np.array([b for _, b in rows])
    got = s.grouped_folds(labels, groups, folds, 3, np.random.default_rng(0))
    assert got.shape == (len(rows), 3)
    assert set(got.ravel().tolist()) <= set(range(folds))
    for column in got.T:
        for group in set(groups):
            assert len({column[number] for number, each in enumerate(groups) if each == group}) == 1


def test_grouped_folds_are_as_even_as_single_rows_where_groups_are_single() -> None:
    labels = np.array([0] * 50 + [1] * 25)
    got = s.grouped_folds(labels, range(75), 5, 2, np.random.default_rng(0))
    for column in got.T:
        for label, size in ((0, 10), (1, 5)):
            assert np.bincount(column[labels == label], minlength=5).tolist() == [size] * 5


@given(st.integers(2, 30).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, 999), st.booleans())))
def test_areas_of_many_models_are_those_of_each(case: tuple[int, int, bool]) -> None:
    trials, seed, tied = case
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 4, (3, trials)).astype(float) if tied else rng.normal(size=(3, trials))
    labels = rng.integers(0, 2, trials)
    counts = s.bootstrap_counts(trials, 6, rng)
    roc, pr = s.both_areas(scores, labels, counts)
    for number, each in enumerate(scores):
        np.testing.assert_allclose(roc[:, number], s.roc_auc(each, labels, counts), atol=1e-5)
        np.testing.assert_allclose(pr[:, number], s.pr_auc(each, labels, counts), atol=1e-5)


def test_weighted_areas_take_fractions_as_scikit_learn_does() -> None:
    rng = np.random.default_rng(4)
    scores, labels, weights = rng.normal(size=60), rng.integers(0, 2, 60), rng.random((1, 60))
    assert s.roc_auc(scores, labels, weights)[0] == pytest.approx(roc_auc_score(labels, scores, sample_weight=weights[0]))
    theirs = average_precision_score(labels, scores, sample_weight=weights[0])
    assert s.pr_auc(scores, labels, weights)[0] == pytest.approx(theirs)


@given(st.lists(st.floats(0.0001, 1), min_size=1, max_size=20), st.randoms())
def test_holm_follows_its_rule_and_not_the_order(values: list[float], shuffle: random.Random) -> None:
    """An independent statement of Holm: the largest over the smaller p-values of (how many are left) times each."""
    ranked = sorted(values)
    expected = {}
    for at, value in enumerate(ranked):
        expected[value] = min(1.0, max((len(ranked) - i) * p for i, p in enumerate(ranked[: at + 1])))
    mixed = list(values)
    shuffle.shuffle(mixed)
    for value, got in zip(mixed, s.holm(mixed), strict=True):
        assert got <= expected[value] + 1e-12 or values.count(value) > 1
        if values.count(value) == 1:
            assert got == pytest.approx(expected[value])


def test_holm_is_less_strict_than_bonferroni_and_stricter_than_false_discovery() -> None:
    values = [0.001, 0.01, 0.02, 0.03, 0.5]
    false_discovery = stats.false_discovery_control(values)
    assert all(a >= b - 1e-12 for a, b in zip(s.holm(values), false_discovery, strict=True))


def test_paired_resamples_are_narrower_than_unpaired_ones() -> None:
    """Two arms with nearly the same scores: their difference is known far better than either."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 200)
    one = labels + rng.normal(size=200)
    two = one + rng.normal(0, 0.05, 200)
    counts = s.bootstrap_counts(200, 1000, rng)
    paired = s.interval(s.roc_auc(one, labels, counts) - s.roc_auc(two, labels, counts))
    other = s.bootstrap_counts(200, 1000, rng)
    apart = s.interval(s.roc_auc(one, labels, counts) - s.roc_auc(two, labels, other))
    assert paired.high is not None
    assert paired.low is not None
    assert apart.high is not None
    assert apart.low is not None
    assert (paired.high - paired.low) < 0.3 * (apart.high - apart.low)


def test_the_bootstrap_interval_of_an_area_is_near_scipys() -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, 150)
    scores = labels + rng.normal(size=150)
    mine = s.interval(s.roc_auc(scores, labels, s.bootstrap_counts(150, 3000, rng)))
    theirs = stats.bootstrap(
        (scores, labels), lambda a, b: roc_auc_score(b, a), paired=True, vectorized=False, n_resamples=1000,
        method="percentile", rng=np.random.default_rng(2),
    )  # fmt: skip
    assert mine.low == pytest.approx(theirs.confidence_interval.low, abs=0.015)
    assert mine.high == pytest.approx(theirs.confidence_interval.high, abs=0.015)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        found = s.mean_interval(rng.normal(1, 1, 60), range(60), 400, rng)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 1 <= found.high
    assert 0.89 <= covered / 200 <= 0.99
