"""What is looked up is what looking through all trials finds; stored or in memory, of the training side only."""

import random
from collections import Counter

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthetrial.corpus import split as splits
from synthetrial.corpus import store
from synthetrial.corpus.demo import demo_corpus
from synthetrial.corpus.drugs import classes, trial_drugs
from synthetrial.corpus.opening import stored_split
from synthetrial.corpus.readers.own_jsonl import encode
from synthetrial.retrieve import index, policy, words
from synthetrial.retrieve.pool import RUNGS, Pool
from synthetrial.similar.embedding import embedded, open_embedder
from synthetrial.text import render
from synthetrial.trial import Intervention, Label, Protocol, RegistryTrial, Source

NAMES = ("Metformin", "Glipizide", "Pembrolizumab", "Nivolumab", "Aspirin", "Diet")
CONDITIONS = ("Type 2 Diabetes", "Melanoma", "melanoma", "Stroke")


def trial(number, label, drugs, conditions):
    return RegistryTrial(
        trial_id=f"NCT{number:08}",
        protocol=Protocol(
            brief_title=f"Trial {number} of {' and '.join(drugs)} {'in words ' * (number % 3)}",
            conditions=conditions,
            interventions=tuple(Intervention(name=each, type="DRUG") for each in drugs),
        ),
        source=Source(format="v2-json", file="f"),
        label=Label(value=label, rule="r"),
    )


TRIALS = st.lists(
    st.tuples(
        st.sampled_from([0, 1]),
        st.lists(st.sampled_from(NAMES), max_size=2, unique=True),
        st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=2, unique=True),
    ),
    min_size=2,
    max_size=12,
).map(lambda rows: [trial(number, *row[:1], tuple(row[1]), tuple(row[2])) for number, row in enumerate(rows)])


def scanned(trials, folds, own, label):
    """The ladder by its definition: every trial is looked at for every rung."""
    drugs = [trial_drugs(each.protocol) for each in trials]
    kinds = [{name for drug in each for name in classes(drug)} for each in drugs]
    conditions = [{each.casefold() for each in trial.protocol.conditions} for trial in trials]
    left = [at for at, each in enumerate(trials) if folds[at] == folds[own] and each.label.value == label and at != own]
    shared = Counter(name for at in left for name in kinds[at] & kinds[own])
    rarest = min(shared, key=lambda name: (shared[name], name), default=None)
    tests = (
        lambda at: bool(drugs[own]) and drugs[own][0].name in {each.name for each in drugs[at]},
        lambda at: rarest is not None and rarest in kinds[at],
        lambda at: bool(conditions[at] & conditions[own]),
        lambda at: True,
    )
    rungs = []
    for test in tests:
        rungs.append([at for at in left if test(at)])
        left = [at for at in left if not test(at)]
    return rungs


@settings(deadline=None)
@given(TRIALS, st.integers(0, 3))
def test_every_rung_is_what_a_scan_finds(trials, seed):
    found = index.of_trials(trials)
    folds = found.folds(2, seed)
    pool = Pool(found, folds)
    assert dict(zip(found.ids, folds.tolist(), strict=True)) == splits.folds(trials, 2, seed)
    for own in range(len(trials)):
        for label in (0, 1):
            rungs = dict(pool.ladder(pool.entry(own), label))
            expected = scanned(trials, folds, own, label)
            assert tuple(rungs) == RUNGS
            assert [sorted(rungs[name].tolist()) for name in RUNGS] == expected
            assert [rungs[name].tolist() for name in RUNGS[:3]] == expected[:3]


def test_cosines_are_those_of_the_usual_vectoriser():
    from sklearn.feature_extraction.text import TfidfVectorizer

    trials = demo_corpus().trials[:60]
    found = index.of_trials(trials)
    texts = [render(each.protocol) for each in found.trials]
    rows = TfidfVectorizer(sublinear_tf=True, stop_words="english", dtype=np.float32).fit_transform(texts)
    expected = (rows @ rows.T).toarray()
    others = list(range(len(texts)))
    for at in others:
        assert found.words.similarity(at, others) == pytest.approx(expected[at], abs=1e-5)


def test_a_search_by_salient_words_finds_the_nearest_of_all():
    found = index.of_trials(demo_corpus().trials)
    folds = np.ones(len(found.ids), dtype=np.uint8)
    hits = 0
    for at in range(0, len(found.ids), 5):
        folds[at] = 0
        best = np.flatnonzero(found.labels * folds).astype(np.int32)
        best = best[np.argmax(found.words.similarity(at, best))]
        hits += best in found.words.search(at, 1, folds, 1)
        folds[at] = 1
    assert hits >= 0.9 * len(range(0, len(found.ids), 5))


@pytest.fixture
def corpus(tmp_path):
    file = tmp_path / "trials.jsonl"
    file.write_bytes(b"".join(map(encode, demo_corpus().trials)))
    store.build([file], tmp_path / "c", labels="source")
    return tmp_path / "c"


def test_a_stored_index_is_the_one_in_memory_of_the_training_side(corpus):
    split = stored_split(corpus)
    loaded = store.load_corpus(corpus)
    stored = index.stored(corpus, split)
    fresh = index.of_trials(splits.side(split, loaded.trials, "train"))
    assert stored.ids == fresh.ids
    assert {split.sides[each] for each in stored.ids} == {"train"}
    assert [stored.trials[at] for at in range(len(stored.ids))] == list(fresh.trials)
    assert {kind: each.names for kind, each in stored.keys.items()} == {kind: each.names for kind, each in fresh.keys.items()}
    for name in ("labels", "groups", "phases"):
        assert (getattr(stored, name) == getattr(fresh, name)).all()
    pools = [Pool(each, each.folds(3, 0)) for each in (stored, fresh)]
    for name in policy.POLICIES:
        chosen = []
        for pool in pools:
            uses, rng = Counter(), random.Random(1)
            chosen.append([policy.exemplars(pool, pool.entry(at), 1, 3, name, uses, rng) for at in range(20)])
        assert chosen[0] == chosen[1]


def test_an_index_of_another_corpus_or_split_is_made_anew(corpus, tmp_path):
    split = stored_split(corpus)
    index.stored(corpus, split)
    meta = corpus / "index" / "index.json"
    before = meta.stat().st_mtime_ns
    index.stored(corpus, split)
    assert meta.stat().st_mtime_ns == before
    other = splits.of_corpus(corpus, seed=5)
    assert set(index.stored(corpus, other).ids) == {each for each, side in other.sides.items() if side == "train"} & {
        each.trial_id for each in store.load_corpus(corpus).labelled
    }
    file = tmp_path / "more.jsonl"
    new = msgspec.structs.replace(trial(1, 1, ("Aspirin",), ("Stroke",)), label=Label(value=1, rule="demo-labels"))
    file.write_bytes(encode(new))
    store.update([file], corpus)
    assert not (corpus / "index").exists()
    assert "NCT00000001" in index.stored(corpus, stored_split(corpus)).ids


def test_what_a_kill_left_of_an_index_is_no_index(corpus):
    part = corpus / "index.part"
    part.mkdir()
    (part / "ids.msgpack").write_bytes(b"half")
    (corpus / "index").mkdir()
    (corpus / "index" / "index.json").write_bytes(b"{")
    assert len(index.stored(corpus, stored_split(corpus)).ids) > 50
    assert not part.exists()


def test_large_rungs_are_thinned_by_the_seed_and_small_ones_are_not(monkeypatch):
    trials = [trial(number, 1, ("Aspirin",), ("Stroke",)) for number in range(60)]
    found = index.of_trials(
        msgspec.structs.replace(each, protocol=msgspec.structs.replace(each.protocol, brief_title=f"{'w' * at} x{at} y{at} z"))
        for at, each in enumerate(trials)
    )
    pool = Pool(found, np.zeros(60, np.uint8))

    def chosen(seed):
        return policy.exemplars(pool, pool.entry(0), 1, 4, "rotating", Counter(), random.Random(seed))

    whole = chosen(3)
    monkeypatch.setattr(policy, "WIDEST", 10)
    assert chosen(3) == chosen(3) != whole
    monkeypatch.setattr(policy, "WIDEST", 59)
    assert chosen(3) == whole


def test_lists_of_frequent_words_are_bounded(monkeypatch):
    monkeypatch.setattr(words, "LONGEST", 5)
    found = index.of_trials(trial(number, 1, ("Aspirin",), ("Stroke",)) for number in range(40))
    assert np.diff(found.words.listed.offsets).max() == 5


def test_with_vectors_the_nearest_are_those_by_embedding(corpus):
    pytest.importorskip("usearch")
    from synthetrial.similar import minilm

    if minilm.missing():
        pytest.skip("needs the extra `embed`")
    split = stored_split(corpus)
    index.build(corpus, split, vectors=True)
    found = index.stored(corpus, split)
    pool = Pool(found, np.zeros(len(found.ids), np.uint8))
    rows = embedded(open_embedder((), "minilm"), (each.protocol for each in found.trials))
    hits = 0
    for at in range(0, len(found.ids), 10):
        *_, (name, rung) = pool.ladder(pool.entry(at), 1)
        assert name == "nearest"
        assert set(found.labels[rung]) == {1}
        left = sorted(rung.tolist())
        hits += rung[0] == left[int(np.argmax(rows[left] @ rows[at]))]
    assert hits >= 0.9 * len(range(0, len(found.ids), 10))
    other = splits.of_corpus(corpus, seed=7)
    assert index.stored(corpus, other).vectors is not None  # made anew as it was
