"""Canaries: half planted in the training split and half kept out, alike in all but that, and nowhere else in the corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthetrial import canonical, text
from synthetrial.corpus import canaries as planting
from synthetrial.corpus.canaries import Canary, canaries, plant
from synthetrial.corpus.demo import demo_corpus
from synthetrial.corpus.drugs import trial_drugs
from synthetrial.corpus.opening import open_corpus, split_of
from synthetrial.corpus.split import side
from synthetrial.errors import CorpusError, UsageError
from synthetrial.evaluate.privacy.bigrams import Bigrams, Words
from synthetrial.similar.minhash import near_duplicates, signatures
from synthetrial.similar.spans import SpanIndex, words
from synthetrial.text import parse, render


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[Canary, ...]]:
    folder = tmp_path_factory.mktemp("planted") / "corpus"
    return folder, plant(None, folder, n=20, seed=1)


def test_half_are_training_trials_of_the_new_corpus_and_half_are_nowhere_in_it(
    planted: tuple[Path, tuple[Canary, ...]],
) -> None:
    folder, made = planted
    corpus = open_corpus(str(folder))
    split = split_of(corpus)
    train = {each.trial_id: each for each in side(split, corpus.trials, "train")}
    inside = [each for each in made if each.planted]
    assert len(inside) == 10
    assert len(made) == 20
    for each in inside:
        assert train[each.id].protocol == each.protocol
        assert train[each.id].label == train[each.host].label
        assert train[each.id].source.format == "canary"
    outside = {each.id for each in made if not each.planted}
    assert not outside & {each.trial_id for each in corpus.trials}
    assert len(corpus.trials) == 210
    old = split_of(demo_corpus())
    assert all(split.sides[key] == where for key, where in old.sides.items())
    assert sum(split.fractions.values()) == pytest.approx(1)
    assert planting.read(folder / planting.FILE) == made


def test_a_pair_shares_its_design_and_no_words_of_its_own(planted: tuple[Path, tuple[Canary, ...]]) -> None:
    made = planted[1]
    for first, second in zip(made[::2], made[1::2], strict=True):
        assert (first.pair, first.host) == (second.pair, second.host)
        assert first.planted != second.planted
        for field in ("conditions", "phases", "allocation", "masking", "interventions", "lead_sponsor_class"):
            assert getattr(first.protocol, field) == getattr(second.protocol, field)
        assert first.protocol.brief_summary != second.protocol.brief_summary
        assert (
            {each.name for each in trial_drugs(first.protocol)} == {each.name for each in trial_drugs(second.protocol)} != set()
        )


def test_canaries_are_whole_protocols_and_no_near_duplicates(planted: tuple[Path, tuple[Canary, ...]]) -> None:
    made = planted[1]
    for each in made:
        assert parse(render(each.protocol)) == each.protocol == canonical.protocol(each.protocol)
        assert each.protocol.brief_summary is not None
        assert each.protocol.brief_summary.startswith(each.marker)
        assert len(each.marker.split()) == planting.MARKER
    texts = [text.render(each.protocol) for each in (*demo_corpus().trials, *made)]
    assert [group for group in near_duplicates(signatures(texts)) if max(group) >= 200] == []


def test_markers_stand_nowhere_in_the_corpus_and_read_like_it(planted: tuple[Path, tuple[Canary, ...]]) -> None:
    made, trials = planted[1], demo_corpus().trials
    index = SpanIndex([each.trial_id for each in trials], (each.protocol for each in trials))
    assert sum(bool(index.matches(words(each.marker))[0].size) for each in made) <= 2
    vocabulary = Words()
    real = vocabulary.encode([each.protocol.brief_summary or "" for each in trials])
    markers = vocabulary.encode([each.marker for each in made])
    backwards = vocabulary.encode([" ".join(reversed(each.marker.split())) for each in made])
    model = Bigrams(real, len(vocabulary.numbers))
    assert all(
        model.log_likelihood(ours) > model.log_likelihood(reversed_) + 1
        for ours, reversed_ in zip(markers, backwards, strict=True)
    )


def test_the_same_seed_plants_the_same_and_another_does_not(tmp_path: Path, planted: tuple[Path, tuple[Canary, ...]]) -> None:
    folder, made = planted
    assert plant(None, tmp_path / "again", n=20, seed=1) == made
    for name in (planting.FILE, "manifest.json", "split.json"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()
    other = plant(None, tmp_path / "other", n=20, seed=2)
    assert not {each.marker for each in other} & {each.marker for each in made}


def test_the_coin_is_fair_and_hosts_are_taken_in_turn() -> None:
    trials = demo_corpus().trials[:40]
    made = canaries(trials, trials, 400, 3)
    assert 160 < sum(each.planted for each in made[::2]) < 240
    hosts = [each.host for each in made[::2]]
    assert len(set(hosts[:40])) == 40
    assert hosts[:40] == hosts[40:80]


def test_what_cannot_be_planted_is_said(tmp_path: Path, planted: tuple[Path, tuple[Canary, ...]]) -> None:
    folder = planted[0]
    with pytest.raises(UsageError, match="at least 2 canaries"):
        plant(None, tmp_path / "x", n=1)
    with pytest.raises(UsageError, match="is the corpus itself"):
        plant(str(folder), folder)
    with pytest.raises(CorpusError, match="nowhere"):
        plant(str(tmp_path / "nowhere"), tmp_path / "x")
    (tmp_path / "broken.jsonl").write_text("{}\n")
    with pytest.raises(CorpusError, match="cannot be read"):
        planting.read(tmp_path / "broken.jsonl")
