"""The cells of a study's measuring: each is a file, named by all that it depends on, so that none is measured twice.

A cell holds what classifiers say of each test trial; figures are made of that anew each time, in seconds.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from synthetrial.run.files import write_whole
from synthetrial.study.scoring import Arm, Folds, Measure
from synthetrial.trial import SyntheticTrial

VERSION: Final = 2
"""Of what a cell's figures are: another one where scores would come out differently."""


def key(measure: Measure, folds: Folds, records: Sequence[SyntheticTrial] | int) -> str:
    """A digest of all that a cell's scores hang on."""
    trials = measure.trials
    told = {
        "version": VERSION,
        "split": trials.fingerprint,
        "rest": [each.trial_id for each in trials.rest],
        "folds": folds,
        **{name: getattr(measure, name) for name in ("classifier", "n_real", "modes", "draws", "seed", "own")},
        "records": records
        if isinstance(records, int)
        else [(each.protocol, each.label, each.provenance.exemplars) for each in records],
    }
    return hashlib.sha256(msgspec.json.encode(told, order="sorted")).hexdigest()[:24]


def kept(folder: Path, name: str, make: Callable[[], list[Arm]]) -> list[Arm]:
    """The arms of the cell `name`, made and kept in `folder` where they are not there. Raises `StoreError`."""
    path = folder / f"{name}.npz"
    if path.is_file() and (found := _read(path)) is not None:
        return found
    arms = [msgspec.structs.replace(each, test=each.test.astype(np.float32)) for each in make()]
    _write(path, arms)
    return arms  # as they will be read, to the last digit


def _read(path: Path) -> list[Arm] | None:
    """None for a file that is no cell: it is measured again."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            told = msgspec.json.decode(arrays["told"].tobytes(), type=list[tuple[str, int, float]])
            return [Arm(*each, arrays[f"scores-{at}"]) for at, each in enumerate(told)]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, msgspec.MsgspecError):
        return None


def _write(path: Path, arms: Sequence[Arm]) -> None:
    told = msgspec.json.encode([(each.kind, each.n_real, each.mixing) for each in arms])
    arrays = {"told": np.frombuffer(told, np.uint8)} | {f"scores-{at}": each.test for at, each in enumerate(arms)}
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays)
    write_whole(path, content.getvalue())
