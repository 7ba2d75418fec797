"""AACT dumps (https://aact.ctti-clinicaltrials.org): the registry as pipe-delimited tables, a folder or zip of *.txt.

Tables that a dump lacks are counted as warnings; their fields are then missing in all its trials. A dump is dealt to buckets
of whole trials on disk (`spill`), which any number of processes read (`read_bucket`); a small one is read as it is (`read`).
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, Final

from synthetrial.corpus.readers import aact_buckets as buckets
from synthetrial.corpus.readers import aact_tables
from synthetrial.corpus.readers.aact_buckets import Dealer, Dump, Pile, Spilled
from synthetrial.corpus.readers.aact_columns import batches
from synthetrial.corpus.readers.aact_tables import WANTED, Dialect, Tables, dialect
from synthetrial.corpus.readers.aact_trials import Result, trials
from synthetrial.corpus.readers.reject import READ_FAULTS, Reject, UnreadableError, fault

if TYPE_CHECKING:
    import pyarrow as pa

LARGEST_FIRST: Final = ("design_outcomes", "eligibilities", "detailed_descriptions", "brief_summaries", "studies")
"""Tables that take longest, so that no thread ends long after the others."""
THREADS: Final = 4


Batches = Callable[[str, list[UnreadableError]], "Iterator[pa.RecordBatch]"]
"""The rows of a table as record batches; what cannot be read of it goes to the list, or ends it as an `UnreadableError`."""


def read(tables: Tables, size: int, file: str, warnings: Counter[str]) -> Iterator[Result]:
    """The trials of a dump whose tables hold about `size` bytes, with a `Reject` for each table or trial that is unreadable."""
    if size > aact_tables.IN_MEMORY:
        with tempfile.TemporaryDirectory(prefix="synthetrial-aact-") as folder:
            spilled = spill(tables, Path(folder), file, warnings, size=size)
            yield from spilled.rejects
            for each in spilled.buckets:
                yield from read_bucket(each, file, warnings)
                each.unlink()
        return
    how = dialect(tables)
    found: dict[str, list[pa.RecordBatch]] = {}
    dated = False
    for table in _present(tables, warnings):
        held = found.setdefault(table, [])
        rejects: list[Reject] = []
        dated |= _taken(table, _of_files(tables, how), file, held.append, rejects)
        yield from rejects
    yield from trials(found, Dump(tilde=how.tilde, results_known=dated), file, warnings)


def spill(tables: Tables, folder: Path, file: str, warnings: Counter[str], *, size: int) -> Spilled:
    """Deal the rows of a dump whose tables hold about `size` bytes to buckets in `folder`, each of whole trials."""
    how = dialect(tables)
    threads = min(THREADS, os.cpu_count() or 1)
    return dealt(tables, _of_files(tables, how), folder, file, warnings, size=size, tilde=how.tilde, threads=threads)


def dealt(
    tables: Collection[str],
    rows: Batches,
    folder: Path,
    file: str,
    warnings: Counter[str],
    *,
    size: int,
    tilde: bool = False,
    threads: int = 1,
) -> Spilled:
    """Deal the rows of some tables, about `size` bytes, to buckets in `folder`, by so many threads; `tilde` says whether `~`
    stands for a newline in them."""
    pile = Pile(folder, buckets.count(size))

    def one(table: str) -> tuple[bool, list[Reject]]:
        rejects: list[Reject] = []
        with Dealer(pile, table) as dealer:
            return _taken(table, rows, file, dealer.put, rejects), rejects

    present = _present(tables, warnings)
    with ThreadPoolExecutor(threads) as pool:
        waiting = {table: pool.submit(one, table) for table in sorted(present, key=_turn)}
        try:
            found = [waiting[table].result() for table in present]
        finally:
            pool.shutdown(cancel_futures=True)
    buckets.describe(folder, Dump(tilde=tilde, results_known=any(dated for dated, _ in found)))
    return Spilled(
        tuple(each for each in pile.paths if each.exists()), tuple(reject for _, rejects in found for reject in rejects)
    )


def read_bucket(bucket: Path, file: str, warnings: Counter[str]) -> Iterator[Result]:
    """The trials of a bucket, and a `Reject` for each that is unreadable."""
    dump = buckets.described(bucket)
    for each in buckets.portions(bucket):
        yield from trials(each, dump, file, warnings)


def _of_files(tables: Tables, how: Dialect) -> Batches:
    opening = Lock()

    def rows(table: str, bad: list[UnreadableError]) -> Iterator[pa.RecordBatch]:
        def opened() -> BinaryIO:
            with opening:  # tables of a zip share its file
                return tables[table]()

        return batches(table, opened, how, bad)

    return rows


def _present(tables: Collection[str], warnings: Counter[str]) -> list[str]:
    """The wanted tables that there are; the others are counted."""
    for table in WANTED:
        if table not in tables:
            warnings[f"aact: no table {table!r}"] += 1
    return [table for table in WANTED if table in tables]


def _turn(table: str) -> int:
    return LARGEST_FIRST.index(table) if table in LARGEST_FIRST else len(LARGEST_FIRST)


def _taken(table: str, rows: Batches, file: str, put: buckets.Put, rejects: list[Reject]) -> bool:
    """Give the rows of a table to `put`, and what cannot be read of it to `rejects`; whether a row says when results came."""
    bad: list[UnreadableError] = []
    dated = False
    try:
        for each in rows(table, bad):
            dated = dated or (table == "studies" and _dated(each))
            put(each)
    except UnreadableError as error:
        bad.append(error)
    except READ_FAULTS as error:
        bad.append(UnreadableError(fault(error)))
    rejects.extend(Reject(f"{file}/{table}", each.record, each.reason) for each in bad)
    return dated


def _dated(studies: pa.RecordBatch) -> bool:
    import pyarrow.compute as pc

    return any(pc.any(pc.not_equal(studies.column(each), "")).as_py() for each in WANTED["studies"][-2:])
