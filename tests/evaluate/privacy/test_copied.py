"""What a record shares with trials is counted run by run, and what a set lacks for it is said."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import standins

from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.evaluate.privacy.copied import Shared, shared
from synthetrial.evaluate.privacy.copy_8gram import copy_8gram
from synthetrial.evaluate.privacy.copy_8gram_train import copy_8gram_train
from synthetrial.evaluate.privacy.copy_13gram import copy_13gram
from synthetrial.evaluate.privacy.copy_13gram_train import copy_13gram_train
from synthetrial.evaluate.privacy.copy_span import copy_span
from synthetrial.evaluate.privacy.copy_span_train import copy_span_train
from synthetrial.similar.spans import SpanIndex, containment, sections
from synthetrial.trial import Protocol, SyntheticTrial

OWN = (copy_span, copy_8gram, copy_13gram)
WHOLE = (copy_span_train, copy_8gram_train, copy_13gram_train)
LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"


def summary(words: str) -> Protocol:
    return Protocol(brief_title="T", brief_summary=words)


def own(protocol: Protocol, index: SpanIndex, ids: list[str], drugs: tuple[str, ...] = ()) -> Shared:
    return shared(protocol, index, (np.array([each in ids for each in index.trial_ids]),), drugs)[0]


def test_only_own_exemplars_count_and_only_runs_that_few_trials_have() -> None:
    index = SpanIndex(["A", "B", "C", "D"], [summary(LONG), summary("quite another text"), summary("x"), summary("y")])
    assert own(summary(f"so {LONG}"), index, ["A"]) == Shared(14, (pytest.approx(7 / 8), pytest.approx(2 / 3)))  # type: ignore[arg-type]  # approx
    assert own(summary(f"so {LONG}"), index, ["B"]) == Shared(0, (0.0, 0.0))
    assert shared(summary(LONG), index, (None,))[0] == Shared(14, (1.0, 1.0))
    assert own(summary("too short"), index, ["A"]) == Shared()
    common = SpanIndex(["A", "B", "C"], [summary(LONG)] * 3)
    assert own(summary(LONG), common, ["A"]) == Shared(0, (1.0, 1.0))


def test_runs_of_several_exemplars_add_up() -> None:
    first, second = " ".join(LONG.split()[:8]), " ".join(LONG.split()[6:])
    index = SpanIndex(["A", "B"], [summary(first), summary(second)])
    assert own(summary(LONG), index, ["A"]).grams[0] == pytest.approx(1 / 7)
    assert own(summary(LONG), index, ["A", "B"]).grams[0] == pytest.approx(2 / 7)


def test_what_the_plan_gave_does_not_count() -> None:
    index = SpanIndex(["A"], [summary(LONG)])
    assert own(summary(LONG), index, ["A"], ("two three", "seven")).span == 11


def test_the_worst_run_is_found_among_longer_runs_of_other_trials() -> None:
    """A longer run of a stranger does not hide a shorter one of an exemplar."""
    half = " ".join(LONG.split()[:8])
    index = SpanIndex(["A", "B"], [summary(f"{half} and so on"), summary(LONG)])
    assert own(summary(LONG), index, ["A"]).span == 8


def test_the_shares_are_those_of_counting_every_run() -> None:
    train = standins.sides()[0][:30]
    index = SpanIndex([each.trial_id for each in train], (each.protocol for each in train))
    for each in standins.shuffled()[:10]:
        tokens = sections(each.protocol)
        runs = {name: len(words) - 7 for name, words in tokens.items() if len(words) >= 8}
        counted = sum(
            len(words) - 7 if name == "Title" else 0 for name, words in tokens.items() if len(words) >= 8
        )  # titles were not shuffled
        found = own(each.protocol, index, list(each.provenance.exemplars)).grams[0]
        assert found >= counted / max(1, sum(runs.values()))
    whole = standins.copies(1)[0].protocol
    assert containment(sections(whole)["Title"], sections(train[0].protocol)["Title"], 6) == 1


def without_provenance(record: SyntheticTrial) -> SyntheticTrial:
    return msgspec.structs.replace(record, provenance=msgspec.structs.replace(record.provenance, exemplars=()))


def test_a_set_without_provenance_is_measured_against_the_training_split_alone() -> None:
    records = [without_provenance(each) for each in standins.copies(3)]
    for metric in OWN:
        with pytest.raises(UnmeasurableError, match="3 of 3 records name no exemplar"):
            metric(standins.inputs(records), standins.rng())
    for metric in WHOLE:
        assert metric(standins.inputs(records), standins.rng()).value >= 1
        with pytest.raises(UnmeasurableError, match="no synthetic record"):
            metric(standins.inputs([]), standins.rng())


def test_without_a_test_side_there_is_no_reference() -> None:
    for metric in (*OWN, *WHOLE):
        result = metric(standins.inputs(standins.copies(3), test=()), standins.rng())
        assert result.reference is None
        assert result.details["reference"] == "no test trial"
