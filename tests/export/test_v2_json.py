"""The registry's own shape: read back to equal protocols, and never without its mark."""

import json
from collections import Counter

import msgspec
import pytest
from handed_out import trial
from hypothesis import given
from hypothesis import strategies as st

from strategies import PROTOCOLS
from synthetrial.corpus.readers import Reject, read_source, vocabulary
from synthetrial.corpus.readers.documents import json_trial
from synthetrial.corpus.store import build, load_corpus
from synthetrial.export.formats import export
from synthetrial.export.v2_json import document, study
from synthetrial.generate.run import trials_of
from synthetrial.trial import Arm, Intervention, Label, Protocol

AGES = st.none() | st.sampled_from(("18 Years", "6 Months", "1 Day"))


@st.composite
def registered(draw):
    """Protocols as a registry could hold them: ages are ages, and only interventional trials have a phase "not applicable"."""
    protocol = draw(PROTOCOLS)
    return msgspec.structs.replace(
        protocol,
        phases=vocabulary.interventional(protocol.study_type, protocol.phases),
        eligibility=msgspec.structs.replace(protocol.eligibility, minimum_age=draw(AGES), maximum_age=draw(AGES)),
    )


@given(protocol=registered())
def test_what_was_written_reads_back_to_an_equal_protocol(protocol):
    warnings = Counter()
    back = json_trial(msgspec.json.encode(study(trial(protocol, label=0))), "set.json", warnings)
    assert back.protocol == protocol
    assert back.synthetic
    assert back.label == Label(value=0, rule="plan")
    assert not warnings


def test_an_arm_names_its_interventions_as_the_registry_does_and_in_its_own_order():
    protocol = Protocol(
        brief_title="T",
        interventions=(
            Intervention(name="Metformin", type="DRUG"),
            Intervention(name="Oats", type="DIETARY_SUPPLEMENT"),
            Intervention(name="Drug: x"),
        ),
        arms=(Arm(label="A", intervention_names=("Oats", "Metformin", "Drug: x", "nowhere named")),),
    )
    names = study(trial(protocol))["protocolSection"]["armsInterventionsModule"]["armGroups"][0]["interventionNames"]
    assert names == ["Dietary Supplement: Oats", "Drug: Metformin", "Other: Drug: x", "Other: nowhere named"]
    assert json_trial(msgspec.json.encode(study(trial(protocol))), "a.json", Counter()).protocol == protocol


def test_a_study_says_what_it_is_and_holds_nothing_of_what_became_of_it():
    found = study(trial())
    assert set(found) == {"synthetic", "protocolSection"}
    assert set(found["protocolSection"]) == {"identificationModule", "conditionsModule"}
    assert found["protocolSection"]["identificationModule"] == {
        "nctId": "SYN-0000000001",
        "briefTitle": "[SYNTHETIC] Metformin in adults",
    }
    mark = found["synthetic"]
    assert mark["synthetic"] is True
    assert "Not a registered trial" in mark["statement"]
    assert {each: mark[each] for each in ("label", "drug", "model", "engine", "recipe", "seed", "date")} == {
        "label": 1, "drug": "metformin", "model": "scripted", "engine": "scripted, synthetrial 0.1.0", "recipe": "grounded",
        "seed": 7, "date": "2026-01-02",
    }  # fmt: skip


def test_the_document_is_one_list_of_studies():
    found = json.loads(b"".join(document([trial(number=1), trial(number=2)])))
    assert [each["protocolSection"]["identificationModule"]["nctId"] for each in found["studies"]] == [
        "SYN-0000000001",
        "SYN-0000000002",
    ]


@pytest.mark.parametrize("format", ["v2-json", "jsonl"])
def test_a_corpus_is_built_from_an_export_only_where_synthetic_records_are_allowed(run, tmp_path, format):
    path = export(run, format).path
    refused = list(read_source(path))
    assert len(refused) == 24
    assert all(isinstance(each, Reject) and "--allow-synthetic" in each.reason for each in refused)
    assert build([path], tmp_path / "none").kept == 0
    build([path], tmp_path / "corpus", labels="source", allow_synthetic=True)
    back = {each.trial_id: each for each in load_corpus(tmp_path / "corpus", allow_synthetic=True).trials}
    for each in trials_of(run):
        found = back[each.id]
        assert (found.protocol, found.synthetic, found.label.value) == (each.protocol, True, each.label)
    assert len(back) == 24


def test_a_label_that_is_none_is_refused_with_the_record():
    spoilt = study(trial())
    spoilt["synthetic"]["label"] = "yes"
    with pytest.raises(Exception, match="label yes is neither 0 nor 1"):
        json_trial(msgspec.json.encode(spoilt), "a.json", Counter())
