"""The map shows records and trials in equal number, the same each time."""

from __future__ import annotations

import standins

from synthetrial.evaluate.fidelity.map import vector_map
from synthetrial.evaluate.inputs import Inputs


def test_the_map_has_both_sides_and_is_the_same_each_time(real: Inputs) -> None:
    found = vector_map(real, most=60)
    assert found.synthetic == 60
    assert found.pca.shape == (120, 2)
    assert found.tsne is not None
    assert found.tsne.shape == (120, 2)
    assert found.ids[0].startswith("SYN-")
    assert not found.ids[-1].startswith("SYN-")
    assert vector_map(standins.embedded(standins.inputs(standins.held_out())), most=60).to_dict() == found.to_dict()
    assert vector_map(real, most=20).tsne is None
