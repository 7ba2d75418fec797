"""Outcome labels by open rules: `completion`, which reads the status and why a trial was stopped.

Completed trials are successes. Trials that were terminated, withdrawn or suspended for efficacy, safety or enrolment are
failures. Stops for any other stated reason (business, funding, the sponsor's decision, COVID, …) say nothing of the treatment
and stay without a label; so do stops without a stated reason, unless they are asked to count as failures.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from synthetrial.corpus import why_stopped
from synthetrial.errors import UsageError
from synthetrial.trial import FAILURE, SUCCESS, Label, Outcome, RegistryTrial

STOPPED: Final = ("TERMINATED", "WITHDRAWN", "SUSPENDED")
FAILURE_CLASSES: Final = ("efficacy", "safety", "enrolment")
UNEXPLAINED_CLASSES: Final = ("none",)
Unexplained = Literal["exclude", "failure"]


def completion(outcome: Outcome, unexplained: Unexplained = "exclude", *, enrolment: bool = True) -> Label | None:
    """The label of an outcome, or None where the rule gives none.

    `unexplained`: what a stop without a stated reason is. `enrolment=False` leaves stops for enrolment without a label.
    The rule's name is in the label: see `rule_name`.
    """
    rule = rule_name(unexplained, enrolment=enrolment)
    if outcome.overall_status == "COMPLETED":
        return Label(value=SUCCESS, rule=rule)
    if outcome.overall_status not in STOPPED:
        return None
    group = why_stopped.classify(outcome.why_stopped)
    if group == "enrolment" and not enrolment:
        return None
    if group in FAILURE_CLASSES or (group in UNEXPLAINED_CLASSES and unexplained == "failure"):
        return Label(value=FAILURE, rule=rule)
    return None


def rule_name(unexplained: Unexplained = "exclude", *, enrolment: bool = True) -> str:
    """The rule's name: "completion", with "+unexplained" and "-enrolment" where those options are used."""
    if unexplained not in ("exclude", "failure"):
        raise UsageError(f"unexplained stops are 'exclude' or 'failure', not {unexplained!r}")
    return "completion" + ("+unexplained" if unexplained == "failure" else "") + ("" if enrolment else "-enrolment")


def label(
    trials: Iterable[RegistryTrial], unexplained: Unexplained = "exclude", *, enrolment: bool = True
) -> tuple[RegistryTrial, ...]:
    """The trials with the labels of the completion rule in place of any they had."""
    return tuple(
        msgspec.structs.replace(trial, label=completion(trial.outcome, unexplained, enrolment=enrolment)) for trial in trials
    )


def stopped_for_enrolment(trial: RegistryTrial) -> bool:
    """Whether `trial` counts as a failure for want of participants: results are given without such trials too."""
    failed = trial.label is not None and trial.label.value == FAILURE
    return failed and why_stopped.classify(trial.outcome.why_stopped) == "enrolment"
