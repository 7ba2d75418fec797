"""The test side without the trials that one may object to: do the results stand without them too?

Registries overwrite records, so that some texts were edited after the end and speak of status; and a trial that stopped for
want of participants says less of its treatment than one that stopped for harm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial.check.outcome_leak import find
from synthetrial.corpus.labels import stopped_for_enrolment
from synthetrial.evaluate.utility.arms import HYBRID, PRIOR, REAL, SYNTHETIC, WEIGHTED
from synthetrial.evaluate.utility.learn import Labels, Trained
from synthetrial.evaluate.utility.measure import Measured, Resamples, areas
from synthetrial.trial import RegistryTrial

OBJECTIONS: Final[Mapping[str, Callable[[RegistryTrial], bool]]] = {
    "texts that speak of status": lambda trial: bool(find(trial.protocol)),
    "stops for enrolment": stopped_for_enrolment,
}

BESIDE_PARTS: Final = frozenset((REAL, PRIOR, SYNTHETIC, HYBRID, f"{SYNTHETIC}{WEIGHTED}", f"{HYBRID}{WEIGHTED}"))
"""The arms that are measured on parts of the test side too."""

Kept = npt.NDArray[np.bool_]


def parts(test: tuple[RegistryTrial, ...]) -> dict[str, Kept]:
    """For each objection that some of `test` meet, and that leaves trials of both labels: which trials are left."""
    found = {name: ~np.array([objected(each) for each in test], dtype=bool) for name, objected in OBJECTIONS.items()}
    labels = np.array([each.label.value if each.label else -1 for each in test])
    return {name: kept for name, kept in found.items() if not kept.all() and {0, 1} <= set(labels[kept].tolist())}


def measured_on(
    left: Mapping[str, Kept], arm: str, trained: Trained, labels: Labels, resamples: Resamples
) -> dict[str, Measured]:
    """ROC-AUC and PR-AUC of `arm` on each of the parts `left`, under the same resamples as the whole; nothing for arms that are
    not among `BESIDE_PARTS`."""
    if arm not in BESIDE_PARTS:
        return {}
    return {
        name: areas(trained.test[:, kept], labels.test[kept], Resamples(resamples.trials[:, kept], resamples.draws))
        for name, kept in left.items()
    }
