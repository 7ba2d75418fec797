"""identity-scan: does any exported text name a registered trial, a publication, a person, a contact or a site?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from synthetrial import text
from synthetrial.check import site
from synthetrial.check.identity import scan
from synthetrial.evaluate.inputs import Inputs, planned_names, small
from synthetrial.evaluate.metric import MetricResult, metric
from synthetrial.evaluate.statistics import Interval
from synthetrial.trial import Protocol

NAME: Final[str] = "identity-scan"
SITE: Final = "site"
MOST: Final = 500
"""Held-out trials that are scanned for the reference: a sample of them where there are more."""


class Traced(NamedTuple):
    """Something in a text that points to somebody or something: its kind, and the record it stands in."""

    kind: str
    record: str


@metric(
    NAME,
    "Number of registry numbers, contacts, links, publications, persons and sites named in all exported texts; must be 0.",
    low=0, high=None, direction="lower", cost="seconds",
)  # fmt: skip
def identity_scan(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Patterns of the checks `identity` and `site` over the rendering of every record and the statements of its reasons.

    What is found is counted by kind and named by record, and is not repeated here. The interval is Garwood's (1936) for a
    Poisson count: what another set of this size might hold. Reference: the count of the same patterns in held-out trials, per
    as many records; real trials name sites and numbers, synthetic ones may not. `refuse` is true where the count is not 0:
    such a set is not to be published.
    """
    inputs.need_synthetic()
    found = traces(inputs)
    held = (*inputs.valid, *inputs.test)
    held = tuple(held[each] for each in np.sort(rng.permutation(len(held))[:MOST]))
    real = [each for trial in held for each in traced(trial.trial_id, trial.protocol)]
    low, high = garwood(len(found))
    return MetricResult(
        value=float(len(found)),
        ci_low=low,
        ci_high=high,
        n=len(inputs.synthetic),
        reference=len(real) / len(held) * len(inputs.synthetic) if held else None,
        details={
            "refuse": bool(found),
            "kinds": dict(sorted(Counter(each.kind for each in found).items())),
            "records": list(dict.fromkeys(each.record for each in found))[:20],
            "records_with_any": len({each.record for each in found}),
            "reference_kinds": dict(sorted(Counter(each.kind for each in real).items())),
            "reference": f"{len(held)} held-out trials, per {len(inputs.synthetic)} records" if held else "no held-out trial",
            **small(len(inputs.synthetic)),
        },
    )


def traces(inputs: Inputs) -> list[Traced]:
    """All that the synthetic set names and may not; empty where it can be published."""
    return [
        found
        for each in inputs.synthetic
        for found in traced(each.id, each.protocol, [one.statement for one in each.reasons], planned_names(each))
    ]


def traced(record: str, protocol: Protocol, more: Iterable[str] = (), given: Sequence[str] = ()) -> list[Traced]:
    """What the texts of a record name: findings of `identity` in each section and in `more`, and the first site.

    Names that are part of what was `given` (a product called after its maker) are no site.
    """
    texts = (*text.sections(protocol).values(), *more)
    found = [Traced(each.kind, record) for one in texts for each in scan(one)]
    names = (*given, *protocol.conditions, *(each.name for each in protocol.interventions))
    return [*found, Traced(SITE, record)] if site.find(protocol, " ".join(names).casefold()) else found


def garwood(count: int, level: float = 0.95) -> Interval:
    """The exact interval of the mean of a Poisson count (Garwood 1936, from chi-square quantiles)."""
    from scipy.stats import chi2

    half = (1 - level) / 2
    low = float(chi2.ppf(half, 2 * count) / 2) if count else 0.0
    return Interval(low, float(chi2.ppf(1 - half, 2 * (count + 1)) / 2))
