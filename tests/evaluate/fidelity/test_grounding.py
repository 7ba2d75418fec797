"""grounding-rate: quotes that stand in an exemplar count, invented ones and those of strangers do not."""

from __future__ import annotations

import pytest
import standins

from synthetrial.evaluate.fidelity.grounding import grounding_rate
from synthetrial.evaluate.metric import UnmeasurableError


def test_quotes_that_are_there_are_grounded_whatever_the_run_says() -> None:
    train = standins.sides()[0]
    records = []
    for i, each in enumerate(train[:20]):
        quote = " ".join((each.protocol.brief_summary or "").split()[:12])
        invented = "a sentence that no registered trial of any sponsor has ever held in its record"
        reasons = (standins.reason(each, quote), standins.reason(each, invented))
        records.append(standins.record(i, each.protocol, 1, [each], reasons))
    result = grounding_rate(standins.inputs(records), standins.rng())
    assert result.value == pytest.approx(0.5)
    assert standins.reference(result) < 0.1
    assert result.details["reasons"] == 40
    with pytest.raises(UnmeasurableError, match="no record has reasons"):
        grounding_rate(standins.inputs(standins.copies(3)), standins.rng())


def test_a_quote_of_a_trial_that_is_no_exemplar_grounds_nothing() -> None:
    one, other = standins.sides()[0][:2]
    quote = " ".join((other.protocol.brief_summary or "").split()[:12])
    records = [standins.record(0, one.protocol, 1, [one], (standins.reason(other, quote),))]
    assert grounding_rate(standins.inputs(records), standins.rng()).value == 0
