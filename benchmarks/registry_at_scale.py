"""A registry of any size for the benchmarks: real records under new ids, with their words perturbed and duplicates planted.

    python benchmarks/registry_at_scale.py v2 OUT.zip N        one JSON file a study, as the registry's own download
    python benchmarks/registry_at_scale.py xml OUT.zip N       as the old AllPublicXML.zip

It stands for the registry's size, not for what it says. Plain copies would make near-duplicate search, index and Parquet
degenerate, so two in three longer words of each copy are exchanged for words drawn from all records, and half of the drug
names get a dose behind them, so that names repeat as little as real ones. Every thousandth record is a near-duplicate of the
one before it (`planted`). v2 studies are the protocols of the sample of the registry, in the remaining modules (contacts,
locations; results for one in eight) of full v2 records, so that sizes are those of real downloads; XML is the full records of
that format.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent))
from published_loop import DATA
from registry_jsonl import trials
from synthetrial.trial import OutcomeMeasure, RegistryTrial

PLANTED = 1_000
"""One record in so many is a near-duplicate of the one before it."""
_WORD = re.compile(r"(?<![A-Za-z\ue000])([a-z]{5,})(?![A-Za-z])")
_SLOT, _DOSE, _ID, _TEXT = "\ue000", "\ue001", "\ue002", re.compile(r">([^<>]{40,})<")

Template = list[str]
"""A record in pieces; the odd ones are words that may be exchanged, doses, or the id."""


def trial_id(number: int) -> str:
    """The id of a record, from 70 million on, where the registry has none yet."""
    return f"NCT{70_000_000 + number}"


def planted(n: int) -> list[tuple[str, str]]:
    """The pairs of near-duplicates among the first `n` records."""
    return [(trial_id(each - 1), trial_id(each)) for each in range(PLANTED - 1, n, PLANTED)]


def records(templates: list[Template], n: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """`n` records (id, content), template after template."""
    rng = random.Random(seed)
    pool = [word for each in templates for word in each[1::2] if word not in (_DOSE, _ID)]
    rng.shuffle(pool)
    pool += pool[:5_000]
    before: Template = []
    for number in range(n):
        name = trial_id(number)
        if number % PLANTED == PLANTED - 1:
            pieces = before.copy()
            words = [at for at in range(1, len(pieces), 2) if not pieces[at].startswith(("NCT", " "))]
            for at in words[::40]:
                pieces[at] = pool[rng.randrange(len(pool))]
            pieces = [name if each.startswith("NCT7") and at % 2 else each for at, each in enumerate(pieces)]
        else:
            template = templates[number % len(templates)]
            pieces = template.copy()
            phase = rng.randrange(3)
            for step in (phase, (phase + 1) % 3):
                here = range(1 + 2 * step, len(pieces), 6)
                start = rng.randrange(len(pool) - 5_000)
                pieces[1 + 2 * step :: 6] = (pool[start : start + len(here)] * (1 + len(here) // 5_000))[: len(here)]
            for at in range(1, len(pieces), 2):
                if template[at] == _ID:
                    pieces[at] = name
                elif template[at] == _DOSE:
                    pieces[at] = f" {rng.randrange(1, 999)} mg" if rng.random() < 0.5 else ""
        before = pieces
        yield name, "".join(pieces).encode()


def v2_templates() -> list[Template]:
    """The sample of the registry as v2 studies."""
    shells = [msgspec.json.decode(each.read_bytes()) for each in sorted((DATA / "raw" / "v2_json").iterdir())]
    full, short = ([each for each in shells if ("resultsSection" in each) is wanted] for wanted in (True, False))
    sample = trials(DATA / "registry" / "records.jsonl.gz", set(), False, Counter())
    usable = [each for each in sample if each.protocol.eligibility.criteria and each.protocol.interventions]
    studies = (_study(each, (short if at % 8 else full)[at % len(short if at % 8 else full)]) for at, each in enumerate(usable))
    return [msgspec.json.format(msgspec.json.encode(each), indent=2).decode().split(_SLOT) for each in studies]


def xml_templates() -> list[Template]:
    """The well-formed XML records."""
    found = []
    for each in sorted((DATA / "raw" / "legacy_xml").iterdir()):
        text = each.read_bytes().decode("utf-8", "replace")
        if not text.startswith("<?xml") or "</clinical_study>" not in text or "<nct_id>" not in text:
            continue
        text = re.sub(r"<nct_id>[^<]*<", f"<nct_id>{_SLOT}{_ID}{_SLOT}<", text)
        found.append(_TEXT.sub(lambda node: f">{_marked(node[1])}<", text).split(_SLOT))
    return found


def write_zip(path: Path, templates: list[Template], n: int, name: Callable[[str], str], seed: int = 0) -> None:
    """A zip with a member a record."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for key, content in records(templates, n, seed):
            archive.writestr(name(key), content)


def v2_zip(path: Path, n: int) -> None:
    """`n` studies as the registry's JSON download."""
    write_zip(path, v2_templates(), n, lambda key: f"{key}.json")


def xml_zip(path: Path, n: int) -> None:
    """`n` studies as AllPublicXML.zip."""
    write_zip(path, xml_templates(), n, lambda key: f"{key[:7]}xxxx/{key}.xml")


def _marked(text: str | None) -> str | None:
    return text and _WORD.sub(rf"{_SLOT}\1{_SLOT}", text)


def _study(trial: RegistryTrial, shell: dict[str, Any]) -> dict[str, Any]:
    """The trial as a v2 study within the modules of `shell` that a protocol has no fields for."""
    protocol, outcome, eligibility = trial.protocol, trial.outcome, trial.protocol.eligibility
    section = shell["protocolSection"] | {
        "identificationModule": shell["protocolSection"]["identificationModule"]
        | {
            "nctId": f"{_SLOT}{_ID}{_SLOT}",
            "briefTitle": _marked(protocol.brief_title),
            "officialTitle": _marked(protocol.official_title),
        },
        "statusModule": shell["protocolSection"].get("statusModule", {})
        | {
            "overallStatus": outcome.overall_status or "UNKNOWN",
            "whyStopped": outcome.why_stopped,
            "startDateStruct": {"date": trial.start_date},
            "completionDateStruct": {"date": outcome.completion_date},
        },
        "descriptionModule": {
            "briefSummary": _marked(protocol.brief_summary),
            "detailedDescription": _marked(protocol.detailed_description),
        },
        "conditionsModule": {"conditions": protocol.conditions, "keywords": protocol.keywords},
        "designModule": {
            "studyType": protocol.study_type,
            "phases": protocol.phases,
            "designInfo": {
                "allocation": protocol.allocation,
                "interventionModel": protocol.intervention_model,
                "primaryPurpose": protocol.primary_purpose,
                "maskingInfo": {"masking": protocol.masking},
            },
            "enrollmentInfo": {"count": outcome.enrollment, "type": "ACTUAL"},
        },
        "armsInterventionsModule": {
            "armGroups": [
                {
                    "label": each.label,
                    "type": each.type,
                    "description": _marked(each.description),
                    "interventionNames": [f"Drug: {name}" for name in each.intervention_names],
                }
                for each in protocol.arms
            ],
            "interventions": [
                {
                    "type": each.type,
                    "name": f"{each.name}{_SLOT}{_DOSE}{_SLOT}" if each.type in ("DRUG", "BIOLOGICAL") else each.name,
                    "description": _marked(each.description),
                    "otherNames": each.other_names,
                }
                for each in protocol.interventions
            ],
        },
        "outcomesModule": {
            "primaryOutcomes": [_outcome(each) for each in protocol.primary_outcomes],
            "secondaryOutcomes": [_outcome(each) for each in protocol.secondary_outcomes],
        },
        "eligibilityModule": {
            "eligibilityCriteria": _marked(eligibility.criteria),
            "sex": eligibility.sex,
            "minimumAge": eligibility.minimum_age,
            "maximumAge": eligibility.maximum_age,
            "healthyVolunteers": eligibility.healthy_volunteers,
        },
    }
    return {**shell, "protocolSection": section}


def _outcome(each: OutcomeMeasure) -> dict[str, Any]:
    return {"measure": _marked(each.measure), "timeFrame": each.time_frame, "description": _marked(each.description)}


def main() -> None:
    """Write one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("format", choices=("v2", "xml"))
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("n", type=int, metavar="N")
    asked = parser.parse_args()
    began = time.perf_counter()
    {"v2": v2_zip, "xml": xml_zip}[asked.format](asked.out, asked.n)
    print(f"{asked.n:,} records, {asked.out.stat().st_size / 1e6:,.0f} MB, {time.perf_counter() - began:,.0f} s")


if __name__ == "__main__":
    main()
