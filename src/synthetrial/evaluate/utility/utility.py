"""utility: does the synthetic set help to predict outcomes, beside every cheaper thing that might?

Two scenarios, never in one row: in *share* the set was made from a pool of which the holder has n trials (or none), in
*augment* from the holder's own. The holder of the whole pool is the augment scenario.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.inputs import Inputs, labelled, labels_of, small
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError, metric
from synthetrial.evaluate.statistics import cluster_counts, holm, interval, p_value
from synthetrial.evaluate.utility.arms import AS_MANY_REAL, HYBRID, REAL, SYNTHETIC, WEIGHTED, Arms, arms
from synthetrial.evaluate.utility.draws import Draws, grid, make_draws
from synthetrial.evaluate.utility.learn import LAMBDAS, Labels, Measured, measure, train_added, train_more_real, train_real
from synthetrial.evaluate.utility.space import Space

NAME: Final[str] = "utility"
CLASSIFIER: Final = "TF-IDF + logistic regression (L2, C = 1, labels balanced)"
_LEAST: Final = 10

Floats = npt.NDArray[np.float64]


class Row(NamedTuple):
    """A row of the table: an arm at a size, its λ and validation curve, and its areas."""

    arm: str
    n_real: int
    n_added: int
    mixing: float
    curve: dict[str, float]
    measured: Measured


@metric(
    NAME,
    "Gain in test ROC-AUC over real trials alone, when the weighed synthetic set is added to the smallest real training set.",
    low=-1, high=1, direction="higher", cost="seconds",
)  # fmt: skip
def utility(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """The headline is hybrid with the teacher's weights (without, where there is no teacher) at the smallest n_real.

    Reference: the gain from as many real trials instead. All arms, with paired differences over real alone, are in
    `details["arms"]`; intervals resample training draws and test trials (clustered by drug) together; p-values are Holm's
    over the table. λ is chosen on validation, 0 allowed. Raises `UnmeasurableError` where a side lacks a label.
    """
    inputs = _labelled_only(inputs)
    labels = Labels(labels_of(inputs.train), labels_of(inputs.valid), labels_of(inputs.test))
    sizes = grid(len(inputs.train), inputs.scenario)
    built = arms(inputs, rng)
    draws = make_draws(labels.train, inputs.synthetic_labels, sizes, inputs.effort.draws, rng)
    clusters = inputs.real_clusters(inputs.test)
    test_counts = cluster_counts(clusters, inputs.effort.resamples, rng)
    number = inputs.effort.draws
    draw_shares = rng.multinomial(number, np.full(number, 1 / number), size=inputs.effort.resamples) / number
    rows: list[Row] = []
    for size in (0, *sizes):
        rows += _rows(size, built, labels, draws, test_counts, draw_shares)
    base = {each.n_real: each.measured for each in rows if each.arm in (REAL, "prior")}
    compared = [each for each in rows if each.arm not in (REAL, "prior")]
    p_values = [p_value(each.measured.roc - base[each.n_real].roc, _gain(each, base)) for each in compared]
    adjusted = dict(zip([(each.arm, each.n_real) for each in compared], holm(p_values), strict=True))
    table = [_described(each, base, adjusted, len(inputs.train)) for each in rows]
    headline = _headline(rows, sizes[0])
    gain = _gain(headline, base)
    low, high = interval(gain)
    instead = next((each for each in rows if each.arm == AS_MANY_REAL and each.n_real == headline.n_real), None)
    return MetricResult(
        value=headline.measured.roc - base[headline.n_real].roc,
        ci_low=low,
        ci_high=high,
        n=len(inputs.test),
        reference=instead.measured.roc - base[headline.n_real].roc if instead else None,
        details={
            "headline": {"arm": headline.arm, "n_real": headline.n_real, "lambda": headline.mixing},
            "arms": table,
            "against_controls": _against(headline, rows),
            "missing_arms": built.missing,
            "reference": f"as many real trials instead, n_real = {headline.n_real}"
            if instead
            else "no real trial is left in the pool to stand in",
            "repeated_real": [f"n_real = {each}: the pool held fewer other trials than records" for each in draws.scarce],
            "classifier": CLASSIFIER,
            "features": built.space.described,
            "lambdas": list(LAMBDAS),
            "draws": number,
            "resamples": inputs.effort.resamples,
            "teacher": list(inputs.teacher.notes) if inputs.teacher else ["none: the run's folds are not known"],
            "sides": {"train": len(inputs.train), "valid": len(inputs.valid), "test": len(inputs.test)},
            "test_successes": int(labels.test.sum()),
            "test_clusters": len(set(clusters)),
            **small(min(len(inputs.synthetic), len(inputs.test))),
        },
    )


def _labelled_only(inputs: Inputs) -> Inputs:
    """`inputs` with labelled trials only. Raises `UnmeasurableError` where too little is left to learn from or test on."""
    inputs.need_synthetic()
    kept = {side: labelled(getattr(inputs, side)) for side in ("train", "valid", "test")}
    for side in ("train", "test"):
        if len(set(labels_of(kept[side]).tolist())) < 2:
            raise UnmeasurableError(f"the {side} side has no labelled trials of both labels ({len(kept[side])} labelled)")
    if len(kept["train"]) < _LEAST:
        raise UnmeasurableError(f"{len(kept['train'])} labelled training trials: at least {_LEAST} are needed")
    if all(len(kept[side]) == len(getattr(inputs, side)) for side in kept):
        return inputs
    import msgspec

    return msgspec.structs.replace(inputs, **kept)


def _rows(size: int, built: Arms, labels: Labels, draws: Draws, test_counts: Floats, draw_shares: Floats) -> list[Row]:
    """The rows of one n_real: real alone first."""
    place: Space = built.space
    base = train_real(place, labels, draws, size)
    measured = measure(base, labels, test_counts, draw_shares)
    rows = [Row(REAL if size else "prior", size, 0, 0.0, base.curve, measured)]
    records = len(draws.records)
    for each in built.additions:
        trained = train_added(place, labels, draws, size, each, base)
        measured = measure(trained, labels, test_counts, draw_shares)
        rows.append(Row(arm_name(each.name, size), size, records, trained.mixing, trained.curve, measured))
    if size in draws.others:
        trained = train_more_real(place, labels, draws, size)
        measured = measure(trained, labels, test_counts, draw_shares)
        rows.append(Row(AS_MANY_REAL, size, records, trained.mixing, trained.curve, measured))
    return rows


def arm_name(addition: str, size: int) -> str:
    """ "hybrid" where the records join real trials, "hybrid/control" for a control; the addition's own name alone."""
    if not size:
        return addition
    if addition.removesuffix(WEIGHTED) == SYNTHETIC:
        return addition.replace(SYNTHETIC, HYBRID)
    return f"{HYBRID}/{addition}"


def _headline(rows: list[Row], size: int) -> Row:
    at_size = {each.arm: each for each in rows if each.n_real == size}
    return at_size.get(f"{HYBRID}{WEIGHTED}", at_size[HYBRID])


def _gain(row: Row, base: dict[int, Measured]) -> Floats:
    return row.measured.roc_resampled - base[row.n_real].roc_resampled


def _described(row: Row, base: dict[int, Measured], adjusted: dict[tuple[str, int], float], pool: int) -> dict[str, object]:
    mine, real = row.measured, base[row.n_real]
    scenario = "augment" if row.n_real == pool else "share"
    described: dict[str, object] = {
        "arm": row.arm, "n_real": row.n_real, "n_added": row.n_added, "scenario": scenario, "lambda": row.mixing,
        "validation_roc_auc": row.curve,
        "roc_auc": mine.roc, "roc_auc_ci": list(interval(mine.roc_resampled)),
        "pr_auc": mine.pr, "pr_auc_ci": list(interval(mine.pr_resampled)),
    }  # fmt: skip
    if (key := (row.arm, row.n_real)) in adjusted:
        described |= {
            "delta_roc_auc": mine.roc - real.roc,
            "delta_roc_auc_ci": list(interval(mine.roc_resampled - real.roc_resampled)),
            "delta_pr_auc": mine.pr - real.pr,
            "delta_pr_auc_ci": list(interval(mine.pr_resampled - real.pr_resampled)),
            "p_holm": adjusted[key],
        }
    return described


def _against(headline: Row, rows: list[Row]) -> dict[str, object]:
    """The headline arm minus each other arm of its size, paired: what the writing adds to what needs no writer."""
    others = [each for each in rows if each.n_real == headline.n_real and each.arm not in (REAL, headline.arm)]
    return {
        each.arm: {
            "delta_roc_auc": headline.measured.roc - each.measured.roc,
            "ci": list(interval(headline.measured.roc_resampled - each.measured.roc_resampled)),
        }
        for each in others
    }
