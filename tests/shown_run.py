"""A small run for the tests of its pages: records of the demo corpus, rejected candidates, and one record of hostile text."""

import msgspec

from runs import config, make
from synthetrial.corpus.demo import demo_corpus
from synthetrial.run.records import CandidateKey, StoredCandidate
from synthetrial.run.store import RunStore
from synthetrial.text import render

HOSTILE = (
    "</script><script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\"> <!-- & {{ 7 * 7 }}"
)
RTL = "دراسة عشوائية"
EMOJI = "🧪👩🏽‍🔬"
HOSTILE_ID = "SYN-HOSTILE"
COPY_ID, UNREADABLE_ID = "0.0.90.0", "1.0.90.0"


def shown_run(folder, n=24):
    """The run in `folder`: `n` records of a scripted model, `HOSTILE_ID`, and the rejected `COPY_ID` (it has the summary of its
    first exemplar) and `UNREADABLE_ID`."""
    make(config(n, cache=False), folder)
    with RunStore.open(folder) as store:
        first = next(iter(store.trials()))
        protocol = msgspec.structs.replace(
            first.protocol,
            brief_title=f"{HOSTILE} {EMOJI}",
            official_title=RTL,
            brief_summary=f"{HOSTILE}\n{RTL} {EMOJI}",
            conditions=(HOSTILE, *first.protocol.conditions),
        )
        accept(store, msgspec.structs.replace(first, id=HOSTILE_ID, protocol=protocol), n)
        exemplar = next(each for each in demo_corpus().trials if each.trial_id == first.provenance.exemplars[0])
        copied = msgspec.structs.replace(first.protocol, brief_summary=exemplar.protocol.brief_summary)
        for key, text, read, codes, details in (
            (COPY_ID, render(copied), copied, ("copy", "design"), (f"12 words {HOSTILE}", "2 arms, planned 3")),
            (UNREADABLE_ID, f"\n{HOSTILE}\nno record at all", None, ("parse",), ("line 1: expected a section header",)),
        ):
            store.save_candidate(
                StoredCandidate(
                    key=CandidateKey(*map(int, key.split("."))),
                    text=text,
                    protocol=read,
                    state="rejected",
                    codes=codes,
                    details=details,
                )
            )
    return folder


def accept(store, trial, ordinal):
    """Put `trial` into a run as its record number `ordinal`."""
    key = CandidateKey(trial.provenance.cell, 0, 91, ordinal)
    store.save_candidate(StoredCandidate(key=key, text=render(trial.protocol), protocol=trial.protocol, state="passed"))
    store.accept(trial, ordinal, key)
