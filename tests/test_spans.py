"""OpenTelemetry: spans where a user set it up, nothing else, and no text in them."""

import subprocess
import sys
from collections import Counter

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import runs
from synthetrial import spans


@pytest.fixture
def exported(monkeypatch):
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(spans, "_tracer", lambda: provider.get_tracer("test"))  # a provider can be set once in a process
    return exporter


def test_a_run_is_a_tree_of_cells_calls_and_checks(exported, tmp_path):
    counts = runs.make(runs.config(6, concurrency=3), tmp_path)
    found = exported.get_finished_spans()
    names = Counter(each.name for each in found)
    assert names["synthetrial.generate"] == 1
    assert names["synthetrial.cell"] == 6
    assert names["chat scripted"] == counts["calls"]
    assert names["synthetrial.check"] == counts["candidates"]
    by_id = {each.context.span_id: each.name for each in found}
    parents = {(each.name, by_id.get(each.parent.span_id) if each.parent else None) for each in found}
    assert parents == {
        ("synthetrial.generate", None), ("synthetrial.cell", "synthetrial.generate"),
        ("chat scripted", "synthetrial.cell"), ("synthetrial.check", "synthetrial.cell"),
    }  # fmt: skip
    tokens = sum(each.attributes["gen_ai.usage.output_tokens"] for each in found if each.name == "chat scripted")
    assert tokens == counts["completion_tokens"]
    assert all(len(str(value)) < 40 for each in found for value in each.attributes.values())  # no prompt, no answer


def test_without_a_provider_nothing_is_recorded_and_without_the_package_nothing_is_imported(tmp_path):
    with spans.span("x", a=1) as note:
        note("b", 2)
    code = (
        "import sys, importlib.util as u\n"
        "found = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'opentelemetry' else found(name, *rest)\n"
        "from synthetrial.spans import span\n"
        "with span('x') as note: note('a', 1)\n"
        "assert not any(each.startswith('opentelemetry') for each in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
