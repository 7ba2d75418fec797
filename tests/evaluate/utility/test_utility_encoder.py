"""utility-encoder: records that are right gain, turned labels do not, and a study goes on cell by cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import standins
from neural import needs_torch, offline
from worlds import table, world

from synthetrial.errors import UsageError
from synthetrial.evaluate.evaluation import evaluate
from synthetrial.evaluate.inputs import Effort, Inputs
from synthetrial.evaluate.metric import InapplicableError, MetricResult
from synthetrial.evaluate.utility.cells import Cells
from synthetrial.evaluate.utility.settings import EncoderChoice, FineTuning, Step
from synthetrial.evaluate.utility.utility_encoder import utility_encoder
from synthetrial.trial import Label, Protocol, RegistryTrial, Source

FEW = FineTuning(tokens=24, epochs=1, rate=5e-4, seeds=(40,))


def said(label: int, number: int) -> Protocol:
    return Protocol(brief_title=f"{'simple visit' if label else 'rare biopsy'} number {number}")


def misled(kept: Path, *, turned: bool) -> Inputs:
    """Few real trials, labelled the wrong way round, and records with the right labels or with turned ones."""

    def trials(side: str, n: int, wrong: int = 0) -> tuple[RegistryTrial, ...]:
        return tuple(
            RegistryTrial(
                trial_id=f"{side}{i:03}",
                protocol=said((i + wrong) % 2, i),
                source=Source(format="jsonl", file="x"),
                label=Label(value=i % 2, rule="test"),
            )
            for i in range(n)
        )

    settings = FineTuning(tokens=16, epochs=2, rate=1e-3, seeds=(40,))
    return Inputs(
        run="misled", synthetic=tuple(standins.record(i, said(i % 2, i), int(i % 2 != turned), ()) for i in range(48)),
        train=trials("A", 24, wrong=1), valid=trials("B", 12), test=trials("C", 20), folds={}, drugs={},
        effort=Effort(draws=2, resamples=50, repeats=1),
        encoder=EncoderChoice(name="minilm", settings=settings, arms=("synthetic",), sizes=(), kept=kept),
    )  # fmt: skip


@needs_torch
def test_records_that_are_right_gain_and_turned_ones_are_refused_by_validation(tmp_path: Path) -> None:
    right, wrong = (utility_encoder(misled(tmp_path / "finetune.jsonl", turned=each), standins.rng()) for each in (False, True))
    assert right.value > 0.5
    assert table(right)["synthetic", 0]["roc_auc"] > 0.9
    assert wrong.value == 0
    assert table(wrong)["hybrid", 24]["lambda"] == 0
    assert table(wrong)["synthetic", 0]["roc_auc"] < 0.1


def tuned_world(kept: Path | None, steps: list[Step] | None = None) -> Inputs:
    whole = world()
    choice = EncoderChoice(
        name="minilm", settings=FEW, arms=("synthetic", "teacher"), sizes=(), kept=kept,
        watch=None if steps is None else steps.append,
    )  # fmt: skip
    few = {"train": whole.train[:40], "valid": whole.valid[:16], "test": whole.test[:16], "synthetic": whole.synthetic[:16]}
    return msgspec.structs.replace(whole, encoder=choice, effort=Effort(draws=2, resamples=50, repeats=1), **few)


@needs_torch
def test_the_study_has_its_arms_and_goes_on_from_finished_cells(tmp_path: Path) -> None:
    kept = tmp_path / "finetune.jsonl"
    first: list[Step] = []
    result: MetricResult = utility_encoder(tuned_world(kept, first), np.random.default_rng(0))
    rows = table(result)
    assert set(rows) == {
        ("prior", 0), ("synthetic", 0), ("teacher", 0), ("real", 40), ("hybrid", 40), ("teacher", 40),
    }  # fmt: skip
    assert rows["hybrid", 40]["lambda"] in (0.0, 1.0)
    assert result.details["draws"] == 1
    assert "minilm fine-tuned, 1 epochs" in str(result.details["classifier"])
    missing: Any = result.details["missing_arms"]
    assert missing["duplicated-exemplar+weight"]
    assert {(each.cell, each.cells) for each in first} == {(cell, 3) for cell in range(1, 4)}
    lines = kept.read_bytes().splitlines()
    assert len(lines) == 3
    kept.write_bytes(b"\n".join([*lines[:2], lines[2][:50]]))  # killed in the middle of a line
    second: list[Step] = []
    again = utility_encoder(tuned_world(kept, second), np.random.default_rng(0))
    assert {each.cell for each in second} == {3}
    assert again == result
    assert len(Cells(kept)._known) == 3


def test_without_an_encoder_it_is_no_failure_and_an_unknown_arm_is() -> None:
    with pytest.raises(InapplicableError, match="--encoder"):
        utility_encoder(world(), np.random.default_rng(0))
    with pytest.raises(UsageError, match="no utility arm 'beauty'"):
        EncoderChoice(arms=("beauty",))


@needs_torch
def test_an_encoder_that_cannot_be_had_leaves_the_other_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    offline(monkeypatch)
    inputs = msgspec.structs.replace(world(), encoder=EncoderChoice(name="nobody/has-this-encoder"))
    found = evaluate(inputs, only=["schema-validity", "utility-encoder"])
    assert list(found.metrics) == ["schema-validity"]
    assert found.failed == ("utility-encoder",)
