"""A study as a metric's result: the headline, the table, equal sizes, gaps, and what was compared with what. JSON values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.metric import MetricResult
from synthetrial.evaluate.statistics import holm, interval, p_value
from synthetrial.evaluate.utility.arms import AS_MANY_REAL, HYBRID, PRIOR, REAL, SYNTHETIC, WEIGHTED
from synthetrial.evaluate.utility.gap import Gap, gap_recovered
from synthetrial.evaluate.utility.measure import BINS, Measured
from synthetrial.evaluate.utility.paired import paired
from synthetrial.evaluate.utility.study import Row, Study

Floats = npt.NDArray[np.float64]

_FIGURES = ("roc_auc", "pr_auc", "brier", "ece", "accuracy", "precision", "recall", "f1")
_WITH_INTERVAL = ("roc_auc", "pr_auc", "brier", "f1")


def result(found: Study, inputs: Inputs) -> MetricResult:
    """The headline is hybrid with the teacher's weights (without, where there is no teacher) at the smallest n_real: its gain
    in ROC-AUC over real trials alone. Reference: the gain from as many real trials instead."""
    size = found.sizes[0]
    headline = found.find(f"{HYBRID}{WEIGHTED}", size) or found.find(HYBRID, size)
    assert headline is not None  # every study has it
    base = found.base(size)
    low, high = interval(_gain(headline, base))
    instead = found.find(AS_MANY_REAL, size)
    effort, test = inputs.effort, inputs.with_labels.test
    return MetricResult(
        value=headline.measured.at["roc_auc"] - base.at["roc_auc"],
        ci_low=low,
        ci_high=high,
        n=len(found.labels.test),
        reference=instead.measured.at["roc_auc"] - base.at["roc_auc"] if instead else None,
        details={
            "headline": {
                "arm": headline.arm, "n_real": size, "lambda": headline.mixing,
                "roc_auc": headline.measured.at["roc_auc"], "real_roc_auc": base.at["roc_auc"],
            },
            "paired": paired(headline.measured, base, test, found.labels.test, inputs.real_clusters(test)),
            "gap_recovered": _gaps(found),
            "arms": _table(found, found.rows),
            "equal_size": _table(found, found.equal),
            "against_controls": _against(headline, found),
            "without": _without(headline, found),
            "missing_arms": found.missing,
            "reference": f"as many real trials instead, n_real = {size}"
            if instead
            else "no real trial is left in the pool to stand in",
            "repeated_real": [f"n_real = {n}: the pool held fewer other trials than records" for n in found.draws.scarce],
            "classifier": found.space.classifier,
            "features": found.space.described,
            "lambdas": list(found.mixings),
            "draws": found.draws.records.shape[1],
            "resamples": effort.resamples,
            "chosen_on_validation": f"λ per arm and size (ROC-AUC, {found.chosen_on} draws), threshold per draw (F1)",
            "calibration": f"log-odds shifted to the validation side's prevalence; calibration error over {BINS} bins",
            "corrected": "Holm over all arms of a scenario; over the equal-size table by itself",
            "teacher": list(inputs.teacher.notes) if inputs.teacher else ["none: the run's folds are not known"],
            "sides": {"train": len(found.labels.train), "valid": len(found.labels.valid), "test": len(found.labels.test)},
            "test_successes": int(found.labels.test.sum()),
            "test_clusters": found.clusters,
            **small(min(len(inputs.synthetic), len(found.labels.test))),
        },
    )  # fmt: skip


def scenario(size: int, found: Study) -> str:
    """ "augment" for the holder of the whole pool, "share" for smaller ones."""
    return "augment" if size == len(found.labels.train) else "share"


def _table(found: Study, rows: Sequence[Row]) -> list[dict[str, object]]:
    compared = [each for each in rows if each.arm not in (REAL, PRIOR)]
    adjusted: dict[tuple[str, int, float | None], float] = {}
    for part in ("share", "augment"):
        family = [each for each in compared if scenario(each.n_real, found) == part]
        p = [p_value(_delta(each, found, "roc_auc"), _gain(each, found.base(each.n_real))) for each in family]
        adjusted |= dict(zip([(each.arm, each.n_real, each.share) for each in family], holm(p), strict=True))
    return [_described(each, found, adjusted.get((each.arm, each.n_real, each.share))) for each in rows]


def _described(row: Row, found: Study, p: float | None) -> dict[str, object]:
    mine, real = row.measured, found.base(row.n_real)
    described: dict[str, object] = {
        "arm": row.arm, "n_real": row.n_real, "n_added": row.n_added, "scenario": scenario(row.n_real, found),
    }  # fmt: skip
    if row.share is None:
        described |= {"lambda": row.mixing, "validation_roc_auc": row.curve}
    else:
        described |= {"synthetic_share": row.share, "records_repeated": row.repeated}
    for name in _FIGURES:
        described[name] = mine.at[name]
        if name in _WITH_INTERVAL:
            described[f"{name}_ci"] = list(interval(mine.resampled[name]))
    if p is not None:
        for name in ("roc_auc", "pr_auc", "brier"):
            described[f"delta_{name}"] = mine.at[name] - real.at[name]
            described[f"delta_{name}_ci"] = list(interval(mine.resampled[name] - real.resampled[name]))
        described["p_holm"] = p
    return described


def _gaps(found: Study) -> list[dict[str, object]]:
    """The gap recovered by every arm that adds something, at every size below the whole pool."""
    whole = len(found.labels.train)
    pool = found.base(whole)
    gaps = []
    for row in found.rows:
        if row.n_real == whole or row.arm in (REAL, PRIOR):
            continue
        gap = _gap(row.measured, found.base(row.n_real), pool)
        gaps.append(
            {"arm": row.arm, "n_real": row.n_real, "value": gap.value, "ci": list(gap.ci), "pool_gain": gap.pool_gain,
             "pool_gain_ci": list(gap.pool_gain_ci), "says": gap.says}
        )  # fmt: skip
    return gaps


def _gap(arm: Measured, real: Measured, pool: Measured) -> Gap:
    name = "roc_auc"
    return gap_recovered(
        (arm.at[name], real.at[name], pool.at[name]), (arm.resampled[name], real.resampled[name], pool.resampled[name])
    )


def _against(headline: Row, found: Study) -> dict[str, object]:
    """The headline arm minus each other arm of its size, paired: what the writing adds to what needs no writer."""
    others = [each for each in found.rows if each.n_real == headline.n_real and each.arm not in (REAL, headline.arm)]
    return {
        each.arm: {
            "delta_roc_auc": headline.measured.at["roc_auc"] - each.measured.at["roc_auc"],
            "ci": list(interval(headline.measured.resampled["roc_auc"] - each.measured.resampled["roc_auc"])),
        }
        for each in others
    }


def _without(headline: Row, found: Study) -> list[dict[str, object]]:
    """The gain of the headline arm on the test trials that no one may object to, at every size, and how many are left."""
    described: list[dict[str, object]] = []
    for row in found.rows:
        if row.arm not in (headline.arm, headline.arm.replace(HYBRID, SYNTHETIC)):
            continue
        base = found.find(REAL if row.n_real else PRIOR, row.n_real)
        assert base is not None  # every size has it
        for name, mine in row.without.items():
            real = base.without[name]
            described.append(
                {
                    "left_out": name, "n": int(found.left[name].sum()), "arm": row.arm, "n_real": row.n_real,
                    "roc_auc": mine.at["roc_auc"], "real_roc_auc": real.at["roc_auc"],
                    "delta_roc_auc": mine.at["roc_auc"] - real.at["roc_auc"],
                    "ci": list(interval(mine.resampled["roc_auc"] - real.resampled["roc_auc"])),
                }
            )  # fmt: skip
    return described


def _delta(row: Row, found: Study, name: str) -> float:
    return row.measured.at[name] - found.base(row.n_real).at[name]


def _gain(row: Row, base: Measured) -> Floats:
    return row.measured.resampled["roc_auc"] - base.resampled["roc_auc"]
