"""The checks let real records pass: each demo trial is judged as if it had been written to its own design.

Half of the corpus is the training split of the other half; the exemplars of a trial are the three of the other half that
share most words of condition and intervention with it, which is harder than chance.
"""

from __future__ import annotations

import itertools
import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib import resources

import msgspec
import pytest

from realdata import DATA, needs_real_data
from synthetrial.check import judge
from synthetrial.check.candidate import Candidate
from synthetrial.check.design import design_of
from synthetrial.check.view import View
from synthetrial.corpus.drugs import synonyms, trial_drugs
from synthetrial.corpus.readers.documents import json_trial
from synthetrial.plan import Cell
from synthetrial.shape import shape_of
from synthetrial.trial import Protocol, RegistryTrial

TOLERATED = 0.03
"""Largest share of demo trials that one check may refuse."""


def own_cell(protocol: Protocol) -> Cell:
    drugs = trial_drugs(protocol)
    drug = drugs[0].name if drugs else protocol.interventions[0].name
    return Cell(
        index=0, drug=drug, names=synonyms(drug), label=1, count=1, fold=0, rung="own", exemplars=(), seed=0,
        design=design_of(protocol), shape=shape_of(protocol),
    )  # fmt: skip


def subject_words(trial: RegistryTrial) -> set[str]:
    names = (*trial.protocol.conditions, *(each.name for each in trial.protocol.interventions))
    return set(re.findall(r"[a-z]{4,}", " ".join(names).lower()))


def nearest(trial: RegistryTrial, others: Iterable[tuple[RegistryTrial, set[str]]]) -> tuple[RegistryTrial, ...]:
    mine = subject_words(trial)
    ranked = sorted(others, key=lambda each: (-len(mine & each[1]) / (1 + len(mine | each[1])), each[0].trial_id))
    return tuple(each for each, _ in ranked[:3])


def refusals(trials: Sequence[RegistryTrial]) -> tuple[Counter[str], int]:
    """How many trials each check refuses, and how many pass all."""
    shuffled = list(trials)
    random.Random(0).shuffle(shuffled)
    half = len(shuffled) // 2
    refused: Counter[str] = Counter()
    passed = 0
    for judged, train in ((shuffled[:half], shuffled[half:]), (shuffled[half:], shuffled[:half])):
        view, known = View.build(train), [(each, subject_words(each)) for each in train]
        for trial in judged:
            candidate = Candidate(
                cell=own_cell(trial.protocol), exemplars=nearest(trial, known), text="", protocol=trial.protocol
            )
            verdict = judge(candidate, view)
            refused.update(verdict.codes)
            passed += verdict.accepted
    return refused, passed


@pytest.fixture(scope="module")
def demo() -> list[RegistryTrial]:
    lines = (resources.files("synthetrial") / "data" / "demo" / "trials.jsonl").read_bytes().splitlines()
    return [json_trial(each, "demo/trials.jsonl", Counter()) for each in lines]


def test_demo_trials_pass(demo: list[RegistryTrial], capsys: pytest.CaptureFixture[str]) -> None:
    refused, passed = refusals(demo)
    with capsys.disabled():
        print(f"\ndemo trials that pass all checks: {passed}/{len(demo)}; refused: {dict(refused.most_common())}")
    assert passed >= 0.93 * len(demo)
    assert max(refused.values(), default=0) <= TOLERATED * len(demo)
    assert refused["outcome-leak"] == refused["identity"] == refused["placeholder"] == 0


def test_another_trials_text_under_a_plan_does_not_pass(demo: list[RegistryTrial]) -> None:
    """The counterpart: the same records judged by the plan of the next trial, with themselves in the training split."""
    view = View.build(demo)
    verdicts = [
        judge(Candidate(cell=own_cell(plan.protocol), exemplars=(trial,), text="", protocol=trial.protocol), view)
        for trial, plan in itertools.pairwise(demo[:41])
    ]
    assert not any(each.accepted for each in verdicts)
    counts = Counter(code for each in verdicts for code in each.codes)
    assert min(counts["copy"], counts["design"], counts["complete"]) >= 32


def test_a_changed_drug_is_refused(demo: list[RegistryTrial]) -> None:
    view = View.build([])
    cells = [msgspec.structs.replace(own_cell(each.protocol), drug="quinacrine", names=("quinacrine",)) for each in demo[:40]]
    verdicts = [
        judge(Candidate(cell=cell, exemplars=(), text="", protocol=each.protocol), view)
        for cell, each in zip(cells, demo[:40], strict=True)
    ]
    assert all("intervention" in each.codes for each in verdicts)


@needs_real_data
def test_registry_records_pass_what_does_not_depend_on_being_retold(capsys: pytest.CaptureFixture[str]) -> None:
    """Served records name sites, people and registry numbers and copy one another, so those checks rightly refuse many."""
    files = sorted((DATA / "raw" / "v2_json").glob("*.json"))
    trials = [json_trial(each.read_bytes(), each.name, Counter()) for each in files]
    trials = [each for each in trials if each.protocol.interventions]
    refused, passed = refusals(trials)
    with capsys.disabled():
        print(f"\nserved records that pass all checks: {passed}/{len(trials)}; refused: {dict(refused.most_common())}")
    assert refused["parse"] == 0
    assert max(refused[code] for code in ("intervention", "design", "outcome-leak", "placeholder", "coherence")) <= 0.05 * len(
        trials
    )
