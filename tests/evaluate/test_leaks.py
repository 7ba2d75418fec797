"""Leak probes fire on what is planted and keep still on what is not."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import standins

from synthetrial.evaluate.leaks.features import PROBES
from synthetrial.evaluate.leaks.probes import leak_probes
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
