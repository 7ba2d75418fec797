"""schema-validity: copies of real trials are valid, and what does not come back as it was is not and is named."""

from __future__ import annotations

import msgspec
import pytest
import standins

from synthetrial.evaluate.fidelity.validity import fault, schema_validity
from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.trial import Eligibility, Protocol


def test_copies_of_real_trials_are_valid_and_what_does_not_come_back_is_not() -> None:
    good = standins.copies(10)
    result = schema_validity(standins.inputs(good), standins.rng())
    assert (result.value, result.reference, result.n) == (1.0, 1.0, 10)
    assert result.ci_low is not None
    assert 0.6 < result.ci_low < 1
    bad = msgspec.structs.replace(good[0], protocol=msgspec.structs.replace(good[0].protocol, brief_title=" two  blanks "))
    worse = schema_validity(standins.inputs([bad, *good[1:]], unreadable=("line 3: no JSON",)), standins.rng())
    assert worse.value == pytest.approx(9 / 11)
    assert list(worse.details["invalid"]) == [bad.id]  # type: ignore[call-overload]  # details hold JSON values
    assert worse.details["unreadable"] == ["line 3: no JSON"]


def test_faults_are_named() -> None:
    assert fault(Protocol(brief_title="A", phases=("PHASE2",))) is None
    assert fault(Protocol(brief_title="A", conditions=("a ", "b"))) == "parses back to another protocol"
    assert fault(Protocol(brief_title="", phases=("PHASE2",))) == "no 'Title:' section"
    assert fault(Protocol(brief_title="A", eligibility=Eligibility(criteria="* x"))) == "not in canonical form"


def test_validity_of_nothing_is_not_measured() -> None:
    with pytest.raises(UnmeasurableError, match="no synthetic record"):
        schema_validity(standins.inputs([]), standins.rng())
