"""The arms: what a holder may add to the real trials, record for record.

Every group of arms has one row per synthetic record, with the same bootstrap counts, so that arms differ in what the rows say
and in nothing else. The arms of a group share their rows and differ in labels and weights: one fit serves them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial import text
from synthetrial.control.eda import paraphrased
from synthetrial.control.recombine import recombined, same_label
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.utility.space import Place, Space
from synthetrial.trial import Protocol, RegistryTrial
from synthetrial.verify.teacher import Mode, weigh

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

SYNTHETIC, SHUFFLED = "synthetic", "shuffled-label"
DUPLICATED, PARAPHRASED, RECOMBINED = "duplicated-exemplar", "paraphrased-exemplar", "recombined-exemplar"
REAL, PRIOR, HYBRID, AS_MANY_REAL, TEACHER = "real", "prior", "hybrid", "as-many-real", "teacher"
WEIGHTED, FILTERED, DISTILLED, DIVIDED = "+weight", "+filter", "+distillation", "+dimp"
MODES: Final[dict[str, Mode]] = {WEIGHTED: "weight", FILTERED: "filter", DISTILLED: "relabel", DIVIDED: "dimp"}
CONTROLS: Final = (DUPLICATED, PARAPHRASED, RECOMBINED)


class Addition(NamedTuple):
    """What an arm adds: labels and weights (mean 1) of its group's rows, whether the labels are shuffled in every draw, and
    whether the model in training divides the weights by its own probability of the label (`dimp`)."""

    name: str
    labels: Numbers
    weights: Floats
    shuffled: bool = False
    dynamic: bool = False


class Group(NamedTuple):
    """Arms on the same rows (records × dimensions). `foreign` where the rows do not stand for this set's records one by one."""

    rows: Floats
    additions: tuple[Addition, ...]
    foreign: bool = False


class Arms(NamedTuple):
    """All groups, the space they are in, and why an arm that belongs in the table is not there."""

    groups: tuple[Group, ...]
    space: Space
    missing: dict[str, str]


def arms(inputs: Inputs, place: Place, rng: np.random.Generator, distinct: int | None = None) -> Arms:
    """The additions of every arm but the real ones (those are drawn with the holder's trials).

    Arms from exemplars need records that name them; arms with the teacher's weights or labels need the run's folds. Weights
    are p(label | text)³ by the same cross-fitted teacher for written records and controls alike, brought to a mean of 1;
    the filter keeps the upper half of each label; distillation takes the teacher's label. Where `distinct` is given, about that
    many paraphrases and recombinations are made, and each stands for several records of its label and fold.
    """
    missing: dict[str, str] = {}
    sources = [same_label(inputs.exemplars(each), each.label) for each in inputs.synthetic]
    made: list[Protocol] = []
    copies: list[RegistryTrial] = []
    stands: list[int] = []
    if all(sources):
        copies = [each[int(rng.integers(len(each)))] for each in sources]
        stands = _stand_ins(inputs, distinct)
        made = [paraphrased(copies[at].protocol, rng) for at in dict.fromkeys(stands)]
        made += [recombined(sources[at], rng) for at in dict.fromkeys(stands)]
    else:
        missing |= dict.fromkeys(CONTROLS, "records that name no exemplar")
    others = [each.protocol for records in inputs.others.values() for each in records]
    space = place(inputs, [*made, *others])
    groups = [_written(inputs, space, missing)]
    if copies:
        groups += _controls(inputs, space, copies, stands, made, missing)
    start = len(made)
    for name, records in inputs.others.items():
        rows = space.extra[start : start + len(records)]
        start += len(records)
        asked = np.array([each.label for each in records], dtype=np.int64)
        groups.append(Group(rows, (Addition(name, asked, np.ones(len(asked))),), foreign=True))
    return Arms(tuple(groups), space, missing)


def _written(inputs: Inputs, space: Space, missing: dict[str, str]) -> Group:
    labels = inputs.synthetic_labels
    plain = np.ones(len(labels))
    p = inputs.taught.synthetic if inputs.taught else None
    judged = _judged(p, SYNTHETIC, labels, (WEIGHTED, FILTERED, DISTILLED), missing)
    shuffled = Addition(SHUFFLED, labels, plain, shuffled=True)
    return Group(space.synthetic, (Addition(SYNTHETIC, labels, plain), *judged, shuffled))


def _controls(
    inputs: Inputs,
    space: Space,
    copies: Sequence[RegistryTrial],
    stands: Sequence[int],
    made: Sequence[Protocol],
    missing: dict[str, str],
) -> list[Group]:
    asked, number = inputs.synthetic_labels, len(copies)
    own = np.array([each.label.value if each.label else label for each, label in zip(copies, asked, strict=True)])
    row = {each.trial_id: at for at, each in enumerate(inputs.train)}
    texts = [text.render(each) for each in made]
    place = {each: at for at, each in enumerate(dict.fromkeys(stands))}
    first = np.array([place[each] for each in stands])
    second = first + len(place)
    rows = np.array([row[each.trial_id] for each in copies])
    folds, teacher = inputs.record_folds, inputs.taught
    if teacher is None or inputs.teacher is None or folds is None:
        p = dict.fromkeys(CONTROLS)
    else:
        once = list(dict.fromkeys(stands))
        judged = inputs.teacher.p_success_texts(texts, [*folds[once].tolist(), *folds[once].tolist()])
        p = dict(
            zip(
                CONTROLS,
                (teacher.train[[teacher.folds.index(each) for each in folds], rows], judged[first], judged[second]),
                strict=True,
            )
        )
    kinds = (
        (DUPLICATED, space.train[rows], own),
        (PARAPHRASED, space.extra[first], own[list(stands)]),
        (RECOMBINED, space.extra[second], asked),
    )
    return [
        Group(
            placed,
            (Addition(name, labels, np.ones(number)), *_judged(p[name], name, labels, (WEIGHTED, DISTILLED), missing)),
        )
        for name, placed, labels in kinds
    ]


def _stand_ins(inputs: Inputs, distinct: int | None) -> list[int]:
    """For each record the one whose controls stand for it: itself, or one of about `distinct`, of the same label and fold."""
    number = len(inputs.synthetic)
    if distinct is None or number <= distinct:
        return list(range(number))
    folds = inputs.record_folds if inputs.record_folds is not None else np.zeros(number, dtype=np.int64)
    stands = np.arange(number)
    for key in sorted(set(zip(inputs.synthetic_labels.tolist(), folds.tolist(), strict=True))):
        mine = np.flatnonzero((inputs.synthetic_labels == key[0]) & (folds == key[1]))
        kept = max(1, round(distinct * len(mine) / number))
        stands[mine] = np.resize(mine[:kept], len(mine))
    found: list[int] = stands.tolist()
    return found


def _judged(p: Floats | None, name: str, labels: Numbers, modes: Sequence[str], missing: dict[str, str]) -> list[Addition]:
    """The teacher's arms of a kind of rows, in each of `modes`; `p` is p(success | text) of each."""
    if p is None:
        missing |= {f"{name}{mode}": "the run's teacher folds are not known" for mode in modes}
        return []
    additions = []
    for mode in modes:
        weighed = weigh(p, labels.tolist(), MODES[mode])
        weights = weighed.weights / weighed.weights.mean()
        additions.append(Addition(f"{name}{mode}", weighed.labels, weights, dynamic=mode == DIVIDED))
    return additions


def arm_name(addition: str, size: int) -> str:
    """ "hybrid" where the records join real trials, "hybrid/control" for a control; the addition's own name alone."""
    if not size:
        return addition
    if addition.partition("+")[0] == SYNTHETIC:
        return addition.replace(SYNTHETIC, HYBRID)
    return f"{HYBRID}/{addition}"
