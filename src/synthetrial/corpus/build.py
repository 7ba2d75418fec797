"""Building a corpus: any mix of sources into one folder, streamed, labelled by one rule, written whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

import synthetrial
from synthetrial.corpus import parquet
from synthetrial.corpus.folder import replaced
from synthetrial.corpus.label_file import read_labels
from synthetrial.corpus.manifest import FORMAT_VERSION, MANIFEST, REJECTS, TRIALS, Manifest, content, fingerprint, source_file
from synthetrial.corpus.readers import Reject, read_source
from synthetrial.errors import CorpusError
from synthetrial.trial import Label, RegistryTrial

UNLABELLED: Final = "none"
"""The label rule of a corpus in which no trial has a label."""
Unexplained = Literal["exclude", "failure"]
LabelOf = Callable[[RegistryTrial], Label | None]


class BuildResult(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of a build: records read, trials kept, rejected and labelled; `warnings` counts values that were left out.

    `foreign_labels`: ids of the label file that no trial of the corpus has.
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


def build(
    sources: Sequence[Path],
    out: Path,
    *,
    labels: str | Path = "completion",
    unexplained: Unexplained = "exclude",
    allow_synthetic: bool = False,
) -> BuildResult:
    """Read `sources` (any mix of formats) into a corpus folder `out`; an existing corpus there is replaced on success only.

    `labels`: "completion" (rule on status and why_stopped; `unexplained` says what a stop without a reason is), "source"
    (the labels that the records came with) or a CSV of nct_id,label. Of records with the same id the one with the newest
    version date is kept, else the first. What cannot be read is a `Reject`, not an error. Raises `CorpusError` for a missing
    source, a bad or wholly foreign label file, an `out` that is no corpus, or when nothing could be read in place of one.
    """
    sources = [Path(each) for each in sources]
    for each in sources:
        if not each.exists():
            raise CorpusError(f"{each}: no such file or folder; give a registry file, folder or zip")
    label_of, rule, wanted = _labelling(labels, unexplained)
    warnings: Counter[str] = Counter()
    rejects: list[Reject] = []
    kept: dict[str, _Kept] = {}
    losers: set[int] = set()

    def trials() -> Iterator[RegistryTrial]:
        for source in sources:
            for each in read_source(source, allow_synthetic=allow_synthetic, warnings=warnings):
                if isinstance(each, Reject):
                    rejects.append(each)
                else:
                    yield each

    with replaced(Path(out), MANIFEST) as folder:
        row = 0
        with parquet.Writer(folder / TRIALS) as writer:
            for trial in trials():
                labelled = msgspec.structs.replace(trial, label=label_of(trial))
                new = _Kept(
                    row, trial.source.version_date or "", trial.source.file, labelled.label, content(trial), trial.synthetic
                )
                old = kept.get(trial.trial_id)
                if old is not None:
                    loser = old if new.version_date > old.version_date else new
                    rejects.append(Reject(loser.file, trial.trial_id, _duplicate(old, new)))
                    if loser is new:
                        continue
                    losers.add(old.row)
                kept[trial.trial_id] = new
                writer.add(labelled)
                row += 1
        if losers:
            parquet.without(folder / TRIALS, losers)
        if not kept and (Path(out) / MANIFEST).exists():
            raise CorpusError(f"no readable trial in {', '.join(map(str, sources))}; the corpus {out} is left as it was")
        foreign = _foreign(wanted, kept, labels)
        found = {each.label.rule for each in kept.values() if each.label is not None}
        if len(found) > 1:
            raise CorpusError(
                f"the records' labels come from different rules ({', '.join(sorted(found))}); give --labels FILE.csv"
            )
        result = BuildResult(
            read=row + len(rejects) - len(losers),
            kept=len(kept),
            rejected=len(rejects),
            labelled=sum(each.label is not None for each in kept.values()),
            rejects=tuple(rejects),
            warnings=dict(warnings.most_common()),
            fingerprint=fingerprint((key, each.content, each.label) for key, each in kept.items()),
            label_rule=rule or next(iter(found), UNLABELLED),
            foreign_labels=foreign,
        )
        _write(
            folder, result, sources, Path(labels) if wanted is not None else None, sum(each.synthetic for each in kept.values())
        )
    return result


class _Kept(msgspec.Struct, frozen=True):
    row: int
    version_date: str
    file: str
    label: Label | None
    content: bytes
    synthetic: bool


def _duplicate(old: _Kept, new: _Kept) -> str:
    if old.version_date == new.version_date:
        return f"duplicate id: the first, from {old.file}, is kept"
    newer, older = (new, old) if new.version_date > old.version_date else (old, new)
    date = older.version_date or "no date"
    return f"duplicate id: the version of {newer.version_date} from {newer.file} is kept, not that of {date}"


def _labelling(labels: str | Path, unexplained: Unexplained) -> tuple[LabelOf, str | None, dict[str, int | None] | None]:
    """How a trial gets its label, the rule's name (None: the records say) and the label file's content, if there is one."""
    if unexplained not in ("exclude", "failure"):
        raise CorpusError(f"unexplained={unexplained!r}: give 'exclude' or 'failure'")
    if labels == "completion":
        from synthetrial.corpus.labels import completion, rule_name

        return lambda trial: completion(trial.outcome, unexplained=unexplained), rule_name(unexplained), None
    if labels == "source":
        return lambda trial: trial.label, None, None
    path = Path(labels)
    if not path.is_file():
        raise CorpusError(f"{path}: no such label file; give 'completion', 'source' or a CSV of nct_id,label")
    table = read_labels(path)

    def of(trial: RegistryTrial) -> Label | None:
        value = table.get(trial.trial_id)
        return None if value is None else Label(value=value, rule=path.name)

    return of, path.name, table


def _foreign(wanted: dict[str, int | None] | None, kept: dict[str, _Kept], labels: str | Path) -> int:
    """How many ids of the label file have no trial. Raises `CorpusError` if that is all of them."""
    if wanted is None:
        return 0
    foreign = sum(each not in kept for each in wanted)
    if kept and foreign == len(wanted):
        raise CorpusError(
            f"{labels}: none of its {len(wanted):,} ids (such as {next(iter(wanted), 'none')!r})"
            f" is among the {len(kept):,} trials read (such as {next(iter(kept))!r}); give the label file of these trials"
        )
    return foreign


def _write(folder: Path, result: BuildResult, sources: Sequence[Path], label_file: Path | None, synthetic: int) -> None:
    (folder / REJECTS).write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in result.rejects))
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        synthetrial=synthetrial.__version__,
        sources=tuple(source_file(each) for each in sources),
        read=result.read,
        kept=result.kept,
        rejected=result.rejected,
        labelled=result.labelled,
        synthetic=synthetic,
        label_rule=result.label_rule,
        label_file=source_file(label_file) if label_file else None,
        foreign_labels=result.foreign_labels,
        warnings=result.warnings,
        fingerprint=result.fingerprint,
    )
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
