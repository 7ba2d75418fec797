"""The split is kept, or nothing is measured: a run whose exemplars meet the validation or test trials is refused.

Met by id, or as a near-duplicate (MinHash of the renderings): a synthetic record made from a test trial's twin carries the
test trial into training all the same. A study refuses sets whose records are such twins as well, whatever exemplars they name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from synthetrial.errors import RefusedError
from synthetrial.evaluate.inputs import Inputs

_SHOWN: Final = 5


def refusals(inputs: Inputs, *, records: bool = False) -> tuple[str, ...]:
    """Why this run may not be evaluated, a line each; empty when it may. With `records` their texts are held against held-out
    trials too."""
    sides = {"validation": inputs.valid, "test": inputs.test}
    used = {each for record in inputs.synthetic for each in record.provenance.exemplars}
    found = []
    for name, side in sides.items():
        ids = {each.trial_id for each in side}
        if met := sorted(ids & used):
            found.append(f"{len(met)} exemplars are {name} trials ({_few(met)})")
        if shared := sorted(ids & inputs.by_id.keys()):
            found.append(f"{len(shared)} {name} trials are training trials too ({_few(shared)})")
        used -= ids
    if unknown := sorted(used - inputs.by_id.keys()):
        found.append(f"{len(unknown)} exemplars are not in the training split ({_few(unknown)})")
    held = [each.trial_id for side in sides.values() for each in side]
    exemplars = sorted(used & inputs.by_id.keys())
    if twins := _near_duplicates(inputs, exemplars, held):
        found.append(
            f"{len(twins)} exemplars are near-duplicates of held-out trials ({_few([f'{a} ~ {b}' for a, b in twins])})"
        )
    if records and (twins := _near_duplicates(inputs, [each.id for each in inputs.synthetic], held)):
        found.append(f"{len(twins)} held-out trials stand in records ({_few([f'{a} ~ {b}' for a, b in twins])})")
    return tuple(found)


def refuse_leaks(inputs: Inputs, *, records: bool = False) -> None:
    """Raises `RefusedError` naming a few of the trials that break the split, and the way out."""
    if found := refusals(inputs, records=records):
        raise RefusedError(
            f"run {inputs.run!r} is not evaluated: {'; '.join(found)}. Generate again from this split's training trials, "
            "or evaluate with the split that the run was made with"
        )


def _near_duplicates(inputs: Inputs, used: Sequence[str], held: Sequence[str]) -> list[tuple[str, str]]:
    from synthetrial.similar.duplicates import DuplicateIndex

    index: DuplicateIndex[str] = DuplicateIndex()
    for each in used:
        index.add(each, inputs.texts[each])
    found = ((index.find(inputs.texts[each]), each) for each in held)
    return [(near, each) for near, each in found if near is not None]


def _few(ids: Sequence[str]) -> str:
    return ", ".join(ids[:_SHOWN]) + (", …" if len(ids) > _SHOWN else "")
