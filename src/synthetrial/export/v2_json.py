"""Studies in the shape of the ClinicalTrials.gov API v2 (https://clinicaltrials.gov/data-api/about-api/study-data-structure).

One JSON document {"studies": [...]}, a study a line. A study has the modules of `protocolSection` that a `Protocol` has fields
for, and nothing of what became of it: no status, dates, enrolment or `derivedSection`. Its id is SYN-…, its titles begin with
[SYNTHETIC], and a block `synthetic` beside `protocolSection` says what it is and how it was made. `corpus build
--allow-synthetic` reads it back to the same protocols.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from synthetrial.export.handout import STATEMENT, Handout, titled
from synthetrial.run.files import write_whole
from synthetrial.trial import OutcomeMeasure, Protocol, SyntheticTrial


def write(handout: Handout, target: Path) -> None:
    """Write the records to the file `target`."""
    write_whole(target, document(handout.trials()))


def document(trials: Iterable[SyntheticTrial]) -> Iterator[bytes]:
    """The document in chunks, a study each."""
    before = b'{"studies": [\n'
    for each in trials:
        yield before + msgspec.json.encode(study(each))
        before = b",\n"
    yield b"\n]}\n"


def study(trial: SyntheticTrial) -> dict[str, Any]:
    """The record as a study."""
    made = trial.provenance
    return {
        "synthetic": _kept(
            synthetic=True,
            statement=STATEMENT,
            label=trial.label,
            drug=made.plan.get("drug"),
            model=made.model,
            engine=made.engine,
            recipe=made.recipe,
            seed=made.seed,
            date=made.date,
            weight=made.weight,
            pLabel=made.p_label,
        ),
        "protocolSection": _section(trial.id, titled(trial.protocol)),
    }


def _section(trial_id: str, protocol: Protocol) -> dict[str, Any]:
    eligibility = protocol.eligibility
    types = {each.name: each.type for each in reversed(protocol.interventions)}
    return _kept(
        identificationModule=_kept(nctId=trial_id, briefTitle=protocol.brief_title, officialTitle=protocol.official_title),
        sponsorCollaboratorsModule=_kept(leadSponsor=_kept(**{"class": protocol.lead_sponsor_class})),
        descriptionModule=_kept(briefSummary=protocol.brief_summary, detailedDescription=protocol.detailed_description),
        conditionsModule=_kept(conditions=protocol.conditions, keywords=protocol.keywords),
        designModule=_kept(
            studyType=protocol.study_type,
            phases=protocol.phases,
            designInfo=_kept(
                allocation=protocol.allocation,
                interventionModel=protocol.intervention_model,
                primaryPurpose=protocol.primary_purpose,
                maskingInfo=_kept(masking=protocol.masking),
            ),
        ),
        armsInterventionsModule=_kept(
            armGroups=[
                _kept(
                    label=each.label,
                    type=each.type,
                    description=each.description,
                    interventionNames=[f"{_words(types.get(name))}: {name}" for name in each.intervention_names],
                )
                for each in protocol.arms
            ],
            interventions=[
                _kept(type=each.type, name=each.name, description=each.description, otherNames=each.other_names)
                for each in protocol.interventions
            ],
        ),
        outcomesModule=_kept(
            primaryOutcomes=[_measure(each) for each in protocol.primary_outcomes],
            secondaryOutcomes=[_measure(each) for each in protocol.secondary_outcomes],
        ),
        eligibilityModule=_kept(
            eligibilityCriteria=eligibility.criteria,
            healthyVolunteers=eligibility.healthy_volunteers,
            sex=eligibility.sex,
            minimumAge=eligibility.minimum_age,
            maximumAge=eligibility.maximum_age,
        ),
    )


def _measure(outcome: OutcomeMeasure) -> dict[str, Any]:
    return _kept(measure=outcome.measure, timeFrame=outcome.time_frame, description=outcome.description)


def _words(kind: str | None) -> str:
    """An intervention's type as it stands before its name in an arm: "Drug", "Dietary Supplement"."""
    return (kind or "OTHER").replace("_", " ").title()


def _kept(**fields: Any) -> dict[str, Any]:
    """`fields` without those that hold nothing."""
    return {name: value for name, value in fields.items() if value is not None and value not in ((), [], {})}
