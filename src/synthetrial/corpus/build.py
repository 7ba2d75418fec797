"""Building a corpus and bringing it up to date: any mix of sources into one folder, labelled by one rule, written whole or not
at all."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

import synthetrial
from synthetrial.corpus import drug_names, parquet
from synthetrial.corpus.draft import DRUG_NAMES, REJECTS, Draft, draft
from synthetrial.corpus.fetch.folder import about_all, about_updated
from synthetrial.corpus.labelling import UNLABELLED, Labelling, labelling, table
from synthetrial.corpus.labels import Unexplained
from synthetrial.corpus.manifest import (
    FORMAT_VERSION,
    MANIFEST,
    Manifest,
    Partition,
    SourceFile,
    read_manifest,
    source_file,
)
from synthetrial.corpus.readers import Reject
from synthetrial.corpus.reading import Watch, existing, hashed, read_all, shown, told
from synthetrial.corpus.rows import Kept, Row, resolved
from synthetrial.errors import CorpusError

SMALL, MOST_SMALL = 10_000, 8
"""Partitions of fewer trials are written together where an update leaves more than so many of them."""


class BuildResult(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of a build: records read, trials kept, rejected and labelled; `warnings` counts values that were left out.

    `foreign_labels`: ids of the label file that no trial of the corpus has. Of an update, `kept` and `labelled` are of the
    whole corpus, and the records read are `added`, `replaced` an older version, or `unchanged`; `conflicting` ones of these
    say something else under the date of the version that is kept.
    """

    read: int
    kept: int
    rejected: int
    labelled: int
    rejects: tuple[Reject, ...]
    warnings: dict[str, int]
    fingerprint: str
    label_rule: str
    foreign_labels: int = 0
    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    conflicting: int = 0


def build(
    sources: Sequence[Path | str],
    out: Path,
    *,
    labels: str | Path = "completion",
    unexplained: Unexplained = "exclude",
    names: Path | None = None,
    allow_synthetic: bool = False,
    workers: int | None = None,
    watch: Watch = lambda read, total, records: None,
) -> BuildResult:
    """Read `sources` into a corpus folder `out`; an existing corpus there is replaced on success only.

    A source is a file, folder or zip in any known format (`readers.read_source`), or the address of a live AACT database
    ("postgresql://…").

    `labels`: "completion" (rule on status and why_stopped; `unexplained` says what a stop without a reason is), "source"
    (the labels that the records came with) or a CSV of nct_id,label. Of records with the same id the one with the newest
    version date is kept, else the first. `names` are drug names of one's own (`drug_names.read`), which the corpus brings
    along from now on. What cannot be read is a `Reject`, not an error. Large sources are read by `workers` processes (as many
    as there are cores). Raises `CorpusError` for a missing source, a bad or wholly foreign label file, an
    `out` that is no corpus, or when nothing could be read in place of one.
    """
    read_from = existing(sources)
    how = labelling(labels, unexplained)
    with draft(Path(out)) as made, hashed(read_from) as hashes:
        parts = read_all(made, read_from, how, allow_synthetic, workers, watch)
        rejects, warnings = told(parts)
        kept = resolved(
            [each.file for each in parts],
            lambda trial_id, old, new: rejects.append(Reject(_loser(old, new), trial_id, _duplicate(old, new))),
        )
        if not kept.rows and (Path(out) / MANIFEST).exists():
            raise CorpusError(f"no readable trial in {', '.join(map(shown, read_from))}; the corpus {out} is left as it was")
        result = BuildResult(
            read=sum(each.rows for each in parts) + len(rejects) - sum(map(len, kept.lost.values())),
            rejects=tuple(rejects),
            rejected=len(rejects),
            warnings=dict(warnings.most_common()),
            **_counted(kept, how, own := copied_names(made, names)),
        )
        files = _partitions(made, [each.file for each in parts], kept, together=False)
        made.commit(_manifest(made, result, kept, tuple(hashes), how, files, own, about_all(_paths(read_from))))
    return result


def update(
    sources: Sequence[Path | str],
    folder: Path,
    *,
    names: Path | None = None,
    allow_synthetic: bool = False,
    workers: int | None = None,
    watch: Watch = lambda read, total, records: None,
) -> BuildResult:
    """Bring the corpus in `folder` up to date with `sources`: trials it lacks are added, older versions replaced.

    Labels follow the corpus's own rule, and its drug names stay unless new `names` are given. Only files that lose a trial are
    written again. Raises `CorpusError` as `build`, and for a label file that is missing or was changed since.
    """
    read_from, folder = existing(sources), Path(folder)
    old = read_manifest(folder)
    how = _rule_of(old, folder)
    with draft(folder) as made, hashed(read_from) as hashes:
        held = [folder / each.file for each in old.partitions]
        kept = resolved(held, lambda trial_id, one, other: None)
        parts = read_all(made, read_from, how, allow_synthetic, workers, watch)
        rejects, warnings = told(parts)
        counts: Counter[str] = Counter()

        def met(trial_id: str, one: Row, other: Row) -> None:
            counts["replaced" if other.date > one.date else "unchanged"] += 1
            counts["conflicting"] += other.date == one.date and other.digest != one.digest

        before = len(kept.rows)
        resolved([each.file for each in parts], met, kept)
        result = BuildResult(
            read=sum(each.rows for each in parts) + len(rejects),
            rejects=tuple(rejects),
            rejected=len(rejects),
            warnings=dict(warnings.most_common()),
            added=len(kept.rows) - before,
            replaced=counts["replaced"],
            unchanged=counts["unchanged"],
            conflicting=counts["conflicting"],
            **_counted(kept, how, own := copied_names(made, names) or old.drug_names),
        )
        files = _partitions(made, [*held, *(each.file for each in parts)], kept, together=True)
        known = {each.path: each for each in (*old.sources, *hashes)}
        registry = about_updated(old.registry, _paths(read_from))
        made.commit(_manifest(made, result, kept, tuple(known.values()), how, files, own, registry))
    return result


def _paths(sources: Sequence[Path | str]) -> list[Path]:
    return [Path(each) for each in sources]


def _loser(old: Row, new: Row) -> str:
    return _source(old if new.date > old.date else new)


def _source(row: Row) -> str:
    """The file that a stored row was read from."""
    return str(parquet.columns(row.file, ["source.file"]).column("source").combine_chunks().field("file")[row.number])


def _duplicate(old: Row, new: Row) -> str:
    if old.date == new.date:
        return f"duplicate id: the first, from {_source(old)}, is kept"
    newer, older = (new, old) if new.date > old.date else (old, new)
    return f"duplicate id: the version of {newer.date} from {_source(newer)} is kept, not that of {older.date or 'no date'}"


def copied_names(made: Draft, names: Path | None) -> SourceFile | None:
    """The drug names that a corpus brings along, copied into it. Raises `CorpusError` for a bad file."""
    if names is None:
        return None
    drug_names.read(names)
    target = made.named(DRUG_NAMES, ".csv")
    shutil.copyfile(names, target)
    return msgspec.structs.replace(source_file(target), path=target.name)


def _counted(kept: Kept, how: Labelling, names: SourceFile | None) -> dict[str, Any]:
    """What a result says of all trials that are kept. Raises `CorpusError` for labels of several rules or of other trials."""
    found = {each.label.rule for each in kept.rows.values() if each.label is not None}
    if len(found) > 1:
        raise CorpusError(f"the records' labels come from different rules ({', '.join(sorted(found))}); give --labels FILE.csv")
    wanted = table(how.file) if how.file else {}
    foreign = sum(each not in kept.rows for each in wanted)
    if kept.rows and wanted and foreign == len(wanted):
        raise CorpusError(
            f"{how.file}: none of its {len(wanted):,} ids (such as {next(iter(wanted))!r}) is among the {len(kept.rows):,}"
            f" trials read (such as {next(iter(kept.rows))!r}); give the label file of these trials"
        )
    return {
        "kept": len(kept.rows),
        "labelled": sum(each.label is not None for each in kept.rows.values()),
        "fingerprint": kept.fingerprint_with(names),
        "label_rule": how.rule or next(iter(found), UNLABELLED),
        "foreign_labels": foreign,
    }


def _partitions(made: Draft, files: Sequence[Path], kept: Kept, *, together: bool) -> tuple[Partition, ...]:
    """The files with the rows that are kept: those that lose some are written again, many small ones `together`."""
    rows = Counter(each.file for each in kept.rows.values())
    small = [each for each in files if 0 < rows[each] < SMALL]
    merged = small if together and len(small) > MOST_SMALL else []
    found: list[Partition] = []

    def copied(sources: Sequence[Path]) -> None:
        target = made.partition()
        count = parquet.copied(sources, target, kept.lost)
        found.append(Partition(target.relative_to(made.folder).as_posix(), count))

    for each in files:
        if not rows[each] or each in merged:
            continue
        if each in kept.lost:
            copied([each])
        else:
            found.append(Partition(each.relative_to(made.folder).as_posix(), rows[each]))
    if merged:
        copied(merged)
    return tuple(found)


def _rule_of(old: Manifest, folder: Path) -> Labelling:
    """The rule by which a corpus got its labels. Raises `CorpusError` where its label file is not what it was."""
    if old.label_file is None:
        return Labelling(source=True) if old.labels_of_source else labelling("completion", _unexplained(old.unexplained))
    path = Path(old.label_file.path)
    if not path.is_file() or source_file(path).sha256 != old.label_file.sha256:
        raise CorpusError(
            f"{path}, which gave {folder} its labels, is missing or was changed; put it back, or build the corpus again"
        )
    return labelling(path, "exclude")


def _unexplained(value: str) -> Unexplained:
    return "failure" if value == "failure" else "exclude"


def _manifest(
    made: Draft,
    result: BuildResult,
    kept: Kept,
    sources: tuple[SourceFile, ...],
    how: Labelling,
    files: tuple[Partition, ...],
    names: SourceFile | None,
    registry: dict[str, object] | None,
) -> Manifest:
    rejects = made.named(REJECTS, ".jsonl")
    rejects.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in result.rejects))
    return Manifest(
        format_version=FORMAT_VERSION,
        synthetrial=synthetrial.__version__,
        sources=sources,
        read=result.read,
        kept=result.kept,
        rejected=result.rejected,
        labelled=result.labelled,
        synthetic=sum(each.synthetic for each in kept.rows.values()),
        label_rule=result.label_rule,
        label_file=source_file(how.file) if how.file else None,
        labels_of_source=how.source,
        foreign_labels=result.foreign_labels,
        warnings=result.warnings,
        fingerprint=result.fingerprint,
        partitions=files,
        rejects=rejects.name,
        unexplained=how.unexplained,
        drug_names=names,
        registry=registry,
    )


def stored_rejects(folder: Path) -> Iterator[Reject]:
    """What could not be read when the corpus in `folder` was last written."""
    with (Path(folder) / read_manifest(folder).rejects).open("rb") as file:
        for each in file:
            yield msgspec.json.decode(each, type=Reject)
