"""Label files: CSV of nct_id,label, such as TOP/HINT, TrialBench, CTO or one's own."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path
from typing import BinaryIO, Final, cast

from synthetrial.corpus.readers.json_values import MAX_RECORD
from synthetrial.corpus.readers.reject import READ_FAULTS, fault
from synthetrial.errors import CorpusError

ID_COLUMNS: Final = ("nct_id", "trial_id", "nctid")
_VALUES: Final[dict[str, int | None]] = {"1": 1, "0": 0, "-1": None, "": None, "1.0": 1, "0.0": 0, "-1.0": None}


def read_labels(path: Path) -> dict[str, int | None]:
    """The labels of a CSV (or CSV.gz) by trial id: 1 success, 0 failure, None for -1 or empty (abstained).

    The header names an id column (nct_id, trial_id or nctid) and `label`; other columns are ignored. Raises `CorpusError`,
    naming file and line, for anything else, and for an id with two different labels.
    """
    path = Path(path)
    csv.field_size_limit(max(csv.field_size_limit(), MAX_RECORD))
    labels: dict[str, int | None] = {}
    try:
        with path.open("rb") as file:
            zipped = file.peek(2)[:2] == b"\x1f\x8b"
            raw = cast(BinaryIO, gzip.GzipFile(fileobj=file) if zipped else file)
            reader = csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8-sig", newline=""))
            columns = [each.strip() for each in reader.fieldnames or ()]
            reader.fieldnames = columns
            key = next((each for each in ID_COLUMNS if each in columns), None)
            if key is None or "label" not in columns:
                raise CorpusError(f"{path}, line 1: the header {','.join(columns)[:60]!r} has no nct_id and label; add them")
            for row in reader:
                _add(labels, (row[key] or "").strip(), (row["label"] or "").strip(), f"{path}, line {reader.line_num}")
    except (csv.Error, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: not a readable label CSV ({error}); save it as UTF-8 CSV with nct_id,label") from error
    except READ_FAULTS as error:
        raise CorpusError(f"{path}: {fault(error)}; give a CSV of nct_id,label") from error
    return labels


def _add(labels: dict[str, int | None], trial_id: str, value: str, place: str) -> None:
    if not trial_id:
        raise CorpusError(f"{place}: no id; every row needs an id and a label")
    if value not in _VALUES:
        raise CorpusError(f"{place}: label {value[:20]!r} of {trial_id} is none of 1, 0, -1 or empty; correct it")
    label = _VALUES[value]
    if labels.setdefault(trial_id, label) != label:
        raise CorpusError(f"{place}: {trial_id} has two different labels; keep one of its rows")
