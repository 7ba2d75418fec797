"""The real records beside the project: all are read, render and parse back, and say the same in every format."""

import importlib.util
import json
from collections import Counter
from pathlib import Path

import pytest

from realdata import DATA, needs_real_data
from synthetrial.corpus.readers import Reject, read_source
from synthetrial.text import parse, render

pytestmark = needs_real_data

CONVERTER = Path(__file__).parents[2] / "benchmarks" / "registry_jsonl.py"


def read(*parts):
    warnings = Counter()
    found = list(read_source(DATA.joinpath(*parts), warnings=warnings))
    trials = {}
    for each in found:
        if not isinstance(each, Reject):
            trials.setdefault(each.trial_id, []).append(each)
    # of several versions of a record the newest counts, else the first, as in a corpus
    newest = {key: max(versions, key=lambda each: each.source.version_date or "") for key, versions in trials.items()}
    return newest, [each for each in found if isinstance(each, Reject)], warnings


@pytest.fixture(scope="module")
def v2():
    return read("raw", "v2_json")


@pytest.fixture(scope="module")
def xml():
    return read("raw", "legacy_xml")


@pytest.fixture(scope="module")
def aact():
    return read("raw", "aact")


def inverse(trials):
    return [each.trial_id for each in trials if parse(render(each.protocol)) != each.protocol]


def test_every_v2_record_is_read(v2):
    trials, rejects, warnings = v2
    assert (len(trials), rejects, warnings) == (156, [], Counter())
    assert inverse(trials.values()) == []


def test_every_xml_record_is_read_but_the_feed(xml):
    trials, rejects, warnings = xml
    assert len(trials) == 134  # in 136 files
    assert [each.source.rpartition("/")[2] for each in rejects] == ["covid_search.xml"]  # an RSS feed of search results
    assert not warnings
    assert inverse(trials.values()) == []


def test_every_aact_trial_is_read(aact):
    trials, rejects, warnings = aact
    assert (len(trials), rejects) == (1861, [])
    # the sample has no such tables, and one study type that no vocabulary holds
    assert warnings == {
        "aact: no table 'intervention_other_names'": 1,
        "aact: no table 'design_group_interventions'": 1,
        "study_type: 'N/A'": 1,
    }
    assert inverse(trials.values()) == []


@pytest.mark.parametrize(("file", "count"), [("phase_I_test", 627), ("phase_II_valid", 446), ("phase_III_valid", 344)])
def test_every_top_row_is_read(file, count):
    trials, rejects, warnings = read("top", f"{file}.csv.gz")
    assert (len(trials), rejects, warnings) == (count, [], Counter())
    assert all(each.label is not None for each in trials.values())
    assert inverse(trials.values()) == []


def test_every_demo_record_is_read():
    trials, rejects, warnings = read("demo", "trials.jsonl")
    assert (len(trials), rejects, warnings) == (200, [], Counter())
    assert inverse(trials.values()) == []


def sample(*asked):
    """The registry sample's trials, and what was counted."""
    spec = importlib.util.spec_from_file_location("registry_jsonl", CONVERTER)
    converter = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(converter)
    counts = Counter()
    return list(converter.trials(DATA / "registry" / "records.jsonl.gz", *asked, counts)), counts


def test_records_of_the_registry_sample_render_and_parse():
    trials, _ = sample({"ctrialsgov_aact_join"}, True)
    assert len(trials) == 6_088
    assert all(each.outcome.overall_status and each.source.format == "ctrialsgov_aact_join" for each in trials)
    assert inverse(trials[::3]) == []


@pytest.mark.soak
def test_every_record_of_the_registry_sample_renders_and_parses():
    trials, counts = sample(set(), False)
    assert len(trials) == 16_850
    assert counts == {"study_type: 'N/A'": 1}
    assert inverse(trials) == []


# --- the same trial in two formats


def fields(trial):
    """All that a trial says, by field, but what no AACT sample table holds: other names and arm-intervention links."""
    protocol, eligibility, outcome = trial.protocol, trial.protocol.eligibility, trial.outcome
    plain = [name for name in protocol.__struct_fields__ if name not in ("arms", "interventions", "eligibility")]
    return (
        {name: getattr(protocol, name) for name in plain}
        | {"arms": [(each.label, each.type, each.description) for each in protocol.arms]}
        | {"interventions": [(each.type, each.name, each.description) for each in protocol.interventions]}
        | {f"eligibility.{name}": getattr(eligibility, name) for name in eligibility.__struct_fields__}
        | {f"outcome.{name}": getattr(outcome, name) for name in outcome.__struct_fields__}
        | {name: getattr(trial, name) for name in ("start_date", "condition_mesh", "intervention_mesh")}
    )


def differences(one, other):
    """(id, field) where both hold a value and they differ, and counts of the fields that only one of them holds."""
    differ, lacking = set(), Counter()
    for trial_id in one.keys() & other.keys():
        first, second = fields(one[trial_id]), fields(other[trial_id])
        for name in first:
            if first[name] != second[name]:
                empty = [each in (None, (), []) for each in (first[name], second[name])]
                if any(empty):
                    lacking["one" if empty[0] else "other", name] += 1
                else:
                    differ.add((trial_id, name))
    return differ, lacking


def test_v2_and_aact_say_the_same(v2, aact):
    assert len(v2[0].keys() & aact[0].keys()) == 156
    differ, lacking = differences(v2[0], aact[0])
    # a bar in the text, which a pipe-delimited file without quotes cannot hold, stands as a slash in the sample
    assert differ == {("NCT06174922", "detailed_description")}
    # the sample has neither the type of enrolment nor dates of results
    assert lacking == {("other", "outcome.enrollment_actual"): 153, ("other", "outcome.has_results"): 156}


def test_xml_and_aact_say_the_same(xml, aact):
    assert len(xml[0].keys() & aact[0].keys()) == 131
    differ, lacking = differences(xml[0], aact[0])
    # a product's name with a tilde in it, which stands for a newline in the sample
    assert differ == {("NCT00500565", "brief_summary")}
    assert lacking == {
        # the design of old records is one line of XML, which the sample did not take apart
        ("other", "allocation"): 5,
        ("other", "intervention_model"): 5,
        ("other", "primary_purpose"): 5,
        ("other", "masking"): 5,
        ("other", "outcome.enrollment_actual"): 126,
        ("other", "outcome.has_results"): 131,
        # the sample took these from later versions of the records
        ("one", "outcome.why_stopped"): 3,
        ("one", "outcome.completion_date"): 2,
    }


def test_v2_arm_links_name_interventions_of_the_trial(v2):
    linked = missing = 0
    for each in v2[0].values():
        names = {i.name for i in each.protocol.interventions}
        for arm in each.protocol.arms:
            linked += len(arm.intervention_names)
            missing += sum(name not in names for name in arm.intervention_names)
    assert linked > 400
    assert missing == 0


def test_outcome_and_dates_are_filled_from_v2(v2):
    raw = json.loads((DATA / "raw" / "v2_json" / "NCT00084097.json").read_text())["protocolSection"]["statusModule"]
    trial = v2[0]["NCT00084097"]
    assert trial.start_date == raw["startDateStruct"]["date"]
    assert trial.outcome.overall_status == raw["overallStatus"]
    assert trial.source.version_date == raw["lastUpdatePostDateStruct"]["date"]
    assert sum(each.outcome.why_stopped is not None for each in v2[0].values()) == 14
    assert sum(bool(each.outcome.has_results) for each in v2[0].values()) == 5
