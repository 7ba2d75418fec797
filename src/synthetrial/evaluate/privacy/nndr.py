"""nndr: do records sit on one training trial, or among several?"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError, metric
from synthetrial.evaluate.privacy.distances import Floats, genuine, rows_of, two_nearest
from synthetrial.evaluate.statistics import mean_interval

NAME: Final[str] = "nndr"


@metric(
    NAME,
    "Mean ratio of a record's distance to its nearest training trial and to its second-nearest (near 0: it sits on one trial).",
    low=0, high=1, direction="higher", cost="seconds",
)  # fmt: skip
def nndr(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Nearest-neighbour distance ratio on 1 - cosine (Zhao et al., "CTAB-GAN", 2021, section 4.4). An exact copy has 0.

    Reference: test trials, which nobody copied. Intervals resample records, by drug.
    """
    inputs.need_synthetic()
    if len(inputs.train) < 2:
        raise UnmeasurableError(f"{len(inputs.train)} training trials: two are needed")
    train = rows_of(inputs, [each.trial_id for each in genuine(inputs)])
    ratios = ratio(rows_of(inputs, [each.id for each in inputs.synthetic]), train)
    real = ratio(rows_of(inputs, [each.trial_id for each in inputs.test]), train) if inputs.test else None
    interval = mean_interval(ratios, inputs.synthetic_clusters, inputs.effort.resamples, rng)
    return MetricResult(
        value=float(ratios.mean()),
        ci_low=interval.low,
        ci_high=interval.high,
        n=len(ratios),
        reference=None if real is None else float(real.mean()),
        details={
            "distribution": _quantiles(ratios),
            "reference_distribution": None if real is None else _quantiles(real),
            "embedder": inputs.even.name,
            "reference": f"{len(inputs.test)} test trials" if inputs.test else "no test trial",
            **small(len(ratios)),
        },
    )


def ratio(records: Any, pool: Any) -> Floats:
    """Distance to the nearest over distance to the second-nearest of `pool`; 0 for a record that equals one of them."""
    near = two_nearest(records, pool)
    return np.where(near[:, 0] > 0, near[:, 0] / np.where(near[:, 1] > 0, near[:, 1], 1.0), 0.0)


def _quantiles(ratios: Floats) -> dict[str, float]:
    return {"p5": float(np.quantile(ratios, 0.05)), "median": float(np.median(ratios))}
