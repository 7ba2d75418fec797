"""detection-embedding-auc: copies cannot be told from the training set, records of another topic can."""

from __future__ import annotations

import pytest
import standins

from synthetrial.evaluate.fidelity.detection_embedding import detection_embedding_auc
from synthetrial.evaluate.inputs import Inputs


def test_held_out_trials_are_near_the_reference(real: Inputs) -> None:
    result = detection_embedding_auc(real, standins.rng())
    assert result.value == pytest.approx(standins.reference(result), abs=0.15)


def test_copies_of_the_training_set_cannot_be_told_from_it(whole: Inputs) -> None:
    assert detection_embedding_auc(whole, standins.rng()).value == pytest.approx(0.5, abs=0.02)


def test_records_of_another_topic_are_told(off_topic: Inputs) -> None:
    assert detection_embedding_auc(off_topic, standins.rng()).value > 0.95
