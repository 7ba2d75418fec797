"""The audit of a corpus: quiet on the demo corpus, fires on what is planted, flags texts that speak of status."""

from __future__ import annotations

import msgspec
import pytest
import standins

from synthetrial.corpus.demo import demo_corpus
from synthetrial.corpus.store import Corpus
from synthetrial.evaluate.leaks.audit import audit
from synthetrial.evaluate.leaks.features import PROBES
from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.trial import RegistryTrial


def changed(change: dict[str, object], label: int = 1) -> Corpus:
    """The demo corpus with fields of the protocols of one label changed."""

    def made(each: RegistryTrial) -> RegistryTrial:
        if standins.label(each) != label:
            return each
        return msgspec.structs.replace(each, protocol=msgspec.structs.replace(each.protocol, **change))

    return msgspec.structs.replace(demo_corpus(), trials=tuple(map(made, demo_corpus().trials)))


def test_the_demo_corpus_gives_nothing_away() -> None:
    found = audit(demo_corpus(), effort=standins.EFFORT)
    assert found.fires == ()
    assert [each.probe for each in found.probes] == [each.name for each in PROBES]
    assert (found.labels, found.trials, found.flagged) == ({"0": 100, "1": 100}, 200, {})
    assert found.without_flagged == found.probes
    assert audit(demo_corpus(), effort=standins.EFFORT) == found


def test_what_follows_the_label_fires() -> None:
    assert audit(changed({"lead_sponsor_class": "NIH"}), effort=standins.EFFORT).fires == ("sponsor class",)
    corpus = msgspec.structs.replace(
        demo_corpus(),
        trials=tuple(
            msgspec.structs.replace(each, source=msgspec.structs.replace(each.source, file=f"{standins.label(each)}.xml"))
            for each in demo_corpus().trials
        ),
    )
    assert audit(corpus, effort=standins.EFFORT).fires == ("source",)


def test_records_that_speak_of_their_status_are_flagged_and_left_out_beside() -> None:
    spoken = {"brief_summary": "The study was terminated early because of slow recruitment."}
    found = audit(changed(spoken, label=0), effort=standins.EFFORT)
    assert found.flagged == {"0": 100}
    assert len(found.flagged_ids) == 20
    assert "status words" in found.fires
    assert found.without_flagged == ()  # nothing of that label is left
    pairs = zip(changed(spoken, label=0).trials, demo_corpus().trials, strict=True)
    trials = tuple(one if number % 3 == 0 else other for number, (one, other) in enumerate(pairs))
    mixed = msgspec.structs.replace(demo_corpus(), trials=trials)
    clean = audit(mixed, effort=standins.EFFORT)
    assert 20 < clean.flagged["0"] < 40
    assert "status words" in clean.fires
    assert not any(each.fires for each in clean.without_flagged)


def test_one_label_cannot_be_audited() -> None:
    ones = tuple(each for each in demo_corpus().trials if standins.label(each))
    with pytest.raises(UnmeasurableError, match="100 trials are labelled success and 0 failure"):
        audit(msgspec.structs.replace(demo_corpus(), trials=ones), effort=standins.EFFORT)
