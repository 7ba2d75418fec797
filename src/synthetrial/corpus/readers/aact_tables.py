"""AACT's tables: what is read of them, the two dialects of pipe-delimited text that go round, and their rows one by one.

A dump of the database is quoted CSV: fields with a quote, a pipe or a newline stand in quotes, quotes are doubled. The older
and derived files are plain: a line a row, no quoting, and `~` where the text had a newline. `Dialect.of` tells which.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import BinaryIO, Final

import msgspec

from synthetrial.corpus.readers.json_values import MAX_RECORD
from synthetrial.corpus.readers.reject import READ_FAULTS, UnreadableError, fault

WANTED: Final[dict[str, tuple[str, ...]]] = {
    "studies": (
        "nct_id", "study_type", "brief_title", "official_title", "overall_status", "phase", "enrollment", "enrollment_type",
        "why_stopped", "start_month_year", "start_date", "primary_completion_month_year", "primary_completion_date",
        "completion_month_year", "completion_date", "last_update_posted_date", "last_update_submitted_date",
        "results_first_posted_date", "results_first_submitted_date",
    ),
    "brief_summaries": ("nct_id", "description"),
    "detailed_descriptions": ("nct_id", "description"),
    "conditions": ("nct_id", "id", "name"),
    "keywords": ("nct_id", "id", "name"),
    "designs": ("nct_id", "allocation", "intervention_model", "primary_purpose", "masking"),
    "design_groups": ("nct_id", "id", "group_type", "title", "description"),
    "interventions": ("nct_id", "id", "intervention_type", "name", "description"),
    "intervention_other_names": ("nct_id", "id", "intervention_id", "name"),
    "design_group_interventions": ("nct_id", "design_group_id", "intervention_id"),
    "design_outcomes": ("nct_id", "id", "outcome_type", "measure", "time_frame", "description"),
    "eligibilities": ("nct_id", "gender", "minimum_age", "maximum_age", "healthy_volunteers", "criteria"),
    "sponsors": ("nct_id", "agency_class", "lead_or_collaborator"),
    "browse_conditions": ("nct_id", "id", "mesh_term", "mesh_type"),
    "browse_interventions": ("nct_id", "id", "mesh_term", "mesh_type"),
}  # fmt: skip
"""The tables and columns that are read."""

Row = list[str]
"""The wanted columns of a row, in the order of `WANTED`; "" where the dump lacks the column."""
Tables = Mapping[str, Callable[[], BinaryIO]]
"""How to open each table of a dump, uncompressed."""

IN_MEMORY: Final = 50_000_000
"""Bytes of tables that are read without a disk; more is dealt to buckets."""
_PREFIX: Final = 1_000_000
_ROW_START = re.compile(r"(?:\d+\|)?NCT\d{8}(?:\||$)")
_NEWLINE_MARK = re.compile(r"""~(?<!\\~)                       # "\\~" is a tilde that the source had escaped
    (?: (?<![\s(\d]~)
      | (?<=[\s(]~)(?!\ ?\d)                                  # not "in ~5 ml", "(~ 40 kg"
      | (?<=\d~)(?!\d{3}|\d+(?:[^\d.)]|[.)]\S|$)) )                 # not "score of 0~2", but "of 2~3. Age" is the next item
    """, re.VERBOSE)  # fmt: skip


class Dialect(msgspec.Struct, frozen=True):
    """How a dump is written: `quoted` as CSV, and whether `tilde` stands for a newline."""

    quoted: bool
    tilde: bool

    @staticmethod
    def of(prefixes: Iterable[str]) -> Dialect:
        """The dialect of a dump by the beginnings of its tables.

        In quoted CSV a field that holds a quote begins with one, so a bare quote within a field of a row as wide as the
        header shows a plain dump. A line that begins no row shows that fields hold newlines, and then `~` is itself.
        """
        multiline = False
        for text in prefixes:
            header, *lines = text.split("\n")[:-1] or [""]
            if any(_bare(each, header.count("|")) for each in lines if '"' in each):
                return Dialect(quoted=False, tilde=True)
            multiline = multiline or not all(map(_ROW_START.match, filter(None, lines)))
        return Dialect(quoted=True, tilde=not multiline)


def _bare(line: str, pipes: int) -> bool:
    """Whether a line is a row as wide as the header with a quote within a field."""
    return (
        line.count("|") == pipes
        and _ROW_START.match(line) is not None
        and any('"' in field and field[0] != '"' for field in line.split("|"))
    )


def newlines(text: str) -> str:
    """A plain dump's text with its newlines back; an escaped `~`, or one that stands for "about" or "to", is itself."""
    return _NEWLINE_MARK.sub("\n", text) if "~" in text else text


def dialect(tables: Tables) -> Dialect:
    """The dialect of a dump. Unreadable tables are left to `rows` to report."""

    def prefixes() -> Iterator[str]:
        for name in WANTED:
            if name in tables:
                try:
                    with tables[name]() as stream:
                        yield stream.read(_PREFIX).decode("utf-8-sig", "replace")
                except READ_FAULTS:
                    continue

    return Dialect.of(prefixes())


def rows(table: str, stream: BinaryIO, how: Dialect, bad: list[UnreadableError]) -> Iterator[Row]:
    """The rows of a table, wanted columns only; rows of another width than the header go to `bad`. Blank lines are no rows.

    Raises `UnreadableError` where the table breaks off, after the rows before that.
    """
    csv.field_size_limit(max(csv.field_size_limit(), MAX_RECORD))
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="" if how.quoted else "\n")
    try:
        cells: Iterator[list[str]] = (
            csv.reader(text, delimiter="|") if how.quoted else (each.rstrip("\r\n").split("|") for each in text)
        )
        header = next(cells, [])
        if "nct_id" not in header:
            raise UnreadableError(f"not an AACT table: no column nct_id in its header {'|'.join(header)[:60]!r}")
        places = [header.index(column) if column in header else -1 for column in WANTED[table]]
        number, blank = 1, [] if how.quoted else [""]
        for row in cells:
            if row == blank:
                continue
            number += 1
            if len(row) != len(header):
                bad.append(width_fault(number, len(row), len(header), row[0]))
                continue
            found = [row[place] if place >= 0 else "" for place in places]
            yield [newlines(each) for each in found] if how.tilde else found
    except UnicodeDecodeError as error:
        raise UnreadableError(f"not UTF-8: {error}; the rows before are kept") from error
    except csv.Error as error:
        raise UnreadableError(f"not a readable table: {error}; the rows before are kept") from error
    except READ_FAULTS as error:
        raise UnreadableError(fault(error)) from error


def most_of_a_record() -> int:
    """Bytes of the longest field that is read."""
    return MAX_RECORD


def width_fault(number: int, fields: int, wanted: int, first: str) -> UnreadableError:
    """What is said of the `number`th row (the header is the first), which has `fields` fields instead of `wanted`."""
    return UnreadableError(f"row {number} has {fields} fields, the header {wanted}", first.strip()[:20].strip())
