"""Turn the sample of registry records beside the project into a corpus-shape trials.jsonl.

    python benchmarks/registry_jsonl.py records.jsonl.gz OUT.jsonl --formats ctrialsgov_aact_join --require-status

The sample joins several derived sets, which differ in what they lack, so a corpus for a study takes one of them (`--formats`,
by exact combination; repeatable). Numeric ages are years ("0.5" is six months), as in the sets that write them so.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from synthetrial.corpus.readers import vocabulary as words
from synthetrial.corpus.readers.admit import admit
from synthetrial.corpus.readers.own_jsonl import encode
from synthetrial.corpus.readers.reject import UnreadableError
from synthetrial.trial import Arm, Eligibility, Intervention, Outcome, OutcomeMeasure, Protocol, RegistryTrial, Source

UNITS = ((1.0, "Year"), (1 / 12, "Month"), (1 / 52, "Week"), (1 / 365, "Day"))


def to_trial(record: dict[str, Any], file: str, warnings: Counter[str]) -> RegistryTrial:
    """The trial of a sample record. Raises `UnreadableError` where id or title is missing."""
    norm = record["norm"]
    study_type = words.value("study_type", norm.get("study_type"), warnings)
    interventions = [each for each in norm.get("interventions") or () if each.get("name")]
    places = words.in_order(each["name"] for each in interventions)
    enrollment = norm.get("enrollment")
    return admit(
        record["nct_id"],
        Protocol(
            brief_title=norm.get("brief_title") or "",
            official_title=norm.get("official_title"),
            brief_summary=norm.get("brief_summary"),
            detailed_description=norm.get("detailed_description"),
            conditions=tuple(norm.get("conditions") or ()),
            keywords=tuple(norm.get("keywords") or ()),
            study_type=study_type,
            phases=words.interventional(study_type, words.phases(norm.get("phase"), warnings)),
            allocation=words.value("allocation", norm.get("allocation"), warnings),
            intervention_model=words.value("intervention_model", norm.get("intervention_model"), warnings),
            primary_purpose=words.value("primary_purpose", norm.get("primary_purpose"), warnings),
            masking=words.masking(norm.get("masking"), warnings),
            arms=tuple(
                Arm(
                    label=each.get("label") or "",
                    type=words.value("arm_type", each.get("type"), warnings),
                    description=each.get("description"),
                    intervention_names=words.intervention_names(filter(None, each.get("interventions") or ()), places),
                )
                for each in norm.get("arms") or ()
            ),
            interventions=tuple(
                Intervention(
                    name=each["name"],
                    type=words.value("intervention_type", each.get("type"), warnings),
                    description=each.get("description"),
                    other_names=tuple(each.get("other_names") or ()),
                )
                for each in interventions
            ),
            primary_outcomes=measures(norm.get("primary_outcomes")),
            secondary_outcomes=measures(norm.get("secondary_outcomes")),
            eligibility=Eligibility(
                criteria=norm.get("criteria"),
                sex=words.value("sex", norm.get("gender"), warnings),
                minimum_age=age(norm.get("minimum_age"), warnings),
                maximum_age=age(norm.get("maximum_age"), warnings),
                healthy_volunteers=words.yes_no("healthy_volunteers", norm.get("healthy_volunteers"), warnings),
            ),
            lead_sponsor_class=words.value("sponsor_class", norm.get("lead_sponsor_class"), warnings),
        ),
        Source(format="+".join(record["formats"]), file=file),
        outcome=Outcome(
            overall_status=words.value("status", norm.get("overall_status"), warnings),
            why_stopped=" ".join((norm.get("why_stopped") or "").split()) or None,
            enrollment=words.count("enrollment", None if enrollment is None else str(enrollment), warnings),
            primary_completion_date=words.iso_date("primary_completion_date", norm.get("primary_completion_date"), warnings),
            completion_date=words.iso_date("completion_date", norm.get("completion_date"), warnings),
            has_results=norm.get("has_results"),
        ),
        start_date=words.iso_date("start_date", norm.get("start_date"), warnings),
        condition_mesh=tuple(norm.get("condition_mesh") or ()),
        intervention_mesh=tuple(norm.get("intervention_mesh") or ()),
    )


def measures(raw: list[Any] | None) -> tuple[OutcomeMeasure, ...]:
    """The outcomes of a record, which in some sets are bare measures."""
    return tuple(
        OutcomeMeasure(
            measure=each.get("measure") or "", time_frame=each.get("time_frame"), description=each.get("description")
        )
        for each in raw or ()
    )


def age(raw: object, warnings: Counter[str]) -> str | None:
    """An age in the registry's words; a bare number is years, below one in the largest unit that makes it whole."""
    text = str(raw or "").strip()
    try:
        years = float(text)
    except ValueError:
        return words.age(text, warnings)
    for size, unit in UNITS:
        count = round(years / size)
        if count >= 1 and abs(years / size - count) < 0.05:
            return f"{count} {unit}{'s' * (count != 1)}"
    return words.age(text, warnings)


def trials(source: Path, formats: set[str], require_status: bool, counts: Counter[str]) -> Iterator[RegistryTrial]:
    """The trials of the sample that are of the wanted sets."""
    with gzip.open(source, "rt", encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if formats and "+".join(record["formats"]) not in formats:
                continue
            try:
                trial = to_trial(record, source.name, counts)
            except UnreadableError as error:
                counts[f"rejected: {error.reason}"] += 1
                continue
            if require_status and trial.outcome.overall_status is None:
                continue
            yield trial


def main() -> None:
    """Convert, and print what was written and what was left out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, metavar="SRC")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument(
        "--formats", action="append", default=[], help="a combination such as ctrialsgov_aact_join; all if not given"
    )
    parser.add_argument("--require-status", action="store_true", help="leave out records without an overall status")
    asked = parser.parse_args()
    counts: Counter[str] = Counter()
    written = 0
    with asked.out.open("wb") as out:
        for trial in trials(asked.source, set(asked.formats), asked.require_status, counts):
            out.write(encode(trial))
            written += 1
    sys.stdout.write(msgspec.json.encode({"written": written, "left_out": dict(counts.most_common())}).decode() + "\n")


if __name__ == "__main__":
    main()
