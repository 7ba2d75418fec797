"""From which day on an update asks: of what a corpus was read from, or of its newest trial."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import msgspec

from synthetrial.corpus.fetch.query import Query
from synthetrial.errors import FetchError


def after(data_timestamp: str) -> str:
    """The day before that of the data (`2026-03-25T09:00:05`): a day of overlap costs a page or two and loses nothing.

    Raises `FetchError` for a time that is none.
    """
    try:
        return (date.fromisoformat(data_timestamp[:10]) - timedelta(days=1)).isoformat()
    except ValueError:
        raise FetchError(f"the registry's time of its data, {data_timestamp!r}, is no date; give --since DATE") from None


def of_corpus(corpus: Path, asked: Query) -> str:
    """From which day on studies may be newer than those of a corpus: as it was fetched, else by the date of its newest trial.

    Raises `CorpusError` for a corpus that cannot be read, `FetchError` for one that was fetched with another query, or without
    any date.
    """
    import pyarrow.compute as pc

    from synthetrial.corpus import parquet
    from synthetrial.corpus.manifest import partitions, read_manifest

    told = read_manifest(corpus).registry or {}
    if "query" in told and (timestamp := told.get("data_timestamp")):
        try:
            had = msgspec.convert(told["query"], Query)
        except msgspec.ValidationError as error:
            raise FetchError(f"{corpus}: its manifest's `registry` cannot be read ({error}); give --since DATE") from None
        if msgspec.structs.replace(had, fields=asked.fields) != asked:
            raise FetchError(
                f"{corpus} was fetched with {had.said()}, this is {asked.said()}; give the same query, or --since DATE"
            )
        return after(str(timestamp))
    newest = ""
    for each in partitions(corpus):
        dates = parquet.columns(each, ["source.version_date"]).column("source").combine_chunks().field("version_date")
        newest = max(newest, pc.max(dates).as_py() or "")
    if not newest:
        raise FetchError(f"{corpus}: none of its trials has a date of its version; give --since DATE")
    return after(newest)
