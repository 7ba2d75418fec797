"""How long the sections of a rendering are: what gives a made record away without a word of it being read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial import text

MEASURED: Final = text.FREE
"""The sections of free text: the columns of every table here."""

Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_HEADER: Final = re.compile(rf"^({'|'.join(map(re.escape, text.SECTIONS))}):", re.MULTILINE)


def section_words(renderings: Sequence[str]) -> Numbers:
    """Words of each of the `MEASURED` sections: renderings × sections. A line of a body that looks like a header is escaped in
    a rendering, so that it opens no section here."""
    table = np.zeros((len(renderings), len(MEASURED)), dtype=np.int64)
    for row, rendering in enumerate(renderings):
        parts = _HEADER.split(rendering)
        told = {name: len(body.split()) for name, body in zip(parts[1::2], parts[2::2], strict=True)}
        table[row] = [told.get(each, 0) for each in MEASURED]
    return table


def features(words: Numbers, mean: Floats, spread: Floats | float = 1.0) -> Floats:
    """ln(1 + words) about `mean` by `spread` (a value per section), its square, and presence: rows × 3 sections."""
    away = (np.log1p(words) - mean) / spread
    table: Floats = np.hstack([away, away**2, words > 0])
    return table
