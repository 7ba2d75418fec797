"""Runs in a line each: how far they are, and with what they are made."""

import pytest

from runs import config, make
from synthetrial.errors import StoreError, SynthetrialError
from synthetrial.generate.limits import LimitError
from synthetrial.run.overview import overview
from synthetrial.run.store import RunStore


def states(folder):
    return {each["name"]: each["state"] for each in overview(folder)}


def test_a_run_goes_from_planned_to_evaluated(tmp_path):
    async def nothing(pipeline):
        raise SynthetrialError

    asked, folder = config(8), tmp_path / "run"
    with pytest.raises(SynthetrialError):
        make(asked, folder, work=nothing)
    assert states(tmp_path) == {"run": "planned"}
    with pytest.raises(LimitError):
        make(config(8, max_tokens=1, concurrency=1), folder)
    assert states(tmp_path) == {"run": "unfinished"}
    make(asked, folder)
    assert states(tmp_path) == {"run": "finished"}
    (folder / "evaluation.json").write_text("{}")
    assert overview(tmp_path) == [
        {"name": "run", "accepted": 8, "wanted": 8, "state": "evaluated", "model": "scripted", "recipe": "grounded"}
    ]


def test_a_run_that_was_never_begun_is_unfinished_and_has_no_model(tmp_path):
    RunStore.open(tmp_path / "empty", create=True).close()
    assert overview(tmp_path) == [
        {"name": "empty", "accepted": 0, "wanted": 0, "state": "unfinished", "model": "", "recipe": ""}
    ]


def test_where_there_is_no_run_there_is_nothing(tmp_path):
    assert overview(tmp_path) == overview(tmp_path / "nowhere") == []


def test_a_run_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "run.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="bad"):
        overview(tmp_path)
