"""Records without a writer, that a written set has to beat: each stands for one record, with the same exemplars and label.

A control is a recipe (`write.by`): it is planned, stored, checked for identities and measured as a written set is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from synthetrial.control.eda import paraphrased
from synthetrial.control.recombine import recombined
from synthetrial.trial import Protocol, RegistryTrial

Control = Callable[[Sequence[RegistryTrial], np.random.Generator], Protocol]
"""(exemplars, rng) → protocol."""


def duplicate(exemplars: Sequence[RegistryTrial], rng: np.random.Generator) -> Protocol:
    """One of the exemplars as it is."""
    return exemplars[int(rng.integers(len(exemplars)))].protocol


def eda(exemplars: Sequence[RegistryTrial], rng: np.random.Generator) -> Protocol:
    """One of the exemplars in other words, by word operations."""
    return paraphrased(duplicate(exemplars, rng), rng)


CONTROLS: Final[dict[str, Control]] = {"recombine": recombined, "duplicate": duplicate, "eda": eda}
