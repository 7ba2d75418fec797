"""Texts are cut section by section; an encoder that is not there is said to be so."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from neural import needs_torch, offline

from synthetrial.errors import MissingExtraError
from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.evaluate.utility import encoder as encoder_file
from synthetrial.evaluate.utility.encoder import Encoder, fair_shares
from synthetrial.trial import Eligibility, Protocol


@given(st.lists(st.integers(0, 60), max_size=12), st.integers(0, 300))
def test_short_sections_are_whole_and_long_ones_share_what_is_left(lengths: list[int], budget: int) -> None:
    shares = fair_shares(lengths, budget)
    assert sum(shares) == min(sum(lengths), budget)
    assert all(0 <= share <= length for share, length in zip(shares, lengths, strict=True))
    cut = [share for share, length in zip(shares, lengths, strict=True) if share < length]
    if cut:
        assert max(cut) - min(cut) <= 1
        assert all(share <= max(cut) + 1 for share in shares)


def test_shares_by_hand() -> None:
    assert fair_shares([5, 100, 100], 45) == [5, 20, 20]
    assert fair_shares([5, 100, 100], 46) == [5, 21, 20]
    assert fair_shares([3, 3], 100) == [3, 3]
    assert fair_shares([4, 4, 4], 2) == [1, 1, 0]
    assert fair_shares([], 10) == []


@needs_torch
def test_every_section_is_read_however_long_the_summary() -> None:
    minilm = Encoder("minilm")
    long = Protocol(brief_title="Asthma", brief_summary="lung " * 900, eligibility=Eligibility(criteria="adults " * 400))
    short = Protocol(brief_title="Asthma")
    rows = minilm.rows([long, short], 128)
    assert [len(each) <= 128 for each in rows] == [True, True]
    assert len(rows[0]) == 128
    read = minilm._tokenizer.decode(rows[0])
    assert read.startswith("[CLS] title : asthma summary :")
    assert read.endswith("[SEP]")
    assert read.count("lung") > 50
    assert read.count("adults") > 50
    assert len(minilm.rows([long], 4096)[0]) == minilm.window == 512
    assert minilm.rows([], 128) == []


@needs_torch
def test_a_head_is_the_seeds() -> None:
    minilm = Encoder("minilm")
    one, same, other = (minilm.fresh(seed).classifier.weight for seed in (1, 1, 2))
    assert (one == same).all()
    assert not (one == other).all()


@needs_torch
def test_an_encoder_that_is_not_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offline(monkeypatch)
    for name in (str(tmp_path), "nobody/has-this-encoder"):
        with pytest.raises(UnmeasurableError, match="cannot be had") as caught:
            Encoder(name)
        assert "\n" not in str(caught.value)
        assert "minilm" in str(caught.value)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_file, "find_spec", lambda name: None)
    with pytest.raises(
        MissingExtraError, match=r'no package torch, transformers to fine-tune an encoder: pip install "synthetrial\[neural\]"'
    ):
        Encoder("any/name")
