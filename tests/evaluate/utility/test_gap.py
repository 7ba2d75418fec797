"""The gap recovered is a share of what the whole pool gains, and none where the pool may gain nothing."""

from __future__ import annotations

import numpy as np
import pytest

from synthetrial.evaluate.utility.gap import gap_recovered

RNG = np.random.default_rng(5)


def test_the_gap_is_a_share_of_what_the_pool_gains() -> None:
    noise = RNG.normal(0, 0.01, 2000)
    real, arm, pool = 0.6 + noise, 0.65 + noise + RNG.normal(0, 0.004, 2000), 0.7 + noise
    found = gap_recovered((0.65, 0.6, 0.7), (arm, real, pool))
    assert found.value == pytest.approx(0.5)
    assert found.ci == pytest.approx((0.42, 0.58), abs=0.02)
    assert found.says.startswith("50% [4")
    assert found.says.endswith("of the whole pool's +0.100")


def test_a_pool_that_may_gain_nothing_makes_no_ratio() -> None:
    found = gap_recovered(
        (0.65, 0.6, 0.61), (0.65 + RNG.normal(0, 0.01, 500), np.full(500, 0.6), 0.61 + RNG.normal(0, 0.01, 500))
    )
    assert (found.value, found.ci) == (None, (None, None))
    assert found.pool_gain == pytest.approx(0.01)
    assert "does not exclude 0" in found.says
    nothing = gap_recovered((0.6, 0.6, 0.6), (np.full(9, np.nan),) * 3)
    assert nothing.value is None
    assert "has no interval" in nothing.says
