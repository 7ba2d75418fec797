"""A flat table: a row a record, for spreadsheets and data frames.

RFC 4180 in UTF-8. Lists are joined by "; ", titles begin with [SYNTHETIC]. A text that a spreadsheet would take for a formula,
because it begins with =, +, -, @, a tab or a line end, has an apostrophe before it (criteria, for instance, begin with "- ");
the other formats have every text as it is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from synthetrial.export.handout import Handout, titled
from synthetrial.run.files import write_whole
from synthetrial.text import words
from synthetrial.trial import OutcomeMeasure, SyntheticTrial

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")

Cell = str | int | float | bool | None


def write(handout: Handout, target: Path) -> None:
    """Write the records to the file `target`."""
    write_whole(target, rows(handout))


def rows(handout: Handout) -> Iterator[bytes]:
    """The header and a row for each record."""
    line = io.StringIO()
    writer = csv.writer(line)
    for number, each in enumerate(handout.trials()):
        found = row(each)
        if not number:
            writer.writerow(found)
        writer.writerow([guarded(cell) for cell in found.values()])
        yield line.getvalue().encode()
        line.seek(0)
        line.truncate()


def row(trial: SyntheticTrial) -> dict[str, Cell]:
    """The cells of a record by column; None and "" are empty cells."""
    protocol, made = titled(trial.protocol), trial.provenance
    eligibility = protocol.eligibility
    return {
        "id": trial.id,
        "synthetic": "true",
        "label": trial.label,
        "title": protocol.brief_title,
        "official_title": protocol.official_title,
        "drug": str(made.plan.get("drug", "")),
        "conditions": "; ".join(protocol.conditions),
        "keywords": "; ".join(protocol.keywords),
        "study_type": protocol.study_type,
        "phases": "; ".join(protocol.phases),
        "allocation": protocol.allocation,
        "intervention_model": protocol.intervention_model,
        "primary_purpose": protocol.primary_purpose,
        "masking": protocol.masking,
        "lead_sponsor_class": protocol.lead_sponsor_class,
        "interventions": "; ".join(_typed(each.type, each.name) for each in protocol.interventions),
        "arms": "; ".join(_typed(each.type, each.label) for each in protocol.arms),
        "primary_outcomes": "; ".join(map(_measure, protocol.primary_outcomes)),
        "secondary_outcomes": "; ".join(map(_measure, protocol.secondary_outcomes)),
        "sex": eligibility.sex,
        "minimum_age": eligibility.minimum_age,
        "maximum_age": eligibility.maximum_age,
        "healthy_volunteers": None if eligibility.healthy_volunteers is None else str(eligibility.healthy_volunteers).lower(),
        "criteria": eligibility.criteria,
        "brief_summary": protocol.brief_summary,
        "detailed_description": protocol.detailed_description,
        "reasons": "; ".join(each.statement for each in trial.reasons),
        "weight": made.weight,
        "p_label": made.p_label,
        "exemplars": "; ".join(made.exemplars),
        "model": made.model,
        "engine": made.engine,
        "recipe": made.recipe,
        "seed": made.seed,
        "date": made.date,
    }


def guarded(cell: Cell) -> Cell:
    """`cell`, with an apostrophe before a text that a spreadsheet would take for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _typed(kind: str | None, name: str) -> str:
    return name if kind is None else f"{words(kind)}: {name}"


def _measure(outcome: OutcomeMeasure) -> str:
    return outcome.measure if outcome.time_frame is None else f"{outcome.measure} ({outcome.time_frame})"
