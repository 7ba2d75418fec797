"""A user's own drug names: spellings that the table lacks or gets wrong, as CSV `name,drug`."""

from __future__ import annotations

import csv
from pathlib import Path

from synthetrial.corpus.drug_table import normal
from synthetrial.errors import CorpusError

HEADER = ("name", "drug")


def read(path: Path) -> dict[str, str]:
    """The drug that each spelling means, by the spelling in the form of `drug_table.normal`; "" where it means none.

    Raises `CorpusError`, naming file and line, for another header, a row without a name, and a spelling with two meanings.
    """
    found: dict[str, str] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file)
            header = tuple(each.strip() for each in next(rows, []))
            if header != HEADER:
                raise CorpusError(f"{path}, line 1: the header is {','.join(header)[:60]!r}, not 'name,drug'")
            for row in rows:
                if not any(each.strip() for each in row):
                    continue
                name, drug = (normal(each) for each in (*row, "", "")[:2])
                if len(row) > 2 or len(name) < 2:
                    raise CorpusError(f"{path}, line {rows.line_num}: a row is name,drug (no drug: the name means none)")
                if found.setdefault(name, drug) != drug:
                    raise CorpusError(
                        f"{path}, line {rows.line_num}: {name!r} means {found[name]!r} in an earlier line; keep one"
                    )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(f"{path}: not a readable CSV of name,drug ({error})") from error
    return found
