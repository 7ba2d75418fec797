"""Files that the pages' commands are run on: the demo corpus in the registry's formats, runs of the scripted model."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import runs
from batch_service import answered
from synthetrial.corpus.demo import demo_corpus
from synthetrial.corpus.store import build
from synthetrial.trial import RegistryTrial

STUDIES = Path(__file__).resolve().parents[2] / "studies"
FIXTURES = Path(__file__).resolve().parents[1] / "corpus" / "fixtures"


def give(name: str, folder: Path) -> None:
    """Put the file or folder that pages call `name` into `folder`. Raises `KeyError` for a name that is not known."""
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if name.startswith("runs/"):
        runs.make(runs.config(n=12, seed=len(name)), target)
    else:
        GIVEN[name](target)


def _studies(target: Path) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for each in demo_corpus().trials:
            archive.writestr(f"{_id(each)}.json", json.dumps(_study(each)))


def _page(first: int, count: int) -> Any:
    def write(target: Path) -> None:
        studies = [_study(each) for each in demo_corpus().trials[first : first + count]]
        target.write_text(json.dumps({"studies": studies, "nextPageToken": "x"}), "utf-8")

    return write


def _outcomes(target: Path) -> None:
    rows = [f"{_id(each)},{index % 2}" for index, each in enumerate(demo_corpus().trials)]
    target.write_text("\n".join(["nct_id,label", *rows, ""]), "utf-8")


def _corpus(target: Path) -> None:
    _studies(source := target.with_suffix(".zip"))
    build([source], target)


def _top(target: Path) -> None:
    target.write_text("".join((FIXTURES / "top.csv").read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")


def _set(target: Path) -> None:
    """Somebody else's set: texts and labels, no provenance."""
    from synthetrial.text import render

    trials = demo_corpus().trials[:12]
    lines = [json.dumps({"id": f"x{i}", "text": render(each.protocol), "label": i % 2}) for i, each in enumerate(trials)]
    target.write_text("\n".join([*lines, ""]), "utf-8")


GIVEN = {
    "studies.zip": _studies,
    "page1.json": _page(0, 20),
    "page2.json": _page(20, 20),
    "outcomes.csv": _outcomes,
    "mycorpus": _corpus,
    "names.csv": lambda target: target.write_text("name,drug\nLCZ696,sacubitril\nstudy medication,\n", "utf-8"),
    "phase_I_train.csv": _top,
    "theirs.jsonl": _set,
    "output1.jsonl": lambda target: answered(target.with_name("round1.jsonl")).rename(target),
    "xml": lambda target: _copied("interventional.xml", target),
    "aact": lambda target: shutil.copytree(FIXTURES / "aact_plain", target),
    "studies/demo.toml": lambda target: shutil.copy(STUDIES / "demo.toml", target),
}


def _copied(fixture: str, folder: Path) -> None:
    folder.mkdir()
    shutil.copy(FIXTURES / fixture, folder)


def _id(trial: RegistryTrial) -> str:
    return trial.trial_id.replace("DEMO-", "NCT9999")


def _study(trial: RegistryTrial) -> dict[str, Any]:
    """A demo trial as the registry's API would give it; failures were stopped for want of participants."""
    p = trial.protocol
    status: dict[str, Any] = {"startDateStruct": {"date": trial.start_date}, "overallStatus": "COMPLETED"}
    if trial.label is not None and not trial.label.value:
        status |= {"overallStatus": "TERMINATED", "whyStopped": "Slow accrual"}
    return {
        "protocolSection": {
            "identificationModule": {"nctId": _id(trial), "briefTitle": p.brief_title},
            "statusModule": status,
            "sponsorCollaboratorsModule": {"leadSponsor": {"class": p.lead_sponsor_class}},
            "descriptionModule": {"briefSummary": p.brief_summary},
            "conditionsModule": {"conditions": p.conditions, "keywords": p.keywords},
            "designModule": {
                "studyType": p.study_type,
                "phases": p.phases,
                "designInfo": {
                    "allocation": p.allocation,
                    "interventionModel": p.intervention_model,
                    "primaryPurpose": p.primary_purpose,
                    "maskingInfo": {"masking": p.masking},
                },
            },
            "armsInterventionsModule": {
                "armGroups": [{"label": a.label, "type": a.type, "description": a.description} for a in p.arms],
                "interventions": [{"type": i.type, "name": i.name, "description": i.description} for i in p.interventions],
            },
            "outcomesModule": {
                "primaryOutcomes": [{"measure": o.measure, "timeFrame": o.time_frame} for o in p.primary_outcomes],
                "secondaryOutcomes": [{"measure": o.measure, "timeFrame": o.time_frame} for o in p.secondary_outcomes],
            },
            "eligibilityModule": {
                "eligibilityCriteria": p.eligibility.criteria,
                "sex": p.eligibility.sex,
                "minimumAge": p.eligibility.minimum_age,
                "maximumAge": p.eligibility.maximum_age,
            },
        }
    }
