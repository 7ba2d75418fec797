"""`copy`: the record is written, not copied.

Refuses a record that shares more than `LONGEST` words in a row with an exemplar or any other training trial, where that span
is distinctive (fewer than 3 training trials have it: `similar.spans`), and one of whose 13-grams more than `MOST_CONTAINED`
stand in a single trial. What the planner gave (drug, intervention names, conditions) does not count as copied.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from synthetrial.check.candidate import Candidate
from synthetrial.check.view import View
from synthetrial.plan import Cell
from synthetrial.similar.spans import SpanIndex, distinctive_span, runs

CODE: Final = "copy"
LONGEST: Final = 12
MOST_CONTAINED: Final = 0.15


def check(candidate: Candidate, view: View) -> str | None:
    """The span that was copied and the trial it stands in, or None."""
    if candidate.protocol is None:
        return None
    written = runs(candidate.protocol)
    given = given_strings(candidate.cell)
    foreign = [each for each in candidate.exemplars if each.trial_id not in view.trial_ids]
    indexes = [view.spans]
    if foreign:
        indexes.append(SpanIndex([each.trial_id for each in foreign], (each.protocol for each in foreign)))
    for index in indexes:
        span = distinctive_span(written, index, given)
        if span.length > LONGEST:
            return f"{span.length} words in a row from {span.trial_id}: {span.text[:80]!r}"
        if detail := _contained(written, index):
            return detail
    return None


def given_strings(cell: Cell) -> tuple[str, ...]:
    """What the planner gave to the writer as text: drug names, intervention names, conditions."""
    return (cell.drug, *cell.names, *cell.design.conditions, *(name for _, name in cell.design.interventions))


def _contained(written: list[list[str]], index: SpanIndex) -> str | None:
    total = sum(max(0, len(each) - 12) for each in written)
    if not total or not index.trial_ids:
        return None
    shares = np.zeros(len(index.trial_ids))
    for each in written:
        shares += index.contained(each) * (max(0, len(each) - 12) / total)
    worst = int(shares.argmax())
    if shares[worst] > MOST_CONTAINED:
        return f"{shares[worst]:.0%} of its 13-grams stand in {index.trial_ids[worst]}"
    return None
