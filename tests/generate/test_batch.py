"""A run through batch files: rounds of export and import end in exactly N records, the same as a run with calls gives."""

from __future__ import annotations

import json

import pytest

from batch_service import answered
from faults_server import serve
from runs import accepted, config, make, served, stored
from synthetrial.errors import ModelError, UsageError
from synthetrial.generate.batch import export_batch, import_batch
from synthetrial.llm.batch import URL
from synthetrial.llm.openai_wire import SEEDS

ASKED = {"n": 12, "model": "small"}


@pytest.fixture
def asked():
    return config(**ASKED)


def rounds(asked, folder, tmp_path, most=9, **options):
    """Export and import until nothing is open; how many requests each round had."""
    counts = []
    while len(counts) < most:
        exported = export_batch(asked, folder, tmp_path / "batch.jsonl", **options)
        if not exported.requests:
            return counts
        counts.append(exported.requests)
        imported = import_batch(asked, folder, [answered(each) for each in exported.files])
        assert imported.answers == exported.requests
        assert (imported.foreign, imported.failed) == (0, ())
    raise AssertionError(f"not filled after {counts}")


def test_rounds_fill_a_run_to_exactly_n(asked, tmp_path):
    counts = rounds(asked, tmp_path / "run", tmp_path)
    assert counts[:2] == [12, 12]  # the reasons of every cell, then its record
    assert stored(tmp_path / "run") == 12
    assert len({text for _, text, _ in accepted(tmp_path / "run")}) == 12


def test_the_records_are_those_that_calls_give(asked, tmp_path):
    rounds(asked, tmp_path / "batch", tmp_path)
    with serve() as server:
        make(asked, tmp_path / "calls", served(server))
    assert accepted(tmp_path / "batch") == accepted(tmp_path / "calls")


def test_a_line_is_what_the_api_takes(asked, tmp_path):
    exported = export_batch(asked, tmp_path / "run", tmp_path / "batch.jsonl")
    rows = [json.loads(each) for each in exported.files[0].read_text().splitlines()]
    assert {each["method"] for each in rows} == {"POST"}
    assert {each["url"] for each in rows} == {URL}
    assert len({each["custom_id"] for each in rows}) == 12
    assert all(len(each["custom_id"]) <= 64 for each in rows)
    body = rows[0]["body"]
    assert body["model"] == "small"
    assert body["response_format"]["type"] == "json_schema"
    assert "max_completion_tokens" in body
    assert 0 <= body["seed"] < SEEDS


def test_many_requests_go_to_several_files(asked, tmp_path):
    exported = export_batch(asked, tmp_path / "run", tmp_path / "batch.jsonl", most=5)
    assert [each.name for each in exported.files] == ["batch.jsonl", "batch-2.jsonl", "batch-3.jsonl"]
    assert [len(each.read_bytes().splitlines()) for each in exported.files] == [5, 5, 2]


def test_failed_lines_stay_open_and_foreign_ones_are_counted(asked, tmp_path):
    exported = export_batch(asked, tmp_path / "run", tmp_path / "batch.jsonl")
    path = answered(exported.files[0])
    rows = path.read_text().splitlines()
    broken = json.loads(rows[0]) | {"response": None, "error": {"message": "expired"}}
    refused = json.loads(rows[1])
    refused["response"] = {"status_code": 400, "body": {"error": {"message": "too long"}}}
    foreign = json.loads(rows[2]) | {"custom_id": "someone-elses"}
    path.write_text("\n".join([json.dumps(broken), json.dumps(refused), json.dumps(foreign), *rows[2:]]))
    imported = import_batch(asked, tmp_path / "run", [path])
    assert imported.answers == 10
    assert [each.split(": ", 1)[1] for each in imported.failed] == ["expired", "HTTP 400: too long"]
    assert imported.foreign == 1
    assert imported.open == 12  # two reasons again, ten records
    assert export_batch(asked, tmp_path / "run", tmp_path / "batch.jsonl").requests == 12


def test_a_batch_costs_half(tmp_path):
    prices = tmp_path / "prices.toml"
    prices.write_text("[models.small]\nprompt = 1.0\ncompletion = 4.0\n")
    asked = config(**ASKED, prices=str(prices))
    rounds(asked, tmp_path / "run", tmp_path)
    counts = stored(tmp_path / "run", "counts")
    assert counts["cost"] == pytest.approx((counts["prompt_tokens"] + 4 * counts["completion_tokens"]) / 2e6)


def test_a_run_begun_with_a_batch_goes_on_with_calls(asked, tmp_path):
    exported = export_batch(asked, tmp_path / "run", tmp_path / "batch.jsonl")
    import_batch(asked, tmp_path / "run", [answered(exported.files[0])])
    with serve() as server:
        make(asked, tmp_path / "run", served(server))
        assert not [each for each in server.requests if each.done != "answered"]
        calls = server.count
    assert stored(tmp_path / "run") == 12
    assert stored(tmp_path / "run", "counts")["calls"] == calls + 12  # the reasons were there


def test_other_files_and_models_are_refused_in_one_line(asked, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<html></html>")
    export_batch(asked, tmp_path / "run", tmp_path / "batch.jsonl")
    with pytest.raises(ModelError, match=r"page\.html, line 1: .*output file of a batch"):
        import_batch(asked, tmp_path / "run", [page])
    with pytest.raises(ModelError, match="cannot be read"):
        import_batch(asked, tmp_path / "run", [tmp_path / "none.jsonl"])
    with pytest.raises(UsageError, match="hosted models"):
        export_batch(config(n=2), tmp_path / "other", tmp_path / "b.jsonl")
