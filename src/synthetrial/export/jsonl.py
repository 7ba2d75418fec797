"""JSON lines: a record a line, marked synthetic, with its label, protocol, reasons and provenance.

A private corpus must not leak through its synthetic children: unless the full provenance is asked for, exemplar ids are
salted hashes, and quotes are left out.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from synthetrial.run.files import write_whole
from synthetrial.run.store import RunStore
from synthetrial.trial import SyntheticTrial


def lines(trials: Iterable[SyntheticTrial], *, salt: str, full: bool = False) -> Iterator[bytes]:
    """One JSON line for each of `trials`; `salt` hides which exemplar a hash stands for, and is not written."""
    for each in trials:
        provenance = msgspec.to_builtins(each.provenance)
        reasons = msgspec.to_builtins(each.reasons)
        if not full:
            provenance["exemplars"] = [_hashed(one, salt) for one in each.provenance.exemplars]
            reasons = [{"factor": one.factor, "statement": one.statement, "grounded": one.grounded} for one in each.reasons]
        record = {
            "id": each.id,
            "synthetic": True,
            "label": each.label,
            "protocol": each.protocol,
            "reasons": reasons,
            "provenance": provenance,
        }
        yield msgspec.json.encode(record) + b"\n"


def export_run(folder: Path, target: Path, *, full: bool = False) -> int:
    """Write the accepted records of the run in `folder` to `target`, whole or not at all; returns how many there are.

    The salt is the run's, drawn when it began and kept in its store alone. Raises `StoreError`.
    """
    with RunStore.read(folder) as store:
        count = store.count_trials()
        salt = store.get_meta("salt") or secrets.token_hex(16)
        write_whole(target, lines(store.trials(), salt=str(salt), full=full))
    return count


def _hashed(trial_id: str, salt: str) -> str:
    return hashlib.sha256(f"{salt}\x1f{trial_id}".encode()).hexdigest()[:16]
