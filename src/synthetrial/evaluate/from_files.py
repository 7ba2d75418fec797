"""The inputs of an evaluation from files: other people's synthetic sets, measured with the same ruler.

Whatever is read becomes the same `Inputs` that a run gives. A record that cannot be read (no protocol in it, no label, an id
that was there before) is a line of `Inputs.unreadable`, and counts as invalid. Ids get the prefix "SYN-" where they lack it, so
that no record can stand in for a trial. Records carry no plan, and exemplars only where the set or `--exemplars` says.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from synthetrial.corpus import canaries
from synthetrial.corpus import split as splits
from synthetrial.corpus.opening import open_corpus, split_of
from synthetrial.errors import CorpusError
from synthetrial.evaluate.foreign import Found, read_set
from synthetrial.evaluate.inputs import Inputs
from synthetrial.trial import Provenance, Reason, SyntheticTrial

PREFIX: Final = "SYN-"
_HASHED: Final = re.compile(r"[0-9a-f]{16}")
_ID_COLUMNS: Final = ("id", "synthetic_id", "syn_id", "record", "file")
_EXEMPLAR_COLUMNS: Final = ("exemplars", "exemplar", "exemplar_id", "exemplar_ids", "nct_id", "trial_id")


def inputs_of_files(synthetic: Path, real: Path, *, exemplars: Path | None = None, labels: Path | None = None) -> Inputs:
    """What `evaluate` needs of the set in `synthetic` (a file, or a folder of files) against the corpus folder `real`.

    The split is the one beside the corpus, else a random one with seed 0, which is then written there. `labels` is a CSV of
    file name or id and label, `exemplars` a CSV or JSON lines of synthetic id and exemplar ids. Raises `CorpusError` where a
    file is missing, where no record can be read, or where `labels` or `exemplars` is none.
    """
    if not synthetic.exists():
        raise CorpusError(f"{synthetic}: no such file or folder; give the synthetic set to measure")
    given = read_label_table(labels) if labels else {}
    named = read_exemplars(exemplars) if exemplars else {}
    records: dict[str, SyntheticTrial] = {}
    unreadable = []
    for each in read_set(synthetic, beside={path for path in (labels, exemplars) if path}):
        why = each.error
        if why is None:
            try:
                made = _record(each, given, named, len(records))
                why = f"duplicate id {made.id}: the first is kept" if made.id in records else None
                records.setdefault(made.id, made)
            except ValueError as error:
                why = str(error)
        if why is not None:
            unreadable.append(f"{each.place}: {why}")
    if not records:
        said = f" ({len(unreadable)} tried; {unreadable[0]})" if unreadable else ""
        raise CorpusError(
            f"{synthetic}: no record could be read{said}; give API v2 JSON, JSON lines of text and label, XML or text files"
        )
    corpus = open_corpus(str(real))
    split = split_of(corpus)
    return Inputs(
        run=synthetic.name,
        synthetic=tuple(records.values()),
        train=tuple(each for each in splits.side(split, corpus.trials, "train") if each.label is not None),
        valid=splits.side(split, corpus.trials, "valid"),
        test=splits.side(split, corpus.trials, "test"),
        unreadable=tuple(unreadable),
        canaries=canaries.beside(corpus.path),
        split={
            "kind": split.kind,
            "seed": split.seed,
            "fingerprint": split.fingerprint,
            "corpus": corpus.fingerprint,
            "trials": len(corpus.trials),
        },
    )


def read_label_table(path: Path) -> dict[str, object]:
    """File name (with and without its ending) or id → label as written, from a CSV with a header. Raises `CorpusError`."""
    found: dict[str, object] = {}
    for number, row in _rows(path, "a CSV of file name or id, and label"):
        name = next((row[key] for key in (*_ID_COLUMNS, "filename", "name", "nct_id", "trial_id") if row.get(key)), None)
        if name is None or "label" not in row:
            raise CorpusError(f"{path}, line {number}: no id or no label; name the columns file,label or id,label")
        if found.setdefault(name, row["label"]) != row["label"]:
            raise CorpusError(f"{path}, line {number}: {name} has two different labels; keep one of its rows")
        found.setdefault(Path(name).stem, row["label"])
    return found


def read_exemplars(path: Path) -> dict[str, tuple[str, ...]]:
    """Synthetic id → exemplar ids: CSV (a row a pair, or ids between ";"), or JSON lines {"id", "exemplars": […]}."""
    found: dict[str, list[str]] = {}
    content = _decoded(path)
    if content.lstrip().startswith("{"):
        for number, row in enumerate(content.splitlines(), 1):
            if row.strip():
                try:
                    one = json.loads(row)
                    found.setdefault(bare(str(one["id"])), []).extend(str(each) for each in one["exemplars"])
                except (ValueError, KeyError, TypeError) as error:
                    raise CorpusError(f'{path}, line {number}: no {{"id": …, "exemplars": […]}} ({error})') from error
    else:
        for number, cells in _rows(path, "a CSV of id and exemplars"):
            name = next((cells[key] for key in _ID_COLUMNS if cells.get(key)), None)
            ids = next((cells[key] for key in _EXEMPLAR_COLUMNS if cells.get(key)), None)
            if name is None or ids is None:
                raise CorpusError(f"{path}, line {number}: no id or no exemplars; name the columns id,exemplars")
            found.setdefault(bare(name), []).extend(each for each in re.split(r"[;,|\s]+", ids) if each)
    return {key: tuple(dict.fromkeys(ids)) for key, ids in found.items()}


def bare(record_id: str) -> str:
    """An id without the prefix of synthetic records."""
    return record_id.removeprefix(PREFIX)


def as_label(value: object) -> int:
    """A label as written (1, "0", 1.0, true, "success") as 0 or 1. Raises ValueError, in words, for anything else."""
    word = str(value).strip().lower()
    if value is None or not word:
        raise ValueError("no label; give one in the record or by --labels FILE.csv")
    known = {"1": 1, "0": 0, "1.0": 1, "0.0": 0, "true": 1, "false": 0, "success": 1, "failure": 0}
    if word not in known:
        raise ValueError(f"label {str(value)[:20]!r} is neither 0 nor 1")
    return known[word]


def _record(
    found: Found, labels: Mapping[str, object], exemplars: Mapping[str, tuple[str, ...]], number: int
) -> SyntheticTrial:
    keys = [key for key in (found.id, bare(found.id), found.file, Path(found.file).name, Path(found.file).stem) if key]
    label = next((labels[key] for key in keys if key in labels), found.label)
    assert found.protocol is not None  # `found.error` is None
    own = tuple(each for each in found.exemplars if not _HASHED.fullmatch(each))  # a hash hides which trial it was
    return SyntheticTrial(
        id=PREFIX + bare(found.id),
        protocol=found.protocol,
        label=as_label(label),
        reasons=_reasons(found.reasons),
        provenance=Provenance(
            cell=found.cell if found.cell is not None else number, attempt=0, index=0,
            exemplars=exemplars.get(bare(found.id), own), rung="", plan=found.plan, recipe="", prompt_version="", model="",
            engine="", sampling={}, seed=0, date="",
        ),
    )  # fmt: skip


def _reasons(value: object) -> tuple[Reason, ...]:
    try:
        return msgspec.convert(value, tuple[Reason, ...])
    except msgspec.ValidationError:
        return ()  # exports without quotes, and other people's reasons: nothing here can be checked


def _rows(path: Path, what: str) -> list[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(_decoded(path)))
    try:
        return [
            (reader.line_num, {(key or "").strip().lower(): (value or "").strip() for key, value in _cells(row)})
            for row in reader
        ]
    except csv.Error as error:
        raise CorpusError(f"{path}: {error}; give {what}") from error


def _cells(row: Mapping[Any, Any]) -> list[tuple[str, str]]:
    return [(key, value) for key, value in row.items() if isinstance(key, str) and not isinstance(value, list)]


def _decoded(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8") from error
