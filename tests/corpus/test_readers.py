"""Every format gives the same trial, and says the same of it; what is not known is left out and counted."""

import gzip
import json
import zipfile
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import PROTOCOLS
from synthetrial.corpus.readers import Reject, aact_tables, read_source
from synthetrial.corpus.readers import vocabulary as words
from synthetrial.corpus.readers.documents import json_trial
from synthetrial.corpus.readers.own_jsonl import encode
from synthetrial.errors import CorpusError
from synthetrial.text import parse, render
from synthetrial.trial import Arm, Intervention, Label, Outcome, OutcomeMeasure, RegistryTrial, Source

FIXTURES = Path(__file__).parent / "fixtures"
FIELDS = ("trial_id", "protocol", "outcome", "start_date", "condition_mesh", "intervention_mesh")


def trials(path, **options):
    found = list(read_source(path, **options))
    assert not [each for each in found if isinstance(each, Reject)]
    return found


def one(path, **options):
    (trial,) = trials(path, **options)
    return trial


def said(trial):
    return {name: getattr(trial, name) for name in FIELDS}


@pytest.mark.parametrize("name", ["interventional", "observational"])
def test_v2_and_xml_of_a_trial_give_the_same_protocol(name):
    v2, xml = one(FIXTURES / f"{name}.json"), one(FIXTURES / f"{name}.xml")
    assert v2.protocol == xml.protocol
    assert v2.start_date == xml.start_date
    assert (v2.source.format, xml.source.format) == ("v2-json", "xml")


def test_v2_xml_and_aact_agree_on_all_that_they_say():
    v2, xml = one(FIXTURES / "interventional.json"), one(FIXTURES / "interventional.xml")
    aact = trials(FIXTURES / "aact_quoted")[0]
    assert said(v2) == said(xml)
    assert said(v2) | {"outcome": None} == said(aact) | {"outcome": None}
    # the dump has no date of results, so it cannot say that there are none
    assert aact.outcome == msgspec.structs.replace(v2.outcome, has_results=None)
    assert v2.source.version_date == xml.source.version_date == aact.source.version_date == "2018-02-03"


def test_a_trial_is_read_field_by_field():
    trial = one(FIXTURES / "interventional.json")
    assert trial.protocol.phases == ("PHASE2", "PHASE3")
    assert trial.protocol.masking == "DOUBLE"
    assert trial.protocol.arms == (
        Arm(
            label="Tablet and walk",
            type="EXPERIMENTAL",
            description="Both of them.",
            intervention_names=("Metformin", "Evening walk"),
        ),
        Arm(label="Tablet", type="ACTIVE_COMPARATOR", intervention_names=("Metformin",)),
    )
    assert trial.protocol.interventions[0] == Intervention(
        name="Metformin", type="DRUG", description="500 mg in the morning", other_names=("Glucophage", "Dimethylbiguanide")
    )
    assert trial.protocol.secondary_outcomes == (
        OutcomeMeasure(measure="Body weight", time_frame="6 months"), OutcomeMeasure(measure="Steps a day"),
    )  # fmt: skip
    assert trial.protocol.eligibility.maximum_age is None
    assert trial.protocol.eligibility.healthy_volunteers is False
    assert trial.protocol.lead_sponsor_class == "INDUSTRY"
    assert trial.outcome == Outcome(
        overall_status="TERMINATED",
        why_stopped="Too few people joined",
        enrollment=61,
        enrollment_actual=True,
        primary_completion_date="2016-11-30",
        completion_date="2017-01",
        has_results=False,
    )
    assert trial.condition_mesh == ("Diabetes Mellitus, Type 2",)


def test_observational_trials_have_no_phase_and_their_groups_no_type():
    trial = one(FIXTURES / "observational.xml")
    assert trial.protocol.phases == ()
    assert [each.type for each in trial.protocol.arms] == [None, None]
    assert trial.outcome.enrollment_actual is False
    assert trial.protocol.eligibility.healthy_volunteers is True


def test_the_old_one_line_study_design_is_read(tmp_path):
    text = (FIXTURES / "interventional.xml").read_text()
    start, end = text.index("<study_design_info>"), text.index("</study_design_info>") + len("</study_design_info>")
    old = (
        "<study_design>Allocation:  Randomized, Endpoint Classification:  Safety Study, Intervention Model:  Crossover"
        " Assignment, Masking:  Double Blind (Subject, Caregiver, Investigator), Primary Purpose:  Treatment</study_design>"
    )
    file = tmp_path / "old.xml"
    file.write_text(text[:start] + old + text[end:])
    protocol = one(file).protocol
    assert (protocol.allocation, protocol.intervention_model, protocol.primary_purpose) == (
        "RANDOMIZED", "CROSSOVER", "TREATMENT",
    )  # fmt: skip
    assert protocol.masking == "TRIPLE"


def test_both_dialects_of_aact_are_told_apart():
    quoted, plain = trials(FIXTURES / "aact_quoted"), trials(FIXTURES / "aact_plain")
    assert said(quoted[0]) == said(plain[0])
    assert quoted[1].protocol.brief_title == 'A 2nd, "quoted" trial | with a bar'
    assert quoted[1].protocol.brief_summary == 'He said "~5 ml".\nThen | he left.'
    assert plain[1].protocol.brief_title == '"Small" dogs and a second "quoted" trial'
    assert plain[1].protocol.brief_summary == (
        'About ~5 ml of "water" (~ 6 g) at a score of 0~2.\nThen they left at 7.\n- The end.'
    )


@pytest.mark.parametrize(
    ("plain", "text"),
    [
        ("one~two", "one\ntwo"),
        ("a~~b", "a\n\nb"),
        (r"in \~5 ml", r"in \~5 ml"),
        ("about ~5 ml", "about ~5 ml"),
        ("(~ 6 g)", "(~ 6 g)"),
        ("ECOG 0~2, age", "ECOG 0~2, age"),
        ("score (0~100) of", "score (0~100) of"),
        ("on day 1~2. Next", "on day 1\n2. Next"),
        ("visit 4~Next", "visit 4\nNext"),
        ("end. ~- item", "end. \n- item"),
    ],
)
def test_tildes_of_plain_dumps(plain, text):
    assert aact_tables.newlines(plain) == text


def test_large_dumps_are_dealt_to_disk_and_give_the_same_trials(monkeypatch):
    whole = trials(FIXTURES / "aact_quoted")
    monkeypatch.setattr(aact_tables, "IN_MEMORY", 100)
    assert sorted(trials(FIXTURES / "aact_quoted"), key=lambda each: each.trial_id) == whole


def test_missing_tables_are_counted_and_only_their_fields_are_lost(tmp_path):
    for name in ("studies", "conditions"):
        (tmp_path / f"{name}.txt").write_bytes((FIXTURES / "aact_quoted" / f"{name}.txt").read_bytes())
    warnings = Counter()
    first, _ = read_source(tmp_path, warnings=warnings)
    assert first.protocol.conditions == ("Type 2 Diabetes", "Prediabetes")
    assert first.protocol.arms == ()
    assert warnings["aact: no table 'design_groups'"] == 1


def test_aact_says_that_there_are_no_results_where_it_dates_results(tmp_path):
    (tmp_path / "studies.txt").write_text(
        "nct_id|brief_title|results_first_posted_date\nNCT90000001|A|2020-01-01\nNCT90000002|B|\n"
    )
    assert [each.outcome.has_results for each in trials(tmp_path)] == [True, False]


def test_top_rows_become_trials_with_their_label_and_a_made_title():
    first, second, reject = read_source(FIXTURES / "top.csv")
    assert first.protocol.brief_title == "Metformin, aspirin in migraine, aura"
    assert first.protocol.phases == ("PHASE1", "PHASE2")
    assert first.protocol.eligibility.criteria == "Inclusion Criteria:\n- Migraine for a year\nExclusion Criteria:\n- Ulcer"
    assert first.label == Label(value=1, rule="top")
    assert second.outcome == Outcome(overall_status="TERMINATED", why_stopped="nobody came")
    assert (reject.record, reject.reason) == ("NCT90000005", "column 'diseases' is not a list of names: 'not a list'")


# --- containers


def study(number, **more):
    record = json.loads((FIXTURES / "observational.json").read_text())
    record["protocolSection"]["identificationModule"]["nctId"] = f"NCT{number:08}"
    return record | more


@pytest.fixture
def studies():
    return [study(number) for number in (1, 2, 3)]


IDS = ["NCT00000001", "NCT00000002", "NCT00000003"]


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("list.json", lambda each: json.dumps(each)),
        ("pretty.json", lambda each: json.dumps(each, indent=2)),
        ("page.json", lambda each: json.dumps({"studies": each, "nextPageToken": "x"})),
        ("pretty-page.json", lambda each: json.dumps({"totalCount": 3, "studies": each}, indent=1)),
        ("lines.jsonl", lambda each: "\n".join(map(json.dumps, each)) + "\n\n"),
        ("lines-by-another-name.txt", lambda each: "\ufeff" + "\n".join(map(json.dumps, each))),
        ("pages.jsonl", lambda each: json.dumps({"studies": each[:2]}) + "\n" + json.dumps(each[2:])),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_json_in_all_its_arrangements(tmp_path, studies, name, write, zipped):
    data = write(studies).encode()
    file = tmp_path / (name + ".gz" * zipped)
    file.write_bytes(gzip.compress(data) if zipped else data)
    assert [each.trial_id for each in trials(file)] == IDS
    assert {each.source.file for each in trials(file)} == {file.name}


def test_folders_and_zips_hold_any_mix(tmp_path, studies):
    folder = tmp_path / "mix"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "b.json").write_text(json.dumps(studies[0]))
    (folder / "a.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, studies[1:])).encode()))
    (folder / "c.xml").write_bytes((FIXTURES / "interventional.xml").read_bytes())
    (folder / ".hidden").write_text("not looked at")
    (folder / "tables").mkdir()
    for table in (FIXTURES / "aact_quoted").iterdir():
        (folder / "tables" / (table.name + ".gz")).write_bytes(gzip.compress(table.read_bytes()))
    found = trials(folder)
    assert sorted(each.trial_id for each in found) == sorted([*IDS, "NCT90000001", "NCT90000001", "NCT90000006"])
    archive = tmp_path / "mix.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for each in folder.rglob("*"):
            out.write(each, each.relative_to(folder).as_posix())
    again = trials(archive)
    assert sorted(map(str, map(said, found))) == sorted(map(str, map(said, again)))
    assert {each.source.file for each in again} >= {"mix.zip/deep/b.json", "mix.zip/c.xml", "mix.zip"}


def test_a_zip_of_aact_tables(tmp_path):
    archive = tmp_path / "aact.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for table in (FIXTURES / "aact_plain").iterdir():
            out.write(table, f"dump/{table.name}")
    assert list(map(said, trials(archive))) == list(map(said, trials(FIXTURES / "aact_plain")))


def test_large_files_are_streamed(tmp_path):
    file = tmp_path / "large.jsonl.gz"
    lines = b"".join(json.dumps(study(number)).encode() + b"\n" for number in range(3000))
    assert len(lines) > 2_000_000
    file.write_bytes(gzip.compress(lines))
    assert sum(1 for _ in trials(file)) == 3000
    stream = read_source(file)
    assert next(stream).trial_id == "NCT00000000"


# --- our own records


def test_the_demo_shape(tmp_path):
    file = tmp_path / "trials.jsonl"
    record = {"trial_id": "DEMO-1", "retold": True, "start_date": "2000-01", "brief_title": "T", "phases": ["PHASE9", "PHASE1"]}
    file.write_text(json.dumps(record | {"allocation": None, "arms": [{"label": "A", "type": "Wrong"}]}))
    warnings = Counter()
    trial = one(file, warnings=warnings)
    assert (trial.trial_id, trial.start_date, trial.protocol.phases) == ("DEMO-1", "2000-01", ("PHASE1",))
    assert warnings == {"phase: 'PHASE9'": 1, "arm_type: 'Wrong'": 1}


def test_an_export_without_a_label_has_none(tmp_path):
    (tmp_path / "a.json").write_text('{"id": "SYN-1", "protocol": {"brief_title": "T"}}')
    assert one(tmp_path / "a.json", allow_synthetic=True).label is None


def test_synthetic_records_are_refused_unless_allowed(tmp_path):
    exported = {"id": "SYN-1", "synthetic": True, "label": 0, "protocol": {"brief_title": "[SYNTHETIC] Walks"}, "reasons": []}
    marked = study(7, synthetic={"model": "x"})
    titled = study(8)
    titled["protocolSection"]["identificationModule"]["briefTitle"] = "[SYNTHETIC] Sleep"
    named = study(9)
    named["protocolSection"]["identificationModule"]["nctId"] = "SYN-9"
    xml = (FIXTURES / "observational.xml").read_text().replace("<brief_title>", "<brief_title>[SYNTHETIC] ")
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, (exported, marked, titled, named))))
    (tmp_path / "b.xml").write_text(xml)
    rejects = list(read_source(tmp_path))
    assert [each.record for each in rejects] == ["SYN-1", "NCT00000007", "NCT00000008", "SYN-9", "NCT90000002"]
    assert {each.reason for each in rejects} == {"a synthetic record; --allow-synthetic takes it in, flagged"}
    found = trials(tmp_path, allow_synthetic=True)
    assert all(each.synthetic for each in found)
    assert found[0].protocol.brief_title == "Walks"
    assert found[0].label == Label(value=0, rule="plan")
    assert [each.protocol.brief_title for each in found[2:4]] == ["Sleep", "Sleep of Night-Shift Nurses"]


TRIALS = st.builds(
    RegistryTrial,
    trial_id=st.sampled_from(["NCT00000001", "DEMO-0001"]),
    protocol=PROTOCOLS,
    source=st.builds(Source, format=st.just("aact"), file=st.text(max_size=9), version_date=st.none() | st.just("2020-01-02")),
    outcome=st.builds(
        Outcome,
        overall_status=st.none() | st.just("COMPLETED"),
        why_stopped=st.none() | st.text(max_size=20),
        enrollment=st.none() | st.integers(0, 10**12 - 1),
        enrollment_actual=st.none() | st.booleans(),
        has_results=st.none() | st.booleans(),
    ),
    label=st.none() | st.builds(Label, value=st.sampled_from([0, 1]), rule=st.text(max_size=5)),
    start_date=st.none() | st.just("2020-01"),
    condition_mesh=st.lists(st.text(max_size=9), max_size=2).map(tuple),
)


@settings(deadline=None)
@given(TRIALS)
def test_reading_inverts_writing_json_lines(trial):
    line = encode(trial)
    assert line.count(b"\n") == 1
    assert json_trial(line, "elsewhere", Counter()) == trial


# --- words


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        ("study_type", "Observational [Patient Registry]", "OBSERVATIONAL"),
        ("study_type", "Expanded Access", "EXPANDED_ACCESS"),
        ("allocation", "Non-Randomized", "NON_RANDOMIZED"),
        ("allocation", "N/A", "NA"),
        ("intervention_model", "Parallel Assignment", "PARALLEL"),
        ("primary_purpose", "Educational/Counseling/Training", "ECT"),
        ("primary_purpose", "Health Services Research", "HEALTH_SERVICES_RESEARCH"),
        ("arm_type", "Sham Comparator", "SHAM_COMPARATOR"),
        ("intervention_type", "Dietary Supplement", "DIETARY_SUPPLEMENT"),
        ("sex", "Both", "ALL"),
        ("sponsor_class", "U.S. Fed", "FED"),
        ("status", "Active, not recruiting", "ACTIVE_NOT_RECRUITING"),
        ("status", "Unknown status", "UNKNOWN"),
        ("status", " ", None),
    ],
)
def test_old_words_have_v2_values(field, raw, value):
    warnings = Counter()
    assert words.value(field, raw, warnings) == value
    assert not warnings


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("Phase 1/Phase 2", ("PHASE1", "PHASE2")),
        ("PHASE2|PHASE3", ("PHASE2", "PHASE3")),
        ("Phase2, Phase3", ("PHASE2", "PHASE3")),
        ("N/A", ("NA",)),
        ("Not Applicable", ("NA",)),
        ("Phase 0", ("EARLY_PHASE1",)),
        (["PHASE4"], ("PHASE4",)),
        ("", ()),
    ],
)
def test_phases(raw, found):
    warnings = Counter()
    assert words.phases(raw, warnings) == found
    assert not warnings


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("DOUBLE", "DOUBLE"),
        ("None (Open Label)", "NONE"),
        ("Open Label", "NONE"),
        ("No masking", "NONE"),
        ("Single (Outcomes Assessor)", "SINGLE"),
        ("Double (Participant, Investigator)", "DOUBLE"),
        ("Double-Blind", "DOUBLE"),
        ("Double Blind (Subject, Caregiver, Investigator, Outcomes Assessor)", "QUADRUPLE"),
        ("Single Blind (Investigator)", "SINGLE"),
        ("Participant, Investigator", "DOUBLE"),
        ("", None),
    ],
)
def test_masking(raw, found):
    warnings = Counter()
    assert words.masking(raw, warnings) == found
    assert not warnings


def test_what_is_not_known_is_left_out_and_counted():
    warnings = Counter()
    assert words.phases("Phase 1/Phase X", warnings) == ("PHASE1",)
    assert words.value("sex", "Any", warnings) is None
    assert words.masking("Blindfold", warnings) is None
    assert words.age("18", warnings) is None
    assert words.yes_no("healthy_volunteers", "Maybe", warnings) is None
    assert words.iso_date("start_date", "soon", warnings) is None
    assert words.iso_date("start_date", "Brumaire 1799", warnings) is None
    assert words.count("enrollment", "many", warnings) is None
    assert warnings == {
        "phase: 'Phase X'": 1, "sex: 'Any'": 1, "masking: 'Blindfold'": 1, "age: '18'": 1,
        "healthy_volunteers: 'Maybe'": 1, "start_date: 'soon'": 1, "start_date: 'Brumaire 1799'": 1, "enrollment: 'many'": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("2004-06-02", "2004-06-02"),
        ("2004-06", "2004-06"),
        ("2004", "2004"),
        ("2004-06-02T00:00:00", "2004-06-02"),
        ("June 2004", "2004-06"),
        ("June 2, 2004", "2004-06-02"),
        ("", None),
    ],
)
def test_dates_keep_the_precision_of_the_source(raw, found):
    warnings = Counter()
    assert words.iso_date("start_date", raw, warnings) == found
    assert not warnings


def test_ages_without_a_limit_are_none():
    assert [words.age(each, Counter()) for each in ("N/A", "N/A (No limit)", "", None, "6 Months")] == [None] * 4 + ["6 Months"]


def test_arm_links_lose_the_type_and_follow_the_trials_order():
    assert words.intervention_names(["Drug: B", "Drug: A", "Ratio: C", "Other: D"], words.in_order(["A", "B", "Other: D"])) == (
        "A", "B", "Other: D", "Ratio: C",
    )  # fmt: skip


def test_a_missing_path_is_an_error():
    with pytest.raises(CorpusError, match="no such file or folder"):
        read_source(Path("nowhere.json"))


def test_fixtures_render_and_parse():
    for each in (*trials(FIXTURES / "interventional.json"), *trials(FIXTURES / "aact_plain")):
        assert parse(render(each.protocol)) == each.protocol
