"""Finished cells come back to the last digit, under keys that tell every token, label, weight and setting apart."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from synthetrial.evaluate.utility.cells import Cell, Cells, key
from synthetrial.evaluate.utility.finetune import Examples
from synthetrial.evaluate.utility.settings import FineTuning

FEW = FineTuning(tokens=24, epochs=1, rate=5e-4, seeds=(40,))


def test_a_key_tells_every_token_label_weight_and_setting_apart() -> None:
    train = Examples([[1, 2]], np.array([1]), np.array([1.0]))
    keys = {
        key("a", FEW, 40, train, train, [[1]]), key("b", FEW, 40, train, train, [[1]]), key("a", FEW, 41, train, train, [[1]]),
        key("a", msgspec.structs.replace(FEW, rate=1e-5), 40, train, train, [[1]]),
        key("a", FEW, 40, train._replace(tokens=[[1, 3]]), train, [[1]]),
        key("a", FEW, 40, train._replace(labels=np.array([0])), train, [[1]]),
        key("a", FEW, 40, train._replace(weights=np.array([0.5])), train, [[1]]), key("a", FEW, 40, train, train, [[2]]),
    }  # fmt: skip
    assert len(keys) == 8
    assert key("a", FEW, 40, train, train, [[1]]) in keys
    assert key("a", msgspec.structs.replace(FEW, seeds=(1,)), 40, train, train, [[1]]) in keys


def test_cells_come_back_to_the_last_digit(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "cells.jsonl"
    cell = Cell(
        key="k", encoder="e", arm="real", n_real=5, seed=1, epoch=2, losses=(0.1, 1 / 3), valid=(1 / 7,), test=(-2.5, 1e-17)
    )
    Cells(path).keep(cell)
    found = Cells(path).get("k")
    assert found is not None
    assert found.test.tolist() == [-2.5, 1e-17]
    assert (found.valid.tolist(), found.epoch, found.losses) == ([1 / 7], 2, (0.1, 1 / 3))
    assert Cells(path).get("other") is None
    assert Cells(None).get("k") is None
