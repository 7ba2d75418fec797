"""A split keeps together what hangs together, keeps labels even, and is the same for the same trials."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthetrial.corpus import drugs, split
from synthetrial.errors import CorpusError, RefusedError, UsageError
from synthetrial.trial import Intervention, Label, Protocol, RegistryTrial, Source

DRUGS = ("Metformin", "Imatinib Mesylate", "Gleevec", "PF-04691502", "Zoledronic acid", "Adalimumab", "Placebo", "Humira")
CONDITIONS = ("Asthma", "Gout", "Psoriasis", "Lupus", "Migraine")


def trial(
    n: int,
    label: int | None = 1,
    names: tuple[str, ...] = (),
    condition: str = "Gout",
    date: str | None = None,
    text: int | None = None,
) -> RegistryTrial:
    rng = random.Random(n if text is None else text)
    return RegistryTrial(
        trial_id=f"NCT{n:08d}",
        protocol=Protocol(
            brief_title=f"Trial of {names[0] if names else 'care'}",
            brief_summary=" ".join(rng.choice("abcdefghijklmnop") + str(rng.randrange(99)) for _ in range(150)),
            conditions=(condition,),
            interventions=tuple(Intervention(name=name, type="DRUG") for name in names),
        ),
        source=Source(format="jsonl", file="made"),
        label=None if label is None else Label(value=label, rule="completion"),
        start_date=date,
    )


@st.composite
def corpora(draw: st.DrawFn) -> list[RegistryTrial]:
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from([0, 1, 1, None]),
                st.lists(st.sampled_from(DRUGS), max_size=2, unique=True).map(tuple),
                st.sampled_from(CONDITIONS),
                st.none() | st.dates().map(str),
                st.integers(0, 12) | st.none(),
            ),
            min_size=4,
            max_size=25,
        )
    )
    rows[0] = (1, *rows[0][1:])
    return [trial(n, *row) for n, row in enumerate(rows)]


def near(made: split.Split, trials: list[RegistryTrial]) -> None:
    """No two trials with the same long summary are on two sides."""
    place: dict[str | None, str] = {}
    for each in trials:
        assert place.setdefault(each.protocol.brief_summary, made.sides[each.trial_id]) == made.sides[each.trial_id]


@settings(deadline=None, max_examples=40)
@given(corpora(), st.sampled_from(split.KINDS), st.integers(0, 3))
def test_every_trial_has_a_side_and_near_duplicates_never_straddle(trials, kind, seed):
    # protocols of one summary differ in names and title only, far above the threshold
    if kind == "temporal" and not any(each.label and each.start_date for each in trials):
        return
    made = split.make(trials, kind, seed=seed)
    assert made.sides.keys() == {each.trial_id for each in trials}
    near(made, trials)
    assert sum(made.fractions.values()) == pytest.approx(1)


@settings(deadline=None, max_examples=40)
@given(corpora(), st.integers(0, 3))
def test_no_drug_or_synonym_is_shared_across_an_unseen_drug_split(trials, seed):
    made = split.make(trials, "unseen-drug", seed=seed)
    sides: dict[str, str] = {}
    for each in trials:
        for drug in drugs.trial_drugs(each.protocol):
            assert sides.setdefault(drug.name, made.sides[each.trial_id]) == made.sides[each.trial_id]


@settings(deadline=None, max_examples=25)
@given(corpora(), st.integers(0, 3), st.randoms(use_true_random=False))
def test_the_order_of_the_trials_makes_no_difference(trials, seed, rng):
    turned = list(trials)
    rng.shuffle(turned)
    assert split.make(trials, seed=seed) == split.make(turned, seed=seed)
    assert split.folds(trials, 3, seed) == split.folds(turned, 3, seed)


def test_a_random_split_is_stratified_and_of_the_asked_sizes():
    trials = [trial(n, label=int(n % 5 > 0)) for n in range(500)]
    made = split.make(trials)
    for which, n in (("train", 300), ("valid", 100), ("test", 100)):
        mine = split.side(made, trials, which)
        assert len(mine) == n
        assert sum(each.label.value == 0 for each in mine) == n / 5
    assert made.fractions == pytest.approx({"train": 0.6, "valid": 0.2, "test": 0.2})
    assert split.make(trials, seed=1).sides != made.sides


def test_unlabelled_trials_go_to_train_unless_they_double_a_labelled_one():
    trials = [trial(n) for n in range(40)] + [trial(n, label=None) for n in range(40, 60)]
    trials += [trial(100 + n, label=None, text=n) for n in range(40)]
    made = split.make(trials)
    assert {made.sides[f"NCT{n:08d}"] for n in range(40, 60)} == {"train"}
    assert all(made.sides[f"NCT{100 + n:08d}"] == made.sides[f"NCT{n:08d}"] for n in range(40))
    assert {made.sides[f"NCT{100 + n:08d}"] for n in range(40)} == {"train", "valid", "test"}


def test_synonyms_and_codes_hold_trials_together():
    groups = [
        ("Imatinib Mesylate", "Gleevec", "STI571 (imatinib)", "STI-571 tablets"),
        ("BI 201335 (faldaprevir)", "Faldaprevir", "BI201335 120 mg"),
        ("Anti-XYZ cell product", "anti xyz cell product"),
    ]
    trials = [trial(10 * g + n, names=(name,)) for g, names in enumerate(groups) for n, name in enumerate(names)]
    made = split.make(trials, "unseen-drug", fractions=(0.4, 0.3, 0.3))
    for g, names in enumerate(groups):
        assert len({made.sides[f"NCT{10 * g + n:08d}"] for n in range(len(names))}) == 1


def test_a_giant_component_goes_whole_to_train_and_the_shares_say_so():
    trials = [trial(n, names=("Metformin",)) for n in range(80)] + [trial(n, names=(f"XYZ-{n}",)) for n in range(100, 120)]
    made = split.make(trials, "unseen-drug")
    assert {made.sides[each.trial_id] for each in trials[:80]} == {"train"}
    assert made.fractions["train"] == pytest.approx(0.8)
    assert made.fractions["valid"] == pytest.approx(0.1)


def test_conditions_are_not_shared_across_an_unseen_condition_split():
    trials = [trial(n, condition=(name.upper() if n % 2 else name)) for n, name in enumerate(CONDITIONS * 8)]
    made = split.make(trials, "unseen-condition", fractions=(0.4, 0.3, 0.3))
    for name in CONDITIONS:
        assert len({made.sides[each.trial_id] for each in trials if each.protocol.conditions[0].lower() == name.lower()}) == 1
    assert set(made.sides.values()) == {"train", "valid", "test"}


def test_a_temporal_split_goes_by_start_date():
    trials = [trial(n, date=f"20{n:02d}-01") for n in range(50)] + [trial(99)]
    made = split.make(trials, "temporal")
    order = ["train", "valid", "test"]
    places = [order.index(made.sides[f"NCT{n:08d}"]) for n in range(50)]
    assert places == sorted(places)
    assert [places.count(each) for each in range(3)] == [30, 10, 10]
    assert made.sides["NCT00000099"] == "train"


def test_a_date_parts_the_test_side():
    trials = [trial(n, date=f"20{n:02d}-01") for n in range(50)]
    made = split.make(trials, "temporal", before="2040")
    assert {n for n in range(50) if made.sides[f"NCT{n:08d}"] == "test"} == set(range(40, 50))
    assert made.fractions == pytest.approx({"train": 0.6, "valid": 0.2, "test": 0.2})
    assert set(split.make(trials, "temporal", before="1990").sides.values()) == {"test"}
    assert "test" not in split.make(trials, "temporal", before="2090").sides.values()


def test_near_duplicates_go_where_the_earliest_of_them_belongs():
    trials = [trial(n, date=f"20{n:02d}-01") for n in range(50)] + [
        trial(60, date="2060-01", text=1),
        trial(61, label=None, text=49),
    ]
    made = split.make(trials, "temporal")
    assert made.sides["NCT00000060"] == made.sides["NCT00000001"] == "train"
    assert made.sides["NCT00000061"] == made.sides["NCT00000049"] == "train"  # one of them has no date


def test_the_fingerprint_changes_exactly_where_a_side_changes():
    sides: dict[str, split.Side] = {"NCT1": "train", "NCT2": "test"}
    first = split.fingerprint(sides)
    assert first == split.fingerprint(dict(reversed(sides.items())))
    assert first != split.fingerprint({**sides, "NCT2": "valid"})
    assert first != split.fingerprint({"NCT1": "train"})


def test_writing_and_reading_a_split_gives_it_back(tmp_path):
    made = split.make([trial(n) for n in range(20)], seed=3)
    split.write(made, tmp_path / "deep" / "split.json")
    assert split.read(tmp_path / "deep" / "split.json") == made
    assert [each.name for each in (tmp_path / "deep").iterdir()] == ["split.json"]


def test_a_split_that_cannot_be_read_or_was_changed_says_so(tmp_path):
    path = tmp_path / "split.json"
    with pytest.raises(CorpusError, match="cannot read the split"):
        split.read(path)
    path.write_text("{")
    with pytest.raises(CorpusError, match="is no split"):
        split.read(path)
    made = split.make([trial(n) for n in range(20)])
    changed = msgspec.structs.replace(made, sides={**made.sides, "NCT00000001": "test", "NCT00000002": "valid"})
    split.write(changed, path)
    with pytest.raises(CorpusError, match="changed after"):
        split.read(path)


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    made = split.make([trial(1)])
    with pytest.raises(CorpusError, match="cannot write the split"):
        split.write(made, tmp_path / "file" / "split.json")
    (tmp_path / "taken.json").mkdir()
    with pytest.raises(CorpusError, match="cannot write the split"):
        split.write(made, tmp_path / "taken.json")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "taken.json"]


def test_what_makes_no_sense_is_refused():
    trials = [trial(1), trial(2)]
    with pytest.raises(UsageError, match="unknown kind"):
        split.make(trials, "sideways")  # type: ignore[arg-type]  # what a user may type
    for fractions in ((0.5, 0.5, 0.5), (0.0, 0.5, 0.5), (1.5, -0.25, -0.25)):
        with pytest.raises(UsageError, match="fractions"):
            split.make(trials, fractions=fractions)
    with pytest.raises(UsageError, match="temporal"):
        split.make(trials, before="2020")
    with pytest.raises(CorpusError, match="no trial has a label"):
        split.make([trial(1, label=None)])
    with pytest.raises(CorpusError, match="twice"):
        split.make([trial(1), trial(1)])
    with pytest.raises(CorpusError, match="start date"):
        split.make(trials, "temporal")
    with pytest.raises(CorpusError, match="not in the split"):
        split.side(split.make(trials), [trial(3)], "train")
    with pytest.raises(UsageError, match="at least 2 folds"):
        split.folds(trials, 1)


def test_synthetic_trials_are_refused_unless_allowed():
    trials = [trial(1), msgspec.structs.replace(trial(2), trial_id="SYN-1", synthetic=True)]
    with pytest.raises(RefusedError, match="SYN-1"):
        split.make(trials)
    assert "SYN-1" in split.make(trials, allow_synthetic=True).sides


def test_folds_hold_drugs_and_near_duplicates_together_and_are_even():
    trials = [trial(n, label=int(n % 4 > 0), names=(f"ABC-{n // 3:03d}",)) for n in range(300)]
    trials += [trial(500 + n, names=(f"QRS-{n:03d}",), text=n) for n in range(30)]
    found = split.folds(trials, 5, seed=1)
    for n in range(300):
        assert found[f"NCT{n:08d}"] == found[f"NCT{n - n % 3:08d}"]
    for n in range(30):
        assert found[f"NCT{500 + n:08d}"] == found[f"NCT{n:08d}"]
    for label in (0, 1):
        sizes = [sum(found[t.trial_id] == f and t.label.value == label for t in trials) for f in range(5)]
        assert max(sizes) - min(sizes) <= 5
    assert split.folds(trials, 5, seed=2) != found
