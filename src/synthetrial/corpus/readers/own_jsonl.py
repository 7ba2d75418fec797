"""Our own JSON records: a corpus's, the demo corpus's, and the ones that a run exports.

- corpus: a `RegistryTrial` as msgspec writes it, {"trial_id", "protocol": {…}, "source": {…}, …};
- demo: {"trial_id", "start_date", "retold", …} with the fields of the `Protocol` beside them;
- export: {"id": "SYN-…", "synthetic": true, "label": 0|1, "protocol": {…}, …}.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from synthetrial.corpus.readers import vocabulary as words
from synthetrial.corpus.readers.admit import admit
from synthetrial.corpus.readers.reject import UnreadableError
from synthetrial.trial import Label, Protocol, RegistryTrial, Source


class _Exported(msgspec.Struct):
    id: str
    protocol: Protocol
    synthetic: object = None
    label: int | None = None


class _DemoKeys(msgspec.Struct):
    trial_id: str
    start_date: str | None = None


_CORPUS = msgspec.json.Decoder(RegistryTrial)
_EXPORT = msgspec.json.Decoder(_Exported)
_DEMO_KEYS = msgspec.json.Decoder(_DemoKeys)
_PROTOCOL = msgspec.json.Decoder(Protocol)

PLANNED = "plan"
"""The label rule of exported synthetic records: the label is the one that was asked for."""


def encode(trial: RegistryTrial) -> bytes:
    """One line of a corpus-shape trials.jsonl, with its newline: the inverse of `corpus_trial`."""
    return msgspec.json.encode(trial) + b"\n"


def corpus_trial(data: bytes | msgspec.Raw, file: str, warnings: Counter[str]) -> RegistryTrial:
    """A trial in corpus shape; it keeps the source it names."""
    trial = _CORPUS.decode(data)
    admitted = admit(trial.trial_id, known_values(trial.protocol, warnings), trial.source, synthetic=trial.synthetic)
    status = words.value("status", trial.outcome.overall_status, warnings)
    enrollment = words.count("enrollment", trial.outcome.enrollment, warnings)
    if trial.label is not None and trial.label.value not in (0, 1):
        raise UnreadableError(f"label {trial.label.value} is neither 0 nor 1", trial.trial_id)
    return msgspec.structs.replace(
        trial,
        trial_id=admitted.trial_id,
        protocol=admitted.protocol,
        synthetic=admitted.synthetic,
        outcome=msgspec.structs.replace(trial.outcome, overall_status=status, enrollment=enrollment),
    )


def demo_trial(data: bytes | msgspec.Raw, file: str, warnings: Counter[str]) -> RegistryTrial:
    """A trial in the demo corpus's flat shape."""
    keys = _DEMO_KEYS.decode(data)
    return admit(
        keys.trial_id,
        known_values(_PROTOCOL.decode(data), warnings),
        Source(format="jsonl", file=file),
        start_date=words.iso_date("start_date", keys.start_date, warnings),
    )


def exported_trial(data: bytes | msgspec.Raw, file: str, warnings: Counter[str]) -> RegistryTrial:
    """A record of a JSONL export, flagged as synthetic."""
    record = _EXPORT.decode(data)
    trial = admit(
        record.id,
        known_values(record.protocol, warnings),
        Source(format="jsonl", file=file),
        synthetic=bool(record.synthetic),
    )
    return msgspec.structs.replace(trial, label=planned_label(record.label, record.id))


def planned_label(value: Any, trial_id: str) -> Label | None:
    """The label that an exported record carries, if it does. Raises `UnreadableError` for one that is neither 0 nor 1."""
    if value is None:
        return None
    if value not in (0, 1):
        raise UnreadableError(f"label {value} is neither 0 nor 1", trial_id)
    return Label(value=int(value), rule=PLANNED)


def known_values(protocol: Protocol, warnings: Counter[str]) -> Protocol:
    """`protocol` with its enumeration values checked: unknown ones kept out and counted."""
    return msgspec.structs.replace(
        protocol,
        study_type=words.value("study_type", protocol.study_type, warnings),
        phases=words.phases(protocol.phases, warnings),
        allocation=words.value("allocation", protocol.allocation, warnings),
        intervention_model=words.value("intervention_model", protocol.intervention_model, warnings),
        primary_purpose=words.value("primary_purpose", protocol.primary_purpose, warnings),
        masking=words.masking(protocol.masking, warnings),
        arms=tuple(msgspec.structs.replace(each, type=words.value("arm_type", each.type, warnings)) for each in protocol.arms),
        interventions=tuple(
            msgspec.structs.replace(each, type=words.value("intervention_type", each.type, warnings))
            for each in protocol.interventions
        ),
        eligibility=msgspec.structs.replace(protocol.eligibility, sex=words.value("sex", protocol.eligibility.sex, warnings)),
        lead_sponsor_class=words.value("sponsor_class", protocol.lead_sponsor_class, warnings),
    )
