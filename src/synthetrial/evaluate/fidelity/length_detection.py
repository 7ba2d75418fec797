"""length-detection-auc: do the lengths of the sections alone give the synthetic records away?"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial import text
from synthetrial.evaluate import logistic
from synthetrial.evaluate.fidelity.separation import Sides, separate, sides
from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.metric import MetricResult, metric
from synthetrial.trial import Protocol

NAME: Final[str] = "length-detection-auc"
MEASURED: Final = text.FREE
"""The sections of free text whose lengths are features."""

Floats = npt.NDArray[np.float64]


@metric(
    NAME,
    "ROC-AUC of telling synthetic records from real trials by the word counts of their sections alone.",
    low=0, high=1, direction="lower", cost="seconds",
)  # fmt: skip
def length_detection_auc(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Logistic regression on ln(1 + words), its square, and presence of each section; folds and reference as detection-auc."""
    against = sides(inputs, rng)
    protocols: dict[str, Protocol] = {each.trial_id: each.protocol for each in (*inputs.train, *inputs.valid, *inputs.test)} | {
        each.id: each.protocol for each in inputs.synthetic
    }
    lengths = {each: section_lengths(protocols[each]) for each in against.ids}
    if against.reference:
        lengths |= {each: section_lengths(protocols[each]) for each in against.reference.ids if each not in lengths}

    def scores(both: Sides, fold: int) -> Floats:
        x = logistic.standardised(_features(np.array([lengths[each] for each in both.ids])))
        held = both.folds == fold
        weights = logistic.balanced(both.labels, (~held).astype(np.float64)[:, None])
        return logistic.fit(x, both.labels, weights).margins(x[held])[:, 0]

    value = separate(scores, against, inputs.effort, rng)
    reference = against.reference and separate(scores, against.reference, inputs.effort, rng)
    table = np.array([lengths[each] for each in against.ids])
    return MetricResult(
        value=value.auc,
        ci_low=value.interval.low,
        ci_high=value.interval.high,
        n=value.n,
        reference=reference.auc if reference else None,
        details={
            "median_words": {
                section: {
                    "synthetic": float(np.median(table[against.labels == 1, column])),
                    "real": float(np.median(table[against.labels == 0, column])),
                }
                for column, section in enumerate(MEASURED)
            },
            "folds": against.grouped,
            "reference": reference.says() if reference else "no held-out trial",
            "reference_ci": list(reference.interval) if reference else None,
            **small(value.n),
        },
    )


def section_lengths(protocol: Protocol) -> list[int]:
    """Words of each of the `MEASURED` sections of the rendering."""
    bodies = text.sections(protocol)
    return [len(bodies.get(each, "").split()) for each in MEASURED]


def _features(lengths: npt.NDArray[np.int64]) -> Floats:
    logs = np.log1p(lengths)
    return np.hstack([logs, (logs - logs.mean(axis=0)) ** 2, lengths > 0])
