"""identity-scan: what is planted is counted by kind, and a clean set counts nothing."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import standins
from scipy.stats import poisson

from synthetrial.evaluate.metric import MetricResult, UnmeasurableError
from synthetrial.evaluate.privacy.identity_scan import garwood, identity_scan, traces
from synthetrial.trial import Reason, SyntheticTrial


def scanned(records: list[SyntheticTrial]) -> MetricResult:
    return identity_scan(standins.inputs(records), np.random.default_rng(0))


def summarised(text: str) -> list[SyntheticTrial]:
    first, *rest = standins.copies(12)
    return [msgspec.structs.replace(first, protocol=msgspec.structs.replace(first.protocol, brief_summary=text)), *rest]


def test_a_clean_set_counts_nothing_and_may_be_published() -> None:
    result = scanned(standins.copies(12))
    assert (result.value, result.ci_low, result.details["refuse"]) == (0, 0, False)
    assert result.ci_high == pytest.approx(3.689, abs=0.001)
    assert traces(standins.inputs(standins.copies(12))) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("As in NCT01234567, doses are raised.", "registry"),
        ("Write to trials@example.org for details.", "email"),
        ("See https://example.org/protocol for details.", "url"),
        ("Contact: Jane Roe, MD", "person"),
        ("Call +44 20 7946 0958 with questions.", "phone"),
        ("Patients are recruited at Riverside Memorial Hospital.", "site"),
    ],
)
def test_what_is_planted_is_counted(text: str, kind: str) -> None:
    result = scanned(summarised(text))
    assert result.details["kinds"] == {kind: 1}
    assert (result.value, result.details["refuse"]) == (1, True)
    assert result.details["records"] == ["SYN-0000000000"]


def test_each_finding_counts_and_reasons_are_scanned_too() -> None:
    first, *rest = summarised("See NCT01234567 and NCT07654321, or a@example.org.")
    told = Reason(factor="design", statement="As Dr. Jane Roe wrote.", grounded=False)
    result = scanned([msgspec.structs.replace(first, reasons=(told,)), *rest])
    assert result.details["kinds"] == {"email": 1, "person": 1, "registry": 2}
    assert (result.value, result.details["records_with_any"]) == (4, 1)


def test_the_reference_is_per_as_many_records() -> None:
    few, many = scanned(standins.copies(10)).reference, scanned(standins.copies(20)).reference
    assert few is not None
    assert many == pytest.approx(2 * few)
    assert identity_scan(standins.inputs(standins.copies(2), valid=(), test=()), np.random.default_rng(0)).reference is None
    with pytest.raises(UnmeasurableError, match="no synthetic record"):
        scanned([])


@pytest.mark.parametrize("count", [0, 1, 4, 30])
def test_the_interval_has_the_tails_that_it_says(count: int) -> None:
    low, high = garwood(count)
    assert low is not None
    assert high is not None
    assert poisson.cdf(count, high) == pytest.approx(0.025)
    assert count == 0 or poisson.sf(count - 1, low) == pytest.approx(0.025)
