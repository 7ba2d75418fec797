"""Records without a writer: sections of real exemplars put together, and exemplars as they are.

The controls that a written set has to beat. Each stands for one synthetic record: same exemplars, same label.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from synthetrial.trial import Protocol, RegistryTrial

PARTS: Final = (
    ("brief_title", "official_title"),
    ("brief_summary", "detailed_description"),
    ("conditions", "keywords"),
    ("study_type", "phases", "allocation", "intervention_model", "primary_purpose", "masking", "lead_sponsor_class"),
    ("arms", "interventions"),
    ("primary_outcomes", "secondary_outcomes"),
    ("eligibility",),
)
"""Fields that are taken from one exemplar together, so that arms name the interventions that are there."""


def same_label(exemplars: Sequence[RegistryTrial], label: int) -> tuple[RegistryTrial, ...]:
    """Those of `exemplars` that have `label`; all of them where none has (a contrastive set of the other label)."""
    agreeing = tuple(each for each in exemplars if each.label is not None and each.label.value == label)
    return agreeing or tuple(exemplars)


def recombined(exemplars: Sequence[RegistryTrial], rng: np.random.Generator) -> Protocol:
    """A protocol each of whose `PARTS` comes from one of `exemplars`, drawn anew for each part."""
    fields: dict[str, object] = {}
    for part in PARTS:
        donor = exemplars[int(rng.integers(len(exemplars)))].protocol
        fields |= {name: getattr(donor, name) for name in part}
    return msgspec.structs.replace(exemplars[0].protocol, **fields)
