"""What is asked of the registry: search terms and filters of `GET /studies`, named as the API v2 names them
(https://clinicaltrials.gov/data-api/api)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import msgspec

from synthetrial.errors import FetchError, UsageError
from synthetrial.trial import STATUSES

READ_BY_US: Final = (
    "NCTId",
    "NCTIdAlias",
    "IdentificationModule",
    "StatusModule",
    "SponsorCollaboratorsModule",
    "DescriptionModule",
    "ConditionsModule",
    "DesignModule",
    "ArmsInterventionsModule",
    "OutcomesModule",
    "EligibilityModule",
    "ConditionMeshTerm",
    "InterventionMeshTerm",
    "HasResults",
)
"""The fields that our reader takes from a record. Results, contacts, places and documents are left where they are: of 151
real records without results 71 % of the bytes are asked for, of 5 with results 27 %."""
ALL: Final = "all"
IDS_AT_ONCE: Final = 400
LONGEST_URL: Final = 8_000
"""Ids of a request, and characters of a URL: more than 8 kB is refused by many a server and proxy on the way."""

_ID = re.compile(r"NCT\d{8}")


class Query(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which studies, and which fields of them (none: all). `ids` is how many were listed, `ids_sha256` a hash of the list."""

    cond: str | None = None
    intr: str | None = None
    term: str | None = None
    status: tuple[str, ...] = ()
    ids: int = 0
    ids_sha256: str | None = None
    fields: tuple[str, ...] = READ_BY_US

    def said(self) -> str:
        """The query in words, as flags."""
        texts = (("cond", self.cond), ("intr", self.intr), ("term", self.term))
        parts = [f"--{name} {value!r}" for name, value in texts if value]
        parts += [f"--status {each}" for each in self.status]
        parts += [f"--ids ({self.ids:,} of them)"] * bool(self.ids)
        parts += [f"--fields {','.join(self.fields) or ALL}"] * (self.fields != READ_BY_US)
        return " ".join(parts) or "all studies"


def query(
    *,
    cond: str | None = None,
    intr: str | None = None,
    term: str | None = None,
    status: Sequence[str] = (),
    ids: Sequence[str] = (),
    fields: Sequence[str] = READ_BY_US,
) -> Query:
    """A query of valid parts: `ids` as `listed` gives them, `fields` empty for all, statuses in any case.

    Raises `UsageError` for a status that the registry does not have.
    """
    wanted = tuple(dict.fromkeys(each.strip().upper().replace(" ", "_") for each in status))
    if unknown := [each for each in wanted if each not in STATUSES]:
        raise UsageError(f"--status {unknown[0]}: no status of the registry; one of {', '.join(STATUSES)}")
    told = tuple(dict.fromkeys(each.strip() for each in fields if each.strip()))
    if told and not {"NCTId", "IdentificationModule", "ProtocolSection"} & set(told):
        told = ("NCTId", *told)  # a record without its id is of no use
    return Query(
        cond=_text(cond),
        intr=_text(intr),
        term=_text(term),
        status=wanted,
        ids=len(ids),
        ids_sha256=hashlib.sha256(",".join(ids).encode()).hexdigest() if ids else None,
        fields=told,
    )


def listed(given: Sequence[str]) -> tuple[str, ...]:
    """The NCT numbers of `--ids`, sorted, each once: single ones, lists with commas or blanks, and of files named as @FILE, in
    which any text may stand around them.

    Raises `UsageError` for something else, `FetchError` for a file that cannot be read or holds none.
    """
    found: set[str] = set()
    for each in given:
        if each.startswith("@"):
            found.update(_of_file(Path(each[1:])))
        else:
            for one in filter(None, re.split(r"[\s,|;]+", each)):
                if not _ID.fullmatch(one.upper()):
                    raise UsageError(f"--ids {one}: no NCT number (NCT and eight digits); a file of them is given as @FILE")
                found.add(one.upper())
    return tuple(sorted(found))


def day(given: str) -> str:
    """A day of `--since` as the API takes it. Raises `UsageError`."""
    try:
        return date.fromisoformat(given).isoformat()
    except ValueError:
        raise UsageError(f"--since {given}: no date; give one such as 2025-01-31") from None


def parameters(asked: Query, ids: Sequence[str], since: str | None) -> dict[str, str]:
    """The parameters of a request that stay the same from page to page (which the API demands).

    Raises `UsageError` where they are too long for a URL.
    """
    found = {
        "format": "json",
        "query.cond": asked.cond,
        "query.intr": asked.intr,
        "query.term": asked.term,
        "filter.overallStatus": ",".join(asked.status),
        "filter.ids": ",".join(ids),
        "filter.advanced": f"AREA[LastUpdatePostDate]RANGE[{since},MAX]" if since else None,
        "fields": ",".join(asked.fields),
    }
    made = {name: value for name, value in found.items() if value}
    if (length := len(urlencode(made, safe=","))) > LONGEST_URL:
        raise UsageError(
            f"the query makes a URL of {length:,} characters, and {LONGEST_URL:,} is the most; shorten --cond, --intr, --term"
            " or --fields"
        )
    return made


def chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """The ids by requests; nothing once where there are none."""
    yield from (ids[at : at + IDS_AT_ONCE] for at in range(0, max(len(ids), 1), IDS_AT_ONCE))


def _text(value: str | None) -> str | None:
    return (value or "").strip() or None


def _of_file(path: Path) -> set[str]:
    try:
        found = set(_ID.findall(path.read_text("utf-8", "replace").upper()))
    except OSError as error:
        raise FetchError(
            f"--ids @{path}: cannot be read ({error.strerror or error}); give a text file of NCT numbers"
        ) from error
    if not found:
        raise FetchError(f"--ids @{path}: no NCT number in it (NCT and eight digits)")
    return found
