"""A log that programs read: every call, verdict and record, and nothing that is secret or long."""

import json

import pytest

from faults_server import serve
from runs import config, make, served
from synthetrial.errors import StoreError
from synthetrial.generate.event_log import event_log


def test_every_line_is_an_object_and_the_sums_are_the_runs(tmp_path):
    path, folder = tmp_path / "logs" / "run.jsonl", tmp_path / "run"
    with serve() as server, event_log(path, folder) as log:
        counts = make(config(n=8), folder, served(server), watch=log)
    lines = [json.loads(each) for each in path.read_text().splitlines()]
    calls = [each for each in lines if each["event"] == "call"]
    assert len(calls) == counts["calls"]
    assert sum(each["prompt_tokens"] for each in calls) == counts["prompt_tokens"]
    assert {each["stage"] for each in calls} >= {"reasons", "write"}
    assert sum(each["event"] == "accepted" for each in lines) == 8
    assert sum(each["event"] == "rejected" for each in lines) == counts["states"].get("rejected", 0)
    assert {each["run"] for each in lines} == {"run"}
    assert all(len(json.dumps(each)) < 500 for each in lines)


def test_without_a_file_nothing_is_written_and_a_file_that_cannot_be_is_said(tmp_path):
    with event_log(None, tmp_path) as log:
        log(None)
    with pytest.raises(StoreError, match="--log-file"), event_log(tmp_path, tmp_path):
        pass
