"""Near-duplicates are found, others are not, and the answer is the same in every process and order."""

import random
import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synthetrial.similar import minhash

WORDS = [f"w{i}" for i in range(400)]
TEXTS = st.lists(st.lists(st.sampled_from(WORDS[:40]), max_size=30).map(" ".join), max_size=12)


def essay(seed: int, words: int = 300) -> str:
    rng = random.Random(seed)
    return " ".join(rng.choice(WORDS) for _ in range(words))


def altered(text: str, every: int) -> str:
    return " ".join("other" if at % every == every - 1 else word for at, word in enumerate(text.split()))


def shingles(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[at : at + minhash.SHINGLE]) for at in range(len(words) - minhash.SHINGLE + 1)}


def test_planted_near_duplicates_are_the_groups():
    texts = [essay(seed) for seed in range(60)]
    texts += [altered(texts[3], 60), altered(texts[3], 75), texts[7]]
    assert minhash.near_duplicates(texts) == [(3, 60, 61), (7, 62)]


def test_groups_are_the_same_from_texts_and_from_signatures():
    texts = [essay(1), essay(2), altered(essay(1), 90)]
    assert minhash.near_duplicates(texts) == minhash.near_duplicates(minhash.signatures(texts)) == [(0, 2)]


def test_the_estimate_is_close_to_the_true_similarity():
    errors = []
    for seed in range(40):
        one, other = essay(seed), altered(essay(seed), 10 + seed)
        true = len(shingles(one) & shingles(other)) / len(shingles(one) | shingles(other))
        rows = minhash.signatures([one, other])
        errors.append(float(minhash.similarity(rows[0], rows[1])) - true)
    assert abs(np.mean(errors)) < 0.03
    assert np.std(errors) < 0.08  # sqrt(s(1-s)/128) is at most .044


def test_lsh_finds_what_comparing_every_pair_finds():
    texts = [altered(essay(seed), every) for seed in range(25) for every in (20, 30, 45, 80, 301)]
    table = minhash.signatures(texts)
    pairs = [(i, j) for i in range(len(texts)) for j in range(i) if minhash.similarity(table[i], table[j]) >= 0.7]
    group = {at: n for n, each in enumerate(minhash.near_duplicates(table)) for at in each}
    assert pairs
    assert all(i in group and group.get(i) == group.get(j) for i, j in pairs)


def test_a_text_without_words_resembles_nothing_and_short_texts_only_themselves():
    texts = ["", "...", "aspirin", "Aspirin!", "aspirin trial", "ibuprofen", ""]
    assert minhash.near_duplicates(texts) == [(2, 3)]
    assert not minhash.near_duplicates([])
    assert minhash.signatures([]).shape == (0, minhash.VALUES)


def test_words_are_hashed_alike_wherever_they_stand():
    # a text's signature depends on the text alone: not on its neighbours, its place or the chunk it falls in
    texts = [essay(seed, 5 + seed % 40) for seed in range(1100)]
    table = minhash.signatures(texts)
    for at in (0, 511, 512, 513, 1099):
        assert (minhash.signatures([texts[at]])[0] == table[at]).all()


@given(TEXTS)
def test_groups_do_not_depend_on_the_order(texts):
    found = {frozenset(texts[at] for at in group) for group in minhash.near_duplicates(texts)}
    turned = texts[::-1]
    assert found == {frozenset(turned[at] for at in group) for group in minhash.near_duplicates(turned)}


@given(st.lists(st.text(max_size=40), max_size=6))
def test_any_text_has_a_signature_and_equal_texts_meet(texts):
    table = minhash.signatures([*texts, *texts])
    assert table.shape == (2 * len(texts), minhash.VALUES)
    assert (table[: len(texts)] == table[len(texts) :]).all()


def test_signatures_are_the_same_in_another_process():
    code = "from synthetrial.similar import minhash; print(minhash.signatures(['a b c d e', 'Größe x 1']).sum(axis=1).tolist())"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_a_signature_takes_at_most_one_and_a_half_kilobytes():
    assert minhash.signatures([essay(1)]).nbytes <= 1536
