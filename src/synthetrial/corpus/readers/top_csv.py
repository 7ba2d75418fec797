"""The TOP / HINT benchmark's CSV: nctid, status, why_stop, label, phase, diseases, icdcodes, drugs, smiless, criteria.

The format has no title, so one is made of its drugs and diseases ("aspirin in stroke, migraine"); summary, arms, design and
outcomes are missing. All its trials are interventional drug trials (Fu et al., Patterns 2022, section on data curation).
"""

from __future__ import annotations

import ast
import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

import msgspec

from synthetrial.corpus.readers import vocabulary as words
from synthetrial.corpus.readers.admit import admit
from synthetrial.corpus.readers.json_values import MAX_RECORD
from synthetrial.corpus.readers.reject import UnreadableError
from synthetrial.trial import Eligibility, Intervention, Label, Outcome, Protocol, RegistryTrial, Source

COLUMNS: Final = frozenset({"nctid", "diseases", "drugs", "criteria"})
"""The columns that tell a TOP file."""
RULE: Final = "top"


def rows(stream: BinaryIO) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV with a header, with the line that each ends on. Raises `UnreadableError` where it is no CSV."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_RECORD))
    try:
        reader = csv.DictReader(io.TextIOWrapper(stream, encoding="utf-8-sig", newline=""))
        for row in reader:
            yield reader.line_num, row
    except (csv.Error, UnicodeDecodeError) as error:
        raise UnreadableError(f"not a readable CSV: {error}") from error


def to_trial(row: Mapping[str, str], file: str, warnings: Counter[str]) -> RegistryTrial:
    """The trial of a row. Raises `UnreadableError` for a row without id, or with neither drugs nor diseases."""
    if None in row or None in row.values():
        raise UnreadableError("the row does not have as many fields as the header")
    trial_id = row["nctid"].strip()
    drugs, diseases = (_names(row[column], column, trial_id) for column in ("drugs", "diseases"))
    title = " in ".join(", ".join(names) for names in (drugs, diseases) if names)
    trial = admit(
        trial_id,
        Protocol(
            brief_title=title[:1].upper() + title[1:],
            conditions=diseases,
            study_type="INTERVENTIONAL",
            phases=words.phases(row.get("phase"), warnings),
            interventions=tuple(Intervention(name=name, type="DRUG") for name in drugs),
            eligibility=Eligibility(criteria=row["criteria"]),
        ),
        Source(format="top", file=file),
        outcome=Outcome(
            overall_status=words.value("status", row.get("status"), warnings),
            why_stopped=" ".join(row.get("why_stop", "").split()) or None,
        ),
    )
    label = row.get("label", "").strip()
    return msgspec.structs.replace(trial, label=Label(value=int(label), rule=RULE)) if label in ("0", "1") else trial


def _names(literal: str, column: str, trial_id: str) -> tuple[str, ...]:
    if not literal.strip():
        return ()
    try:
        names = ast.literal_eval(literal)
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise UnreadableError(f"column {column!r} is not a list of names: {literal[:40]!r}", trial_id) from error
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        raise UnreadableError(f"column {column!r} is not a list of names: {literal[:40]!r}", trial_id)
    return tuple(names)
