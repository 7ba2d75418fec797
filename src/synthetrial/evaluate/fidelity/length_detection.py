"""length-detection-auc: do the lengths of the sections alone give the synthetic records away?"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate import logistic
from synthetrial.evaluate.fidelity.separation import Sides, separate, sides
from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.metric import MetricResult, metric
from synthetrial.similar.lengths import MEASURED, features, section_words
from synthetrial.text import render
from synthetrial.trial import Protocol

NAME: Final[str] = "length-detection-auc"

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
    asked = list(dict.fromkeys([*against.ids, *(against.reference.ids if against.reference else ())]))
    row_of = {each: row for row, each in enumerate(asked)}
    words = section_words([render(protocols[each]) for each in asked])

    def scores(both: Sides, fold: int) -> Floats:
        own = words[[row_of[each] for each in both.ids]]
        x = logistic.standardised(features(own, np.log1p(own).mean(axis=0)))
        held = both.folds == fold
        weights = logistic.balanced(both.labels, (~held).astype(np.float64)[:, None])
        return logistic.fit(x, both.labels, weights).margins(x[held])[:, 0]

    value = separate(scores, against, inputs.effort, rng)
    reference = against.reference and separate(scores, against.reference, inputs.effort, rng)
    table = words[[row_of[each] for each in against.ids]]
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
