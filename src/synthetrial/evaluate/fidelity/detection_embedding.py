"""detection-embedding-auc: can a classifier tell the synthetic records from real trials by what they are about?"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.fidelity.separation import Sides, separate, sides
from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.metric import MetricResult, metric

NAME: Final[str] = "detection-embedding-auc"
_SHOWN: Final = 5
Floats = npt.NDArray[np.float64]


@metric(
    NAME,
    "ROC-AUC of telling synthetic records from real trials by embeddings and logistic regression; 0.5 = not to be told apart.",
    low=0, high=1, direction="lower", cost="seconds, and those of the embeddings",
)  # fmt: skip
def detection_embedding_auc(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Cross-validated, folds and reference as detection-auc; the records told best and worst are in the details."""
    against = sides(inputs, rng)
    seen: dict[str, float] = {}

    def scores(both: Sides, fold: int) -> Floats:
        margins = _scores(inputs, both, fold)
        if both is against:
            seen.update(zip([both.ids[each] for each in np.flatnonzero(both.folds == fold)], margins.tolist(), strict=True))
        return margins

    value = separate(scores, against, inputs.effort, rng)
    reference = against.reference and separate(scores, against.reference, inputs.effort, rng)
    asked = [each for each, label in zip(against.ids, against.labels.tolist(), strict=True) if label and each in seen]
    made = sorted(asked, key=seen.__getitem__)
    return MetricResult(
        value=value.auc,
        ci_low=value.interval.low,
        ci_high=value.interval.high,
        n=value.n,
        reference=reference.auc if reference else None,
        details={
            "embedder": inputs.cloud.name,
            "most_synthetic": made[::-1][:_SHOWN],
            "most_real": made[:_SHOWN],
            "folds": against.grouped,
            "reference": reference.says() if reference else "no held-out trial",
            "reference_ci": list(reference.interval) if reference else None,
            **small(value.n),
        },
    )


def _scores(inputs: Inputs, both: Sides, fold: int) -> Floats:
    """Log-odds of the rows of `fold`, by a model of the others."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    rows = inputs.cloud.rows[[inputs.row[each] for each in both.ids]].astype(np.float64)
    held = both.folds == fold
    scale = StandardScaler().fit(rows[~held])
    model = LogisticRegression(C=0.01, class_weight="balanced", max_iter=300)  # hundreds of standardised columns
    model.fit(scale.transform(rows[~held]), both.labels[~held])
    margins: Floats = model.decision_function(scale.transform(rows[held]))
    return margins
