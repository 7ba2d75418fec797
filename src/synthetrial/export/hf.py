"""A folder for the Hugging Face hub: `datasets.load_dataset(FOLDER)` loads it in one line.

    data/train-00000-of-00001.parquet   the records (see `parquet`)
    README.md                           the card (see `card`)
    croissant.json                      the same for machines (see `croissant`)

There is one split. Synthetic records are there to be trained on; a test split of them would measure how well a model knows
their writer. The folder is written whole or not at all.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from synthetrial import __version__
from synthetrial.corpus.folder import replaced
from synthetrial.export.card import LIMITS, USE, card
from synthetrial.export.croissant import croissant
from synthetrial.export.handout import STATEMENT, Handout
from synthetrial.export.measured import measured
from synthetrial.export.parquet import chunks
from synthetrial.export.tally import Tally
from synthetrial.export.terms import hub_licence, writers_terms
from synthetrial.run.files import write_whole

DATA: Final = "data/train-00000-of-00001.parquet"
CROISSANT: Final = "croissant.json"
"""The file by which a folder is known as an earlier export, which may be replaced."""


def write(handout: Handout, target: Path, place: str | None = None) -> None:
    """Write the folder `target`; an earlier export there is replaced. `place` is what to load it by, where it is not `target`.

    Raises `SynthetrialError` where `target` holds anything else or cannot be written.
    """
    found, tally = measured(handout.store.folder, handout.store), Tally()
    with replaced(target, CROISSANT, "export") as folder:
        write_whole(folder / DATA, chunks(tally.of(handout.trials())))
        written = tally.example.provenance
        making = (
            f"Written by {written.model} ({written.engine}), recipe {written.recipe}, after reading a few real trials of "
            "the planned outcome."
        )
        content = card(
            name=handout.name,
            place=place or target.name,
            data_files="data/train-*.parquet",
            tally=tally,
            made=_made(handout, tally),
            making=making,
            evaluation=found.evaluation,
            why_not=found.why_not,
            licence=handout.licence,
            licence_keys=hub_licence(handout.licence),
            terms=writers_terms(written.model, written.engine),
        )
        write_whole(folder / "README.md", content)
        described = croissant(
            name=handout.name,
            description=f"{tally.count:,} synthetic clinical trial records. {STATEMENT} {making}",
            licence=handout.licence,
            version=__version__,
            published=max(tally.dates),
            data=folder / DATA,
            root=folder,
            use=USE,
            limits=LIMITS,
            making=making,
        )
        write_whole(folder / CROISSANT, described)


def warnings(handout: Handout) -> tuple[str, ...]:
    """What whoever passes the folder on has to know: no licence, terms of the model, no evaluation."""
    written = next(handout.trials()).provenance
    said = [] if handout.licence else ["no licence was given: the card says that it is unknown; give one with --licence"]
    if terms := writers_terms(written.model, written.engine):
        said.append(terms)
    if why_not := measured(handout.store.folder, handout.store).why_not:
        said.append(f"the card has no figures: {why_not}; measure it with `synthetrial evaluate {handout.store.folder}`")
    return tuple(said)


def _made(handout: Handout, tally: Tally) -> tuple[tuple[str, str], ...]:
    """How the records were made, without anything of the machine or of a corpus that may be private."""
    store, example = handout.store, tally.example
    config: dict[str, Any] = store.get_meta("config") or {}
    prints: dict[str, str] = store.get_meta("fingerprints") or {}
    corpus = "a corpus of the user's" if config.get("corpus") else "the demo corpus that Synthetrial brings"
    first, last = min(tally.dates), max(tally.dates)
    return (
        ("recipe", ": ".join(filter(None, (example.provenance.recipe, config.get("recipe", {}).get("about"))))),
        ("model", example.provenance.model),
        ("engine", example.provenance.engine),
        ("prompts", ", ".join(sorted(tally.prompts))),
        ("run seed", _said(config.get("seed"))),
        ("written", first if first == last else f"{first} to {last}"),
        ("corpus", f"{corpus}, fingerprint {prints.get('corpus', 'not kept')[:12]}"),
        ("split", f"fingerprint {prints.get('split', 'not kept')[:12]}; exemplars are from its training side only"),
        ("labels of the corpus", f"by the rule {_said(store.get_meta('label_rule'))}"),
        ("exported with", f"Synthetrial {__version__}"),
    )


def _said(value: object) -> str:
    return "not kept" if value is None else str(value)
