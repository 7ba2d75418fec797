"""What a plan takes from the trials that seed it."""

from __future__ import annotations

import numpy as np
import pytest

import runs
from synthetrial.errors import UsageError
from synthetrial.generate.planner import make_plan
from synthetrial.retrieve import index
from synthetrial.retrieve.pool import Pool
from synthetrial.trial import Arm, Intervention, Label, Protocol, RegistryTrial, Source


def pool(*named: tuple[str, ...], arms: tuple[Arm, ...] = ()) -> Pool:
    """Trials of these interventions, one fold, all of label 1."""
    trials = [
        RegistryTrial(
            trial_id=f"NCT{number:08}",
            protocol=Protocol(
                brief_title=f"Trial {number} of {' and '.join(names)}",
                conditions=("Stroke",),
                interventions=tuple(Intervention(name=each, type="BEHAVIORAL") for each in names),
                arms=arms,
            ),
            source=Source(format="v2-json", file="f"),
            label=Label(value=1, rule="r"),
        )
        for number, names in enumerate(named)
    ]
    return Pool(index.of_trials(trials), np.zeros(len(trials), dtype=np.int8))


def asked(seeds: str, n: int = 4):
    recipe = runs.recipe(plan={"seeds": seeds, "samples_per_prompt": 1}, retrieve={"k": 1}, reason={"mode": "none"})
    return runs.config(n, recipe=recipe, label=1)


def test_trials_without_a_known_drug_seed_cells_only_where_any_may() -> None:
    trials = pool(("Placebo", "Talking Therapy"), ("Metformin",))
    assert {each.drug for each in make_plan(trials, asked("drug"))} == {"metformin"}
    planned = list(make_plan(trials, asked("any")))
    assert {each.drug for each in planned} == {"metformin", "talking therapy"}
    talking = next(each for each in planned if each.drug == "talking therapy")
    assert talking.design.interventions[0] == ("BEHAVIORAL", "Talking Therapy")


def test_a_corpus_without_drugs_says_that_no_trial_names_one() -> None:
    with pytest.raises(UsageError, match="no trial names a known drug"):
        list(make_plan(pool(("Talking Therapy",), ("Walking",)), asked("drug")))


@pytest.mark.parametrize(
    ("arms", "there"),
    [
        ((), True),
        ((Arm(label="A", type="EXPERIMENTAL"), Arm(label="B", type="PLACEBO_COMPARATOR")), True),
        ((Arm(label="A", type="EXPERIMENTAL"), Arm(label="B", type="ACTIVE_COMPARATOR")), False),
    ],
)
def test_a_placebo_is_planned_where_an_arm_has_it_or_no_arm_is_known(arms: tuple[Arm, ...], there: bool) -> None:
    (cell,) = make_plan(pool(("Metformin", "Placebo"), arms=arms), asked("drug", 1))
    assert ("Placebo" in [name for _, name in cell.design.interventions]) is there
