"""schema-validity: does every record come back from its rendering as it was?"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthetrial import canonical, text
from synthetrial.errors import ParseError
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError, metric
from synthetrial.evaluate.statistics import wilson
from synthetrial.trial import Protocol

NAME: Final[str] = "schema-validity"


@metric(
    NAME,
    "Share of records that are canonical protocols and parse back from their rendering to an equal protocol.",
    low=0, high=1, direction="higher", cost="milliseconds",
)  # fmt: skip
def schema_validity(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Records that could not be read count as invalid. Reference: the test trials. Wilson's interval."""
    faults = {each.id: why for each in inputs.synthetic if (why := fault(each.protocol))}
    n = len(inputs.synthetic) + len(inputs.unreadable)
    if not n:
        raise UnmeasurableError("no synthetic record to measure")
    valid = len(inputs.synthetic) - len(faults)
    low, high = wilson(valid, n)
    real = inputs.test or inputs.valid or inputs.train
    return MetricResult(
        value=valid / n,
        ci_low=low,
        ci_high=high,
        n=n,
        reference=sum(fault(each.protocol) is None for each in real) / len(real) if real else None,
        details={
            "invalid": dict(list(faults.items())[:10]),
            "unreadable": list(inputs.unreadable[:10]),
            "reference": f"{len(real)} held-out trials",
        },
    )


def fault(protocol: Protocol) -> str | None:
    """Why `protocol` is not valid, or None."""
    try:
        back = text.parse(text.render(protocol))
    except ParseError as error:
        return str(error)
    if back != protocol:
        return "parses back to another protocol"
    return None if canonical.protocol(protocol) == protocol else "not in canonical form"
