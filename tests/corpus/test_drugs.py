"""Drugs are recognised in intervention names, under one name each, and classes, placebos and doses are not."""

import csv
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthetrial.corpus import drug_classes, drug_patterns, drug_table, drugs
from synthetrial.corpus.drug_table import normal
from synthetrial.errors import CorpusError
from synthetrial.trial import Intervention, Protocol

LABELLED = Path(__file__).parents[1] / "data" / "intervention_names.csv"


def names(*given: str) -> list[str]:
    return [drug.name for drug in drugs.recognise(given)]


def of(*interventions: Intervention) -> list[str]:
    return [drug.name for drug in drugs.trial_drugs(Protocol(brief_title="x", interventions=interventions))]


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    """A cache folder of its own, and no table in memory."""
    monkeypatch.setenv("SYNTHETRIAL_CACHE", str(tmp_path))
    drug_table.table.cache_clear()
    yield tmp_path
    drug_table.table.cache_clear()


def matches(want: str, name: str) -> bool:
    return normal(want) in {normal(each) for each in (name, *drugs.synonyms(name))}


@pytest.mark.parametrize(("part", "precision", "recall"), [("dev", 0.95, 0.86), ("held", 0.90, 0.82), ("fresh", 0.92, 0.82)])
def test_labelled_real_names_are_recognised(part, precision, recall):
    with LABELLED.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["part"] == part]
    found = wanted = right = hit = 0
    for row in rows:
        want, got = [each for each in row["drugs"].split("; ") if each], names(row["name"])
        found, wanted = found + len(got), wanted + len(want)
        right += sum(any(matches(each, name) for each in want) for name in got)
        hit += sum(any(matches(each, name) for name in got) for each in want)
    assert len(rows) >= 75
    assert right / found >= precision
    assert hit / wanted >= recall


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Metformin 500mg tablets", ["metformin"]),
        ("METFORMIN Hydrochloride XR", ["metformin"]),
        ("Imatinib mesylate (Gleevec®)", ["imatinib"]),
        ("Diclofenac potassium", ["diclofenac"]),
        ("Potassium chloride", ["potassium chloride"]),
        ("Glucophage", ["metformin"]),
        ("lopinavir/ritonavir", ["lopinavir", "ritonavir"]),
        ("Kaletra", ["lopinavir", "ritonavir"]),
        ("mFOLFOX6 + bevacizumab", ["leucovorin", "fluorouracil", "oxaliplatin", "bevacizumab"]),
        ("5-FU", ["fluorouracil"]),
        ("Atezolizumab1200 mg IV", ["atezolizumab"]),
        ("Enfortumab Vedotin", ["enfortumab vedotin"]),
        ("TDF", ["tenofovir"]),
        ("sirolimus-free regimen", []),
        ("Topical calcineurin inhibitors", []),
        ("vitamin K antagonist", []),
        ("anti-omalizumab assay", []),
    ],
)
def test_spellings_come_down_to_drugs(name, found):
    assert names(name) == found


@pytest.mark.parametrize(
    "name",
    [
        "Placebo", "Sugar pill", "Normal saline", "monoclonal antibody", "NSAID", "Ophthalmic solution", "Candida albicans",
        "Chemotherapy", "Vaccine", "Standard of care", "Glucocorticoids", "Placebo to omalizumab", "HER2", "Vitamin",
        "Matching placebo for PF-04691502", "LCZ696 matching placebo", "Sham injection", "CD19 CAR-T", "COVID-19", "Day 15",
        "Immunotherapy", "Hydrogel", "250 mg", "without metformin", "",
    ],
)  # fmt: skip
def test_what_names_no_drug_is_not_taken_for_one(name):
    assert names(name) == []


@pytest.mark.parametrize(
    ("name", "found", "how"),
    [
        ("PF-04691502", "pf-04691502", "code"),
        ("PF04691502 10 mg", "pf-04691502", "code"),
        ("PF 04691502", "pf-04691502", "code"),
        ("AMG 706", "amg-706", "code"),
        ("zorbatinib", "zorbatinib", "name"),
        ("Quxelomab vedotin 2 mg/kg", "quxelomab vedotin", "name"),
        ("Brexotabgene autoleucel", "brexotabgene autoleucel", "name"),
        ("Zorbexin (ABC1234)", "zorbexin", "name"),
        ("Zorbexin tablets 20 mg", "zorbexin", "name"),
    ],
)
def test_drugs_that_the_table_lacks_are_marked_as_such(name, found, how):
    assert [(drug.name, drug.found) for drug in drugs.recognise([name])] == [(found, how)]


def test_unknown_names_count_on_request_only():
    assert drugs.recognise(["zorbatinib", "PF-04691502", "Metformin"], unknown=False)[0].name == "metformin"
    assert len(drugs.recognise(["zorbatinib", "PF-04691502", "Metformin"], unknown=False)) == 1


def test_a_drug_carries_its_ids_and_branches():
    (drug,) = drugs.recognise(["Metformin"])
    assert ("drugbank", "DB00331") in drug.ids
    assert all(tree.startswith("D") for tree in drug.mesh_tree)
    assert drug.found == "table"


def test_a_placebo_beside_a_drug_leaves_the_drug():
    assert names("Metformin or placebo") == ["metformin"]
    assert names("Placebo + aspirin") == ["aspirin"]


def test_all_interventions_and_their_other_names_count_the_first_first():
    assert of(
        Intervention(name="Gleevec", type="DRUG"),
        Intervention(name="Arm B", type="DRUG", other_names=("metformin",)),
        Intervention(name="Placebo", type="DRUG", other_names=("aspirin",)),
        Intervention(name="imatinib", type="DRUG"),
    ) == ["imatinib", "metformin"]


def test_a_code_gives_way_to_the_drug_it_stands_for():
    assert of(Intervention(name="ABC-1234", type="DRUG", other_names=("imatinib",))) == ["imatinib"]
    assert of(Intervention(name="imatinib", type="DRUG", other_names=("ABC-1234",))) == ["imatinib"]
    assert of(Intervention(name="Study drug", type="DRUG", other_names=("ABC-1234",))) == ["abc-1234"]


def test_interventions_that_are_no_drugs_count_by_the_table_only():
    assert of(Intervention(name="HF-1000 ventilator", type="DEVICE")) == []
    assert of(Intervention(name="Sirolimus stent", type="DEVICE")) == ["sirolimus"]
    assert of(Intervention(name="Metformin")) == ["metformin"]


def test_names_that_two_trials_could_share():
    protocol = Protocol(
        brief_title="x",
        interventions=(
            Intervention(name="Imatinib (ABC-1234)", type="DRUG"),
            Intervention(name="Own-brand cell product", type="BIOLOGICAL"),
            Intervention(name="Placebo", type="DRUG"),
            Intervention(name="Chemotherapy", type="DRUG"),
            Intervention(name="Walking", type="BEHAVIORAL"),
        ),
    )
    assert drugs.trial_names(protocol) == {"imatinib", "abc-1234", "own brand cell product"}


def test_synonyms_begin_with_the_name_and_name_that_drug_alone():
    assert drugs.synonyms("metformin")[0] == "metformin"
    assert "glucophage" in drugs.synonyms("metformin")
    assert "kaletra" not in drugs.synonyms("lopinavir")
    assert drugs.synonyms("pf-04691502") == ("pf-04691502", "pf04691502", "pf 04691502")
    assert drugs.synonyms("zorbatinib") == ("zorbatinib",)


def test_mentions_keeps_to_word_boundaries():
    assert drugs.mentions("A study of PF 04691502 in adults", ("pf-04691502",))
    assert drugs.mentions("METFORMIN-treated", ("metformin",))
    assert drugs.mentions("Trial of 5-FU.", drugs.synonyms("fluorouracil"))
    assert not drugs.mentions("metforminlike", ("metformin",))
    assert not drugs.mentions("anything", ())
    assert not drugs.mentions("anything", ("",))


@given(st.sampled_from(["metformin", "imatinib", "aspirin"]), st.text(max_size=30), st.text(max_size=30))
def test_a_name_between_blanks_is_mentioned_whatever_stands_around(name, before, after):
    assert drugs.mentions(f"{before} {name} {after}", drugs.synonyms(name))


@given(st.text(max_size=60))
def test_any_name_can_be_asked_about(name):
    found = drugs.recognise([name])
    assert len({drug.name for drug in found}) == len(found)
    assert all(drug.name and drug.name == drug.name.lower() for drug in found)


def test_classes_are_stems_and_mesh_parents():
    (imatinib,) = drugs.recognise(["imatinib"])
    (nilotinib,) = drugs.recognise(["nilotinib"])
    assert "inn:-tinib" in drugs.classes(imatinib)
    assert set(drugs.classes(imatinib)) & set(drugs.classes(nilotinib))
    (metformin,) = drugs.recognise(["metformin"])
    assert "mesh:D02.078.370.141" in drugs.classes(metformin)
    assert drug_classes.classes("abc-1234", ()) == ()
    assert drug_classes.classes("x", ("D02.078",)) == ()


@pytest.mark.parametrize(
    ("word", "stem"),
    [
        ("adalimumab", "-mab"), ("adalimumab-adaz", "-mab"), ("imatinib", "-tinib"), ("palbociclib", "-ciclib"),
        ("atorvastatin", "-vastatin"), ("omeprazole", "-prazole"), ("losartan", "-sartan"), ("enalapril", "-pril"),
        ("metoprolol", "-olol"), ("sitagliptin", "-gliptin"), ("empagliflozin", "-gliflozin"), ("dolutegravir", "-tegravir"),
        ("sofosbuvir", "-buvir"), ("amoxicillin", "-cillin"), ("ceftriaxone", "cef-"), ("semaglutide", "-glutide"),
    ],
)  # fmt: skip
def test_words_bear_the_longest_stem_that_fits(word, stem):
    found = drug_classes.stem(word)
    assert found is not None
    assert found.stem == stem


def test_there_are_at_least_sixty_stems_and_none_twice():
    listed = [each.stem for each in drug_classes.stems()]
    assert len(listed) == len(set(listed)) >= 60
    assert drug_classes.stem("mab") is None


def test_the_table_is_kept_and_read_back(empty_cache, monkeypatch):
    first = drug_table.table()
    assert [each.suffix for each in empty_cache.iterdir()] == [".msgpack"]
    drug_table.table.cache_clear()
    monkeypatch.setattr(drug_table, "build", lambda *_: pytest.fail("built again"))
    assert drug_table.table() == first


@pytest.mark.parametrize("damage", [b"", b"rubbish", None])
def test_a_damaged_cache_is_built_anew(empty_cache, damage):
    first = drug_table.table()
    (path,) = empty_cache.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:-100] if damage is None else damage)
    drug_table.table.cache_clear()
    assert drug_table.table() == first
    assert path.read_bytes() == whole


def test_a_sound_checksum_over_another_shape_is_built_anew(empty_cache):
    import hashlib

    first = drug_table.table()
    (path,) = empty_cache.iterdir()
    path.write_bytes(hashlib.sha256(b"\x01").digest() + b"\x01")
    drug_table.table.cache_clear()
    assert drug_table.table() == first


def test_a_cache_that_cannot_be_written_only_costs_time(empty_cache, monkeypatch):
    blocked = empty_cache / "file"
    blocked.write_text("")
    monkeypatch.setenv("SYNTHETRIAL_CACHE", str(blocked))
    assert drug_table.table().entries
    drug_table.table.cache_clear()
    monkeypatch.setenv("SYNTHETRIAL_CACHE", str(empty_cache))
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert drug_table.table().entries
    assert [each.name for each in empty_cache.iterdir()] == ["file"]


def test_the_cache_folder_follows_the_platform(monkeypatch):
    monkeypatch.delenv("SYNTHETRIAL_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    monkeypatch.setattr("sys.platform", "linux")
    assert drug_table.cache_folder() == Path("/x/synthetrial")
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    assert drug_table.cache_folder() == Path("/local/synthetrial")


def test_without_the_vocabulary_the_message_says_what_to_install(empty_cache, monkeypatch):
    monkeypatch.setattr(drug_table, "PACKAGE", "no-such-vocabulary")
    with pytest.raises(CorpusError, match="pip install no-such-vocabulary"):
        drug_table.table()


def test_a_vocabulary_in_another_form_is_named(monkeypatch):
    monkeypatch.setattr(drug_table.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(CorpusError, match="no drug table in the known form"):
        drug_table.vocabulary()


def test_a_vocabulary_that_would_run_code_is_refused(tmp_path, monkeypatch):
    import bz2
    from types import SimpleNamespace

    (tmp_path / "a_dictionary.pkl.bz2").write_bytes(bz2.compress(pickle.dumps(print)))
    (tmp_path / "b_dictionary.pkl.bz2").write_bytes(b"not bz2")
    spec = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(drug_table.importlib.util, "find_spec", lambda _: spec)
    with pytest.raises(CorpusError, match="no drug table in the known form"):
        drug_table.vocabulary()


def test_codes_are_told_from_targets_doses_and_visits():
    assert drug_patterns.codes("AZD9977 and CD19 and HER2 100 mg Day 15 BI 1361849 ABC500 mg", lambda _: False) == [
        "AZD9977",
        "BI 1361849",
    ]
