"""Leak probes fire on what is planted and keep still on what is not."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import standins

from synthetrial.evaluate.leaks.features import PROBES
from synthetrial.evaluate.leaks.probes import folds_of, leak_probes
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError
from synthetrial.trial import Protocol, SyntheticTrial


def probes(records: list[SyntheticTrial], **changes: object) -> MetricResult:
    return leak_probes(standins.inputs(records, **changes), np.random.default_rng(0))


def planted(change: str) -> list[SyntheticTrial]:
    def leak(each: SyntheticTrial) -> Protocol:
        p = each.protocol
        if not each.label:
            return p
        if change == "length":
            return msgspec.structs.replace(p, brief_summary=" ".join(["word"] * 900))
        if change == "missing":
            return msgspec.structs.replace(p, brief_summary=None)
        if change == "status":
            return msgspec.structs.replace(p, official_title="A trial that was terminated early")
        if change == "sponsor":
            return msgspec.structs.replace(p, lead_sponsor_class="NIH")
        return msgspec.structs.replace(p, phases=("PHASE4",))

    return standins.changed(standins.copies(), leak)


@pytest.mark.parametrize(
    ("change", "probe"),
    [
        ("length", "text length"),
        ("missing", "missing fields"),
        ("status", "status words"),
        ("sponsor", "sponsor class"),
        ("phase", "phase"),
    ],
)
def test_a_planted_leak_fires_its_probe(change: str, probe: str) -> None:
    result = probes(planted(change))
    assert probe in result.details["fires"]  # type: ignore[operator]  # details hold JSON values
    assert result.value > 0.9
    assert result.reference is not None
    assert result.reference < 0.65


def test_ids_that_follow_the_label_fire() -> None:
    records = [
        msgspec.structs.replace(each, id=f"SYN-{each.label}{number:09d}") for number, each in enumerate(standins.copies())
    ]
    assert probes(records).details["fires"] == ["ids"]


def test_real_trials_of_the_demo_corpus_fire_nothing() -> None:
    result = probes(standins.held_out())
    assert result.details["fires"] == []
    assert result.details["fires_on_real"] == []


def test_source_and_start_year_are_read_on_real_trials_only() -> None:
    train = tuple(
        msgspec.structs.replace(each, start_date="2001" if standins.label(each) else None) for each in standins.sides()[0]
    )
    result = probes(standins.copies(), train=train)
    assert "start year" in result.details["fires_on_real"]  # type: ignore[operator]  # details hold JSON values
    table = {each["probe"]: each for each in result.details["probes"]}  # type: ignore[attr-defined]  # likewise
    assert list(table) == [each.name for each in PROBES]
    assert table["start year"]["synthetic"] is None
    assert table["source"]["real"]["constant"] is True


def test_one_label_only_cannot_be_probed() -> None:
    records = [msgspec.structs.replace(each, label=1) for each in standins.copies(10)]
    with pytest.raises(UnmeasurableError, match="10 of 10 records are labelled success"):
        probes(records)


def test_without_labelled_real_trials_synthetic_ones_are_probed_still() -> None:
    bare = tuple(msgspec.structs.replace(each, label=None) for each in standins.sides()[0])
    result = probes(planted("phase"), train=bare, valid=(), test=())
    assert result.reference is None
    assert result.details["fires"] == ["phase"]


def twins(seed: int) -> list[SyntheticTrial]:
    """Two records from each plan, alike in length and design, each cell with one label drawn at random."""
    rng = np.random.default_rng(seed)
    made = []
    for cell, each in enumerate(standins.copies(60)):
        label = int(rng.integers(2))
        # what a plan gives to both: a length and a phase of its own
        words = " ".join(["word"] * int(np.exp(rng.uniform(1, 6))))
        protocol = msgspec.structs.replace(each.protocol, brief_summary=words, lead_sponsor_class=f"CLASS-{cell % 20}")
        plan = {"drug": f"drug {cell}"}
        for twin in (0, 1):
            provenance = msgspec.structs.replace(each.provenance, cell=cell, plan=plan)
            made.append(
                msgspec.structs.replace(
                    each, id=f"SYN-{2 * cell + twin:010d}", label=label, protocol=protocol, provenance=provenance
                )
            )
    return made


def test_twins_of_one_plan_with_random_labels_fire_nothing() -> None:
    found = [probes(twins(seed)) for seed in range(8)]
    assert sum(bool(each.details["fires"]) for each in found) <= 1
    sponsor = [next(p for p in each.details["probes"] if p["probe"] == "sponsor class") for each in found]  # type: ignore[attr-defined]  # JSON
    assert np.mean([each["synthetic"]["auc"] for each in sponsor]) < 0.6
    assert found[0].details["folds"] == "60 groups, none of them parted"


def test_without_groups_the_twins_are_recognised() -> None:
    """What the folds are for: the same records, drawn singly, fire."""
    alone = [
        msgspec.structs.replace(each, provenance=msgspec.structs.replace(each.provenance, cell=number, plan={}))
        for number, each in enumerate(twins(0))
    ]
    assert "sponsor class" in probes(alone).details["fires"]  # type: ignore[operator]  # details hold JSON values


def test_one_drug_folds_by_cell_and_one_cell_by_record() -> None:
    labels = np.array([1, 0] * 10)
    rng = np.random.default_rng(0)
    cells = [str(number // 2) for number in range(20)]
    by_cell = folds_of(labels, [["aspirin"] * 20, cells], standins.EFFORT, rng)
    assert by_cell.kept == "10 groups, none of them parted"
    for column in by_cell.numbers.T:
        assert all(column[number] == column[number + 1] for number in range(0, 20, 2))
    assert folds_of(labels, [["aspirin"] * 20], standins.EFFORT, rng).kept == "single records: too few groups"
