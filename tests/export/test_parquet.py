"""Typed columns: what a query engine asks for is there, and in its own type."""

import datetime as dt
import io

import pyarrow as pa
import pyarrow.parquet as pq
from handed_out import EXEMPLAR, QUOTE, handout, trial
from hypothesis import given, settings

from strategies import PROTOCOLS
from synthetrial.export import parquet
from synthetrial.text import parse, render
from synthetrial.trial import Eligibility, Protocol


def table(*trials, **options):
    return pq.read_table(io.BytesIO(b"".join(parquet.chunks(handout(*trials, **options).trials()))))


def test_columns_have_their_types():
    schema = table(trial()).schema
    assert {each.name: str(each.type) for each in schema if not pa.types.is_nested(each.type)} == {
        "id": "string", "synthetic": "bool", "label": "int8", "title": "string", "drug": "string", "text": "string",
        "weight": "double", "p_label": "double", "rung": "string", "model": "string", "engine": "string", "recipe": "string",
        "prompt_version": "string", "sampling": "string", "seed": "int64", "date": "date32[day]",
    }  # fmt: skip
    assert {each: str(schema.field(each).type.value_type) for each in ("conditions", "phases", "exemplars")} == {
        "conditions": "string", "phases": "string", "exemplars": "string",
    }  # fmt: skip
    assert schema.field("protocol").type.field("eligibility").type.field("healthy_volunteers").type == pa.bool_()


def test_a_row_holds_a_record():
    protocol = Protocol(brief_title="T", conditions=("A", "B"), eligibility=Eligibility(sex="ALL"))
    (row,) = table(trial(protocol)).to_pylist()
    assert (row["id"], row["synthetic"], row["label"], row["title"]) == ("SYN-0000000001", True, 1, "T")
    assert (row["conditions"], row["phases"], row["drug"]) == (["A", "B"], [], "metformin")
    assert (row["weight"], row["p_label"], row["date"]) == (0.5, 0.75, dt.date(2026, 1, 2))
    assert row["protocol"]["eligibility"]["sex"] == "ALL"
    assert row["protocol"]["official_title"] is None
    assert row["reasons"] == [{"factor": "enrolment", "statement": "Accrual was slow.", "evidence": [], "grounded": True}]
    assert row["sampling"] == '{"temperature":1.0}'


def test_exemplars_are_named_only_where_that_is_asked_for():
    hidden, told = str(table(trial()).to_pylist()), str(table(trial(), full=True).to_pylist())
    assert (EXEMPLAR in hidden, QUOTE in hidden) == (False, False)
    assert (EXEMPLAR in told, QUOTE in told) == (True, True)


def test_records_without_a_teacher_have_no_weight():
    (row,) = table(trial(weight=None, p_label=None)).to_pylist()
    assert (row["weight"], row["p_label"]) == (None, None)


@settings(max_examples=50)
@given(protocol=PROTOCOLS)
def test_the_text_is_the_one_rendering_and_the_nested_protocol_says_the_same(protocol):
    (row,) = table(trial(protocol)).to_pylist()
    assert row["text"] == render(protocol)
    assert parse(row["text"]) == protocol
    assert tuple(each["label"] for each in row["protocol"]["arms"]) == tuple(each.label for each in protocol.arms)
    assert row["protocol"]["eligibility"]["criteria"] == protocol.eligibility.criteria


def test_records_are_written_a_row_group_at_a_time(monkeypatch):
    monkeypatch.setattr(parquet, "ROWS", 2)
    chunks = list(parquet.chunks(handout(*(trial(number=each) for each in range(5))).trials()))
    file = pq.ParquetFile(io.BytesIO(b"".join(chunks)))
    assert [file.metadata.row_group(each).num_rows for each in range(file.num_row_groups)] == [2, 2, 1]
    assert len(chunks) == 4
    assert all(chunks)
