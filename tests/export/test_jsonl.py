"""JSON lines: one shape, which our own reader reads back."""

from collections import Counter

import msgspec
from handed_out import EXEMPLAR, QUOTE, handout, trial
from hypothesis import given

from strategies import PROTOCOLS
from synthetrial.corpus.readers.documents import json_trial
from synthetrial.export.jsonl import lines
from synthetrial.trial import Label


def line(*trials, **options):
    (found,) = lines(handout(*trials, **options))
    return found


def test_a_line_has_the_shape_that_is_promised():
    found = msgspec.json.decode(line(trial()))
    assert list(found) == ["id", "synthetic", "label", "protocol", "reasons", "provenance"]
    assert (found["id"], found["synthetic"], found["label"]) == ("SYN-0000000001", True, 1)
    assert found["protocol"] == {"brief_title": "Metformin in adults", "conditions": ["Diabetes", "Obesity"]}
    assert found["reasons"] == [{"factor": "enrolment", "statement": "Accrual was slow.", "grounded": True}]
    made = found["provenance"]
    assert (made["plan"], made["model"], made["weight"]) == ({"drug": "metformin"}, "scripted", 0.5)
    assert all(len(each) == 16 for each in made["exemplars"])


def test_the_full_provenance_has_ids_and_quotes():
    found = msgspec.json.decode(line(trial(), full=True))
    assert found["provenance"]["exemplars"] == [EXEMPLAR]
    assert found["reasons"][0]["evidence"][0]["quote"] == QUOTE


@given(protocol=PROTOCOLS)
def test_what_was_written_reads_back_to_an_equal_protocol(protocol):
    back = json_trial(line(trial(protocol, label=0)), "set.jsonl", Counter())
    assert back.protocol == protocol
    assert back.synthetic
    assert back.label == Label(value=0, rule="plan")
