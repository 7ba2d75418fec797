"""dcr: are records nearer to the trials they were made from than to trials that nobody wrote from?"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError, metric
from synthetrial.evaluate.privacy.distances import Floats, Numbers, genuine, rows_of, samples, to_nearest
from synthetrial.evaluate.statistics import mean_interval

NAME: Final[str] = "dcr"
LEAST: Final = 10
"""Held-out trials below which nearness says nothing."""
_EDGES: Final = np.linspace(0, 1, 41)


@metric(
    NAME,
    "Share of records whose closest training trial is nearer than their closest trial of an equal-size held-out sample.",
    low=0, high=1, direction="lower", cost="seconds",
)  # fmt: skip
def dcr(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Distance to the closest record (DCR) as 1 - cosine, ties counting one half; 0.5 where nothing is copied.

    The holdout comparison of Platzer & Reutterer, "Holdout-Based Empirical Assessment of Mixed-Type Synthetic Data" (2021).
    Where training trials outnumber held-out ones, samples of them are drawn (the mean over several): a set that copies all
    records then stays below 1, as the trial it copied is not in each sample; `exact` counts over all training trials.
    Reference: validation trials in the place of records, with test trials held out. Intervals resample records, by drug.
    """
    inputs.need_synthetic()
    held = [each.trial_id for each in (*inputs.valid, *inputs.test)]
    train = rows_of(inputs, [each.trial_id for each in genuine(inputs)])
    if min(train.shape[0], len(held)) < LEAST:
        raise UnmeasurableError(f"{train.shape[0]} training and {len(held)} held-out trials: {LEAST} of each are needed")
    records = rows_of(inputs, [each.id for each in inputs.synthetic])
    size, repeats = min(train.shape[0], len(held)), inputs.effort.repeats
    shares, to_train, to_held = nearer(records, train, rows_of(inputs, held), size, repeats, rng)
    interval = mean_interval(shares, inputs.synthetic_clusters, inputs.effort.resamples, rng)
    reference, real, says = None, None, "fewer than 10 validation or test trials"
    valid, test = ([each.trial_id for each in side] for side in (inputs.valid, inputs.test))
    if min(len(valid), len(test)) >= LEAST:
        pair = rows_of(inputs, valid), rows_of(inputs, test)
        beside, real, _ = nearer(pair[0], train, pair[1], min(train.shape[0], len(test)), repeats, rng)
        reference = float(beside.mean())
        says = f"{len(valid)} validation trials, against samples of training trials and {len(test)} test trials"
    return MetricResult(
        value=float(shares.mean()),
        ci_low=interval.low,
        ci_high=interval.high,
        n=records.shape[0],
        reference=reference,
        details={
            "no_copy": 0.5,
            "distance_to_train": _quantiles(to_train),
            "distance_to_held_out": _quantiles(to_held),
            "histogram": {
                "edges": _EDGES.tolist(),
                "to_train": _shares(to_train),
                "to_held_out": _shares(to_held),
                "real_to_train": None if real is None else _shares(real),
            },
            "exact": int((to_train == 0).sum()),
            "sample": size,
            "train": train.shape[0],
            "embedder": inputs.even.name,
            "reference": says,
            **small(records.shape[0]),
        },
    )


def nearer(
    records: Any, train: Any, held: Any, size: int, repeats: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """For each record, how often its closest of `size` training trials is nearer than its closest of `size` held-out ones
    (ties one half), over `repeats` samples of the larger side; and its distance to the closest of all trials of either side."""
    ours: list[Numbers] = [np.arange(train.shape[0]), *samples(train.shape[0], size, repeats, rng)]
    theirs: list[Numbers] = [np.arange(held.shape[0]), *samples(held.shape[0], size, repeats, rng)]
    a, b = to_nearest(records, train, ours), to_nearest(records, held, theirs)
    closer, tied = a[:, 1:] < b[:, 1:], a[:, 1:] == b[:, 1:]  # one sample of a whole side is set against all of the other's
    return (closer + 0.5 * tied).mean(axis=1), a[:, 0], b[:, 0]


def _quantiles(distances: Floats) -> dict[str, float]:
    return {"p5": float(np.quantile(distances, 0.05)), "median": float(np.median(distances)), "mean": float(distances.mean())}


def _shares(distances: Floats) -> list[float]:
    """The shares of records between the edges; what is further off is counted in the last bin."""
    counts = np.histogram(np.minimum(distances, _EDGES[-1]), _EDGES)[0]
    return [float(each) for each in counts / len(distances)]
