"""browse.html: every record of a run beside its exemplars, what was rejected and why; one file that asks for nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from synthetrial.errors import CorpusError, RefusedError
from synthetrial.report.browse_chunks import about, chunks
from synthetrial.report.browse_record import Body, Row, accepted, exemplar, rejected
from synthetrial.report.page import page
from synthetrial.run.files import write_whole
from synthetrial.run.store import RunStore
from synthetrial.trial import RegistryTrial

HERE = b"<!-- records -->"
"""Where the template has the records go."""


def write_browse(run: Path) -> Path:
    """Write browse.html into the run's folder and return its path.

    It holds the whole texts of the exemplars, if the run's corpus is where it was. Raises `StoreError` where there is no run
    or the file cannot be written.
    """
    target = run / "browse.html"
    with RunStore.read(run) as store:
        write_whole(target, _content(run.resolve().name, store, store.config()))
    return target


def _content(name: str, store: RunStore, config: dict[str, Any]) -> Iterator[bytes]:
    """The page, a few hundred records at a time."""
    model = store.get_meta("model") or {}
    trials, missing = _corpus(store, config["corpus"])
    head, tail = page(
        "browse.html.j2",
        run=name,
        model=model.get("name", config["model"]),
        recipe=config["recipe"]["name"],
        corpus=config["corpus"],
        accepted=store.count_trials(),
        rejected=store.counts()["states"].get("rejected", 0),
        missing=missing,
    ).split(HERE)
    shown: set[str] = set()

    def noted(records: Iterator[tuple[Row, Body]]) -> Iterator[tuple[Row, Body]]:
        for row, body in records:
            shown.update(body.exemplars)
            yield row, body

    yield head
    yield about()
    yield from chunks("accepted", noted(accepted(each) for each in store.trials()))
    yield from chunks("rejected", noted(_rejected(store)))
    yield from chunks("exemplar", (exemplar(trials[each]) for each in sorted(shown & trials.keys())))
    yield tail


def _rejected(store: RunStore) -> Iterator[tuple[Row, Body]]:
    for cell in store.planned():
        found = [each for each in store.candidates(cell.index) if each.state == "rejected"]
        rounds = {each.round: each for each in store.rounds(cell.index)} if found else {}
        yield from (rejected(each, rounds[each.key.round]) for each in found)


def _corpus(store: RunStore, name: str | None) -> tuple[Mapping[str, RegistryTrial], str | None]:
    """The trials of the run's corpus by id, or none and why."""
    from synthetrial.corpus.opening import open_corpus

    try:
        corpus = open_corpus(name, allow_synthetic=True)
    except (CorpusError, RefusedError) as error:
        return {}, str(error)
    if corpus.fingerprint != store.get_meta("fingerprints")["corpus"]:
        return {}, f"{name or 'the demo corpus'} has changed since the run was made"
    return {each.trial_id: each for each in corpus.trials}, None
