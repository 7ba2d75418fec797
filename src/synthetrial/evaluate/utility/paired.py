"""What an evaluation keeps of its headline gain, so that another run on the same test trials can be held against it.

A gain in ROC-AUC is a mean over pairs of trials, not over trials. What it changes by when a drug's trials weigh a little more
(its influence: DeLong et al. 1988, summed by cluster as in Obuchowski 1997) makes it one over drugs: a *pseudo-value* per drug,
whose mean is the gain and whose standard error is the gain's. Two runs are then compared as paired samples are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.utility.measure import Measured
from synthetrial.trial import RegistryTrial

Numbers = npt.NDArray[np.int64]

_DIGITS: Final = 4


def paired(
    arm: Measured, base: Measured, test: Sequence[RegistryTrial], labels: Numbers, drugs: Sequence[str]
) -> dict[str, object]:
    """The gain of `arm` over `base` by drug and by training draw, and a fingerprint of the test trials, labels and drugs.

    Drugs stand in the order in which the test trials name them first; a trial without a known drug is one by itself.
    """
    gain = arm.at["roc_auc"] - base.at["roc_auc"]
    count = np.where(labels == 1, (labels == 1).sum(), (labels != 1).sum())
    influence = (arm.placed - base.placed - gain) / count
    number = {each: at for at, each in enumerate(dict.fromkeys(drugs))}
    by_drug = gain + len(number) * np.bincount([number[each] for each in drugs], weights=influence)
    told = "\n".join(f"{one.trial_id}\t{label}\t{drug}" for one, label, drug in zip(test, labels, drugs, strict=True))
    return {
        "test": hashlib.sha256(told.encode()).hexdigest()[:16],
        "by_drug": by_drug.round(_DIGITS).tolist(),
        "by_draw": (arm.drawn - base.drawn).round(_DIGITS).tolist(),
    }
