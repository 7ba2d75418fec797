"""`intervention`: the planned drug is what the record is about.

Refuses a record whose title and interventions name neither the drug nor a synonym (`Cell.names`), and one whose arms name
drugs, but not that one. Arms that name no drug at all ("Arm A", "Oral contraceptive for six cycles") pass: one real trial in
ten describes its arms so.
"""

from __future__ import annotations

from typing import Final

from synthetrial.check.candidate import Candidate
from synthetrial.check.view import View
from synthetrial.trial import Arm

CODE: Final = "intervention"


def check(candidate: Candidate, view: View) -> str | None:
    """Where the planned drug is missing, or None."""
    from synthetrial.corpus.drugs import mentions, recognise

    protocol, cell = candidate.protocol, candidate.cell
    if protocol is None:
        return None
    names = (cell.drug, *cell.names)
    named = (protocol.brief_title, *(name for each in protocol.interventions for name in (each.name, *each.other_names)))
    if not any(mentions(each, names) for each in named):
        return f"neither the title nor an intervention names {cell.drug}"
    texts = [text for arm in protocol.arms for text in _texts(arm)]
    if any(mentions(each, names) for each in texts):
        return None
    others = recognise(texts, unknown=False)
    return f"the arms name {others[0].name} but not {cell.drug}" if others else None


def _texts(arm: Arm) -> tuple[str, ...]:
    return tuple(each for each in (arm.label, arm.description, *arm.intervention_names) if each)
