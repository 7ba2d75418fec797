"""The metrics of the package, in the order in which they are reported. Importing this registers them."""

from __future__ import annotations

from typing import Final

from synthetrial.evaluate.fidelity import detection, grounding, intervention, length_detection, validity
from synthetrial.evaluate.leaks import probes
from synthetrial.evaluate.privacy import copy_grams, copy_span
from synthetrial.evaluate.utility import utility

MODULES: Final = (
    validity, intervention, grounding, detection, length_detection, copy_span, copy_grams, utility, probes,
)  # fmt: skip
