"""What choices among the kept records of a study are worth: breadth of exemplars, parts of the records, kinds of teacher.

    python benchmarks/choices.py [--work DIR]

Of the records of the primary set (`studies/registry-records`), each choice takes a third, and is held against as many records
of the recombined control in the first split: the difference in ROC-AUC at n_real = 50, 100 and 200, by both classifiers, with
its 95 % interval. Prints a Markdown table. Corpus, controls and cells are kept in DIR, as `benchmarks/utility.py` keeps them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent))
from published_loop import DATA
from study_corpus import study_corpus
from synthetrial.evaluate import logistic
from synthetrial.evaluate.inputs import Inputs, labels_of
from synthetrial.evaluate.utility.utility_embedding import vectors
from synthetrial.study.plan import Made
from synthetrial.study.settings import Question, Study, load_study
from synthetrial.study.study import Set, measure
from synthetrial.trial import Protocol, SyntheticTrial
from utility import STUDY, given, inputs_of, said

Records = tuple[SyntheticTrial, ...]
Floats = npt.NDArray[np.float64]
AGAINST: Final = "recombine"
SIZES: Final = (50, 100, 200)
PARTS: Final = {
    "title, design and conditions alone": ("brief_summary", "eligibility", "primary_outcomes", "secondary_outcomes"),
    "without outcomes": ("primary_outcomes", "secondary_outcomes"),
    "without eligibility": ("eligibility",),
    "without summary": ("brief_summary",),
}
"""Fields that are left out."""


def choices(records: Records, inputs: Inputs) -> dict[str, Records]:
    """A third of `records` by each choice, as many of each label as in all of them."""
    few = len(records) // 3
    first = records[:few]
    words, meaning = by_words(inputs), by_meaning(inputs)
    return {
        "as they come": first,
        "of few exemplars": _best(records, -turns(records, min), few),
        "of many exemplars": _best(records, -turns(records, max), few),
        "likeliest by a teacher of words": _best(records, words, few),
        "likeliest by a teacher of MiniLM vectors": _best(records, meaning, few),
        "likeliest by both teachers": _best(records, words + meaning, few),
        **{name: tuple(_without(each, fields) for each in first) for name, fields in PARTS.items()},
    }


def turns(records: Records, first: Callable[..., int]) -> Floats:
    """When each record's turn comes, where next is always the one that brings the fewest (`first` is `min`) or the most (`max`)
    exemplars not seen yet."""
    seen: set[str] = set()
    left, found = dict(enumerate(records)), np.zeros(len(records))
    for turn in range(len(records)):
        row = first(left, key=lambda each: len(set(left[each].provenance.exemplars) - seen))
        seen |= set(left.pop(row).provenance.exemplars)
        found[row] = turn
    return found


def by_words(inputs: Inputs) -> Floats:
    """Log-odds of each record's own label by the cross-fitted teacher of the method."""
    assert inputs.taught is not None
    assert inputs.taught.synthetic is not None
    p = np.clip(inputs.taught.synthetic, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p)) * (2 * inputs.synthetic_labels - 1)


def by_meaning(inputs: Inputs) -> Floats:
    """The same of a logistic regression on MiniLM vectors, fitted on the other folds' trials."""
    space, labels, record_folds = vectors(inputs, ()), labels_of(inputs.train), inputs.record_folds
    assert record_folds is not None
    folds = np.array([inputs.folds[each.trial_id] for each in inputs.train])
    margins = np.zeros(len(space.synthetic))
    for fold in np.unique(record_folds):
        weights = logistic.balanced(labels, (folds != fold).astype(np.float64)[:, None])
        rows = record_folds == fold
        margins[rows] = logistic.fit(space.train, labels, weights).margins(space.synthetic[rows])[:, 0]
    return margins * (2 * inputs.synthetic_labels - 1)


def _best(records: Records, score: Floats, number: int) -> Records:
    """The `number` records that score highest within their label, in their own order."""
    labels = np.array([each.label for each in records])
    chosen: set[int] = set()
    for label in (0, 1):
        rows = np.flatnonzero(labels == label)
        wanted = round(number * len(rows) / len(records))
        chosen |= set(rows[np.argsort(-score[rows], kind="stable")[:wanted]].tolist())
    return tuple(each for row, each in enumerate(records) if row in chosen)


def _without(record: SyntheticTrial, fields: Sequence[str]) -> SyntheticTrial:
    empty = Protocol(brief_title="-")
    return msgspec.structs.replace(
        record, protocol=msgspec.structs.replace(record.protocol, **{each: getattr(empty, each) for each in fields})
    )


def table(study: Study, folder: Path) -> list[str]:
    """The lines of the table."""
    found = list(given(study, folder))
    main, control = (next(each for each in found if each.made.recipe.name == name) for name in (study.primary.set, AGAINST))
    made = choices(main.records, inputs_of(study, folder, main))
    number = len(made["as they come"])
    held = [Set(made=control.made, records=control.records[:number])]
    held += [Set(made=_called(main, name, number), records=each) for name, each in made.items()]
    asked = study.model_copy(
        update={
            "n_real": SIZES, "augment": (), "growth": (), "splits": (main.made.split,),
            "questions": tuple(Question(ask=name, set=name, against=AGAINST) for name in made),
        }
    )  # fmt: skip
    results = measure(asked, folder, held, watch=said)
    places = [(by, size) for by in study.classifiers for size in SIZES]
    lines = [
        f"| {number} records | exemplars | {' | '.join(f'{by}, n = {size}' for by, size in places)} |",
        "|---" * (2 + len(places)) + "|",
    ]
    for name, records in made.items():
        cells = [
            f"{each.delta.value:+.3f} [{each.delta.ci[0]:+.3f}, {each.delta.ci[1]:+.3f}]"
            for by, size in places
            for each in results.comparisons
            if (each.ask, each.classifier, each.n_real) == (name, by, size) and each.delta.ci[0] is not None
        ]
        breadth = len({trial for each in records for trial in each.provenance.exemplars})
        lines.append(f"| {name} | {breadth} | {' | '.join(cells)} |")
    return lines


def _called(of: Set, name: str, number: int) -> Made:
    return msgspec.structs.replace(of.made, recipe=of.made.recipe.model_copy(update={"name": name}), n=number)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, help="keep corpus, controls and measured cells here")
    asked = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"no registry records at {DATA}; set SYNTHETRIAL_DATA")
    with tempfile.TemporaryDirectory() as name:
        folder = asked.work or Path(name)
        study = load_study(STUDY).model_copy(update={"corpus": str(folder / "corpus")})
        study_corpus(folder / "corpus")
        print("\n".join(table(study, folder)))


if __name__ == "__main__":
    main()
