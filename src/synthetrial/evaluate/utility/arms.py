"""The arms: what a holder may add to the real trials, record for record.

Every arm has one row per synthetic record, with the same bootstrap counts, so that arms differ in what the rows say and in
nothing else.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial import text
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.utility.recombine import recombined, same_label
from synthetrial.evaluate.utility.space import Space, space
from synthetrial.verify.teacher import weigh

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

SYNTHETIC, SHUFFLED, DUPLICATED, RECOMBINED = "synthetic", "shuffled-label", "duplicated-exemplar", "recombined-exemplar"
REAL, HYBRID, AS_MANY_REAL, WEIGHTED = "real", "hybrid", "as-many-real", "+weight"


class Addition(NamedTuple):
    """What an arm adds: rows (records × dimensions), their labels, their weights (mean 1), and whether labels are shuffled."""

    name: str
    rows: Floats
    labels: Numbers
    weights: Floats
    shuffled: bool = False


class Arms(NamedTuple):
    """All additions, the space they are in, and why an arm that belongs in the table is not there."""

    additions: tuple[Addition, ...]
    space: Space
    missing: dict[str, str]


def arms(inputs: Inputs, rng: np.random.Generator) -> Arms:
    """The additions of every arm but as-many-real (that is drawn with the holder's trials).

    Arms from exemplars need records that name them; arms with the teacher's weights need the run's folds. Weights are
    p(label | text)³ by the same cross-fitted teacher for written records and controls alike, brought to a mean of 1.
    """
    labels = inputs.synthetic_labels
    missing: dict[str, str] = {}
    plain = np.ones(len(labels))
    sources = [same_label(inputs.exemplars(each), each.label) for each in inputs.synthetic]
    if not all(sources):
        missing |= dict.fromkeys((DUPLICATED, RECOMBINED), "records that name no exemplar")
        made = space(inputs, [])
        kinds = [(SYNTHETIC, made.synthetic, labels, [inputs.texts[each.id] for each in inputs.synthetic])]
    else:
        copies = [each[int(rng.integers(len(each)))] for each in sources]
        copied = np.array([each.label.value if each.label else asked for each, asked in zip(copies, labels, strict=True)])
        mixed = [text.render(recombined(each, rng)) for each in sources]
        made = space(inputs, mixed)
        row = {each.trial_id: number for number, each in enumerate(inputs.train)}
        kinds = [
            (SYNTHETIC, made.synthetic, labels, [inputs.texts[each.id] for each in inputs.synthetic]),
            (
                DUPLICATED,
                made.train[[row[each.trial_id] for each in copies]],
                copied,
                [inputs.texts[c.trial_id] for c in copies],
            ),
            (RECOMBINED, made.extra, labels, mixed),
        ]
    additions = [Addition(name, rows, asked, plain) for name, rows, asked, _ in kinds]
    additions.insert(1, Addition(SHUFFLED, made.synthetic, labels, plain, shuffled=True))
    teacher, folds = inputs.teacher, inputs.record_folds
    if teacher is None or folds is None:
        missing |= {f"{name}{WEIGHTED}": "the run's teacher folds are not known" for name, *_ in kinds}
    else:
        for name, rows, asked, texts in kinds:
            weights = weigh(teacher.p_success_texts(texts, folds.tolist()), asked.tolist()).weights
            additions.append(Addition(f"{name}{WEIGHTED}", rows, asked, weights / weights.mean()))
    return Arms(tuple(additions), made, missing)
