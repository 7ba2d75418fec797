"""The card of a dataset: a README.md that says what the set is, how it was made, what it is worth and what it is not for.

Names, models and texts come from elsewhere: they are escaped, so that they are read and not rendered.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from synthetrial import canonical
from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.table import rows
from synthetrial.evaluate.verdict import verdict
from synthetrial.export.croissant import FIELDS
from synthetrial.export.handout import STATEMENT, titled
from synthetrial.export.tally import Tally
from synthetrial.text import render
from synthetrial.trial import SyntheticTrial

if TYPE_CHECKING:
    from jinja2 import Template

USE: Final = (
    "Adding to scarce training data for predicting whether a trial succeeds, where your own validation trials say that this "
    "helps."
)
LIMITS: Final = (
    "A label is the one that the plan asked for; nothing was observed. Each record is a text that a model wrote after reading "
    "a few real ones, and says nothing new about a drug or a disease."
)
COLUMNS: Final = {name: meaning for name, (_, meaning) in FIELDS.items()} | {
    "protocol": "The record's fields, nested, by the names of the ClinicalTrials.gov API v2 in snake_case",
    "reasons": "Why trials like the exemplars succeed or fail: factor, statement, and whether a quote was found for it",
    "exemplars": "The real trials that the record was made from, as salted hashes: equal hashes, equal trials",
    "sampling": "Sampling parameters of the call, as JSON",
}
_EXAMPLE: Final = 1_500
"""Characters shown of a record."""
_SIZES: Final = (
    (1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"), (10_000_000, "1M<n<10M"),
)  # fmt: skip


def card(
    *,
    name: str,
    place: str,
    data_files: str,
    tally: Tally,
    made: tuple[tuple[str, str], ...],
    making: str,
    evaluation: Evaluation | None,
    why_not: str,
    licence: str | None,
    licence_keys: dict[str, str],
    terms: str | None,
) -> bytes:
    """The card in UTF-8. `place` is what `load_dataset` takes, `made` rows of how it was made; `why_not` says why there is no
    `evaluation`."""
    metadata: dict[str, Any] = {
        **licence_keys,
        "pretty_name": f"Synthetic clinical trial records: {name}",
        "language": ["en"],
        "size_categories": [size_category(tally.count)],
        "task_categories": ["text-classification"],
        "annotations_creators": ["machine-generated"],
        "language_creators": ["machine-generated"],
        "tags": ["synthetic", "clinical-trials", "medical", "synthetrial"],
        "configs": [{"config_name": "default", "data_files": [{"split": "train", "path": data_files}]}],
    }
    filled = _template().render(
        metadata=metadata,
        name=name,
        place=place,
        statement=STATEMENT,
        tally=tally,
        made=made,
        making=making,
        evaluation=evaluation,
        answers=verdict(evaluation) if evaluation else (),
        rows=rows(evaluation) if evaluation else (),
        why_not=why_not,
        use=USE,
        limits=LIMITS,
        columns=COLUMNS,
        example=shown(tally.example),
        licence=licence,
        terms=terms,
    )
    return filled.encode(errors="replace")


def size_category(count: int) -> str:
    """How the hub says how many records there are."""
    return next((name for most, name in _SIZES if count < most), "n>10M")


def shown(trial: SyntheticTrial) -> str:
    """A record for people, cut where it is long."""
    text = f"{trial.id} · label {trial.label}\n\n{render(titled(trial.protocol))}"
    return text if len(text) <= _EXAMPLE else f"{text[:_EXAMPLE].rstrip()} […]"


def plain(text: object) -> str:
    """`text` on one line of Markdown that shows just that."""
    return re.sub(r"([\\`*_<>|#]|(?<=\])\()", r"\\\1", canonical.line(str(text)) or "")


def fenced(text: str) -> str:
    """`text` as a block of code that nothing in it can end."""
    fence = "`" * max(3, *(len(each) + 1 for each in re.findall("`+", text)), 3)
    return f"{fence}text\n{text.rstrip()}\n{fence}"


def _json(value: object) -> str:
    """A value in JSON, which is YAML and Python as well."""
    return msgspec.json.encode(value).decode()


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("synthetrial.export", "templates"),
        undefined=StrictUndefined,
        autoescape=False,  # a card is Markdown: see `plain`
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"json": _json, "plain": plain, "fenced": fenced}
    return environment.get_template("card.md.j2")
