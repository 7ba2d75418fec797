"""vocabulary-coverage: how much of what real trials say do the records say too?"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.inputs import Inputs, small
from synthetrial.evaluate.level import against_training, compared, jackknife, says
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError, metric

NAME: Final[str] = "vocabulary-coverage"
LEAST_TRIALS: Final = 3
_SHOWN: Final = 20

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@metric(
    NAME,
    "Share of the words of real trials (those of three or more training trials) that some record uses.",
    low=0, high=1, direction="higher", cost="seconds",
)  # fmt: skip
def vocabulary_coverage(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Words of the whole rendering. Reference: as many held-out trials. Interval: jackknife by drug. Raises
    `UnmeasurableError` where no word is in three training trials."""
    level = against_training(inputs)
    present, names = _present(inputs)
    frequency = np.asarray(present[: len(inputs.train)].sum(axis=0)).ravel()
    common = frequency >= LEAST_TRIALS
    if not common.any():
        raise UnmeasurableError(f"no word is in {LEAST_TRIALS} training trials")

    def covered(rows: Numbers) -> Mask:
        return np.asarray(present[rows].sum(axis=0)).ravel() > 0

    value = compared(level, lambda rows, _: float(covered(rows)[common].mean()))
    first = level.synthetic[0]
    interval = jackknife(
        value.value,
        lambda rows: float(covered(rows)[common].mean()),
        first,
        [inputs.clusters[each] for each in first],
        high=1.0,
    )
    everything = covered(np.arange(present.shape[0])[inputs.synthetic_rows])
    lacking = np.flatnonzero(common & ~everything)
    foreign = np.flatnonzero(everything & (np.asarray(present[: inputs.synthetic_rows.start].sum(axis=0)).ravel() == 0))
    return MetricResult(
        value=value.value,
        ci_low=interval.low,
        ci_high=interval.high,
        n=level.size,
        reference=value.reference,
        details={
            "words": int(common.sum()),
            "missing": [str(names[each]) for each in lacking[np.argsort(-frequency[lacking], kind="stable")][:_SHOWN]],
            "in_no_real_trial": float(len(foreign) / max(1, int(everything.sum()))),
            "reference": says(level),
            **small(level.size),
        },
    )


def _present(inputs: Inputs) -> tuple[Any, Any]:
    """Which single words are in which text (sparse, rows as in `Inputs.row`), and the words."""
    counted = inputs.counted
    names = counted.vectoriser.get_feature_names_out()
    single = np.array([" " not in each for each in names])
    present = counted.counts.tocsc()[:, np.flatnonzero(single)].tocsr()
    present.data = np.ones_like(present.data)
    return present, names[single]
