"""What a run hands out: its accepted records, read one at a time, with what of their making may be told.

A private corpus must not leak through its synthetic children: unless the full provenance is asked for, exemplar ids are
salted hashes, and the quotes that reasons rest on are left out. The salt is the run's, drawn when it began and kept in its
store alone.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from synthetrial.corpus.readers.admit import MARK
from synthetrial.errors import StoreError
from synthetrial.run.store import RunStore
from synthetrial.trial import Protocol, SyntheticTrial

STATEMENT: Final = (
    "Made by a program after reading real registry records. Not a registered trial: nobody took part in it, and nothing in it "
    "is evidence."
)


class Handout(NamedTuple):
    """An open run: how many records it hands out and, with `full`, what they were made from; the licence its user gave."""

    name: str
    store: RunStore
    records: int
    salt: str
    full: bool = False
    licence: str | None = None

    def trials(self) -> Iterator[SyntheticTrial]:
        """The records in order, one at a time, without the corpus showing through unless `full`."""
        for each in self.store.trials():
            yield each if self.full else masked(each, self.salt)

    def unfinished(self) -> tuple[str, ...]:
        """A sentence where the run wants more records than there are, else none."""
        wanted = self.store.get_meta("wanted") or 0
        return (f"the run is not finished: {self.records} of {wanted} records",) if self.records < wanted else ()


@contextmanager
def opened(run: Path, *, full: bool = False, licence: str | None = None) -> Iterator[Handout]:
    """The run in folder `run` as it stands now, whatever a process that still writes to it adds.

    Raises `StoreError` where there is no run, or no record in it yet.
    """
    with RunStore.read(run) as store:
        store.execute("BEGIN", ())  # one view of the file for all that is read
        records = store.count_trials()
        if not records:
            raise StoreError(f"{run}: the run has no accepted record yet; go on with `synthetrial generate --out {run}`")
        salt = str(store.get_meta("salt") or secrets.token_hex(16))
        yield Handout(run.resolve().name, store, records, salt, full, licence)


def masked(trial: SyntheticTrial, salt: str) -> SyntheticTrial:
    """`trial` with its exemplars' ids as hashes under `salt`, and its reasons without quotes."""
    hashed = tuple(hashlib.sha256(f"{salt}\x1f{each}".encode()).hexdigest()[:16] for each in trial.provenance.exemplars)
    return msgspec.structs.replace(
        trial,
        reasons=tuple(msgspec.structs.replace(each, evidence=()) for each in trial.reasons),
        provenance=msgspec.structs.replace(trial.provenance, exemplars=hashed),
    )


def titled(protocol: Protocol) -> Protocol:
    """`protocol` as people get to see it: `MARK` before each of its titles."""
    official = protocol.official_title
    return msgspec.structs.replace(
        protocol,
        brief_title=f"{MARK} {protocol.brief_title}",
        official_title=None if official is None else f"{MARK} {official}",
    )
