"""A gate says which patterns can match; it must never close one that would."""

from __future__ import annotations

from identity_cases import cases
from test_check_words import LEAKS

from synthetrial.check import identity, outcome_leak, site
from synthetrial.check.gate import Gate
from synthetrial.corpus.demo import demo_corpus
from synthetrial.shape import slots


def spelt(texts: list[str]) -> list[str]:
    return [each for text in texts for each in (text, text.upper(), text.lower(), text.title())]


REAL = [text for trial in demo_corpus().trials for _, text in slots(trial.protocol)]
NAMES = spelt([text for _, text in cases()]) + REAL


def test_a_gate_opens_for_what_a_text_holds() -> None:
    gate = Gate([("ab", "b"), ("c",), ("bc", "x")])
    assert gate.open("abc") == [0, 1, 2]
    assert gate.open("b") == [0]
    assert gate.open("") == gate.open("-") == []


def test_identity_lets_every_match_through() -> None:
    by_person, persons = identity._person_patterns()
    for text in NAMES:
        opened = identity._GATE.open(text.lower())
        assert all(at in opened for at, (_, _, pattern) in enumerate(identity._PATTERNS) if pattern.search(text)), text
        opened = by_person.open(text)
        for at, (search, pattern) in enumerate(persons):
            assert not pattern.search(text) or (at in opened and search(text)), text


def test_outcome_leak_lets_every_match_through() -> None:
    for text in spelt(LEAKS) + REAL:
        opened = outcome_leak._GATE.open(text.lower())
        assert all(at in opened for at, (_, pattern) in enumerate(outcome_leak._PATTERNS) if pattern.search(text)), text


def test_site_lets_every_match_through() -> None:
    for text in NAMES:
        opened = site._gate().open(text)
        assert 0 in opened or not (site._OF.search(text) or site._NAMED.search(text)), text
        assert 1 in opened or not site._sponsors().search(text), text
        assert 2 in opened or not site._places().search(text), text
