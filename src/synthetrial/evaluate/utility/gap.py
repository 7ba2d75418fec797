"""Gap recovered: how much of what the holder's pool would teach reaches someone who gets only the synthetic set.

(arm − real n) / (whole pool − real n), in test ROC-AUC, where the arm adds the set to n real trials: 0 = nothing, 1 = as
good as having the pool. The interval is the bootstrap's, numerator and denominator resampled together. Where the denominator's
own interval reaches 0 the pool itself teaches nothing that could be told from chance, and the ratio is not given.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.statistics import interval

Floats = npt.NDArray[np.float64]


class Gap(NamedTuple):
    """The share recovered and its interval (None where it means nothing), what the whole pool gains over n real trials with
    its interval, and all that in words."""

    value: float | None
    ci: tuple[float | None, float | None]
    pool_gain: float
    pool_gain_ci: tuple[float | None, float | None]
    says: str


def gap_recovered(areas: tuple[float, float, float], resampled: tuple[Floats, Floats, Floats]) -> Gap:
    """The gap recovered; `areas` are the ROC-AUC of arm, real trials alone and whole pool, `resampled` the same under paired
    resamples."""
    arm, real, pool = areas
    whole, gained = resampled[2] - resampled[1], resampled[0] - resampled[1]
    low, high = interval(whole)
    pool_gain = pool - real
    if low is None or high is None or low <= 0:
        reach = "has no interval" if low is None or high is None else f"is {pool_gain:+.3f} [{low:+.3f}, {high:+.3f}]"
        says = f"not to be told: what the whole pool gains over these trials {reach}, which does not exclude 0"
        return Gap(None, (None, None), pool_gain, (low, high), says)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = np.where(whole > 0, gained / whole, np.nan)
    value, ci = (arm - real) / pool_gain, interval(ratios)
    bounds = f" [{ci.low:.0%}, {ci.high:.0%}]" if ci.low is not None and ci.high is not None else ""
    return Gap(value, (ci.low, ci.high), pool_gain, (low, high), f"{value:.0%}{bounds} of the whole pool's {pool_gain:+.3f}")
