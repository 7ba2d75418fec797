"""The utility study with a fine-tuned encoder: the same arms, draws and figures, a fit per cell in the place of a matrix.

A draw is a seed: it draws who is held and which records came out, and initialises the head. λ is 0 or 1: the records stand
beside the real trials with the same weight, or validation sends them away.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate import logistic
from synthetrial.evaluate.inputs import Inputs, labels_of
from synthetrial.evaluate.statistics import cluster_counts, roc_auc
from synthetrial.evaluate.utility.arms import PRIOR, REAL, TEACHER, arms
from synthetrial.evaluate.utility.cells import Cell, Cells, key
from synthetrial.evaluate.utility.draws import grid, make_draws
from synthetrial.evaluate.utility.encoder import Encoder
from synthetrial.evaluate.utility.encoder_plan import Plan, Wanted, equal_plans, plans
from synthetrial.evaluate.utility.equal_size import mixtures
from synthetrial.evaluate.utility.finetune import Examples, Tokens, Tuned, fine_tune
from synthetrial.evaluate.utility.learn import Labels, Trained
from synthetrial.evaluate.utility.measure import Resamples, measure
from synthetrial.evaluate.utility.parts import measured_on, parts
from synthetrial.evaluate.utility.settings import EncoderChoice, Step
from synthetrial.evaluate.utility.space import Space
from synthetrial.evaluate.utility.study import Row, Study, with_labels
from synthetrial.trial import Protocol

MIXINGS: Final = (0.0, 1.0)

Floats = npt.NDArray[np.float64]


def encoder_study(inputs: Inputs, choice: EncoderChoice, rng: np.random.Generator) -> Study:
    """Fine-tune and measure every arm of `choice`. Cells that its file holds are not trained again.

    Raises `UnmeasurableError` where a side lacks a label or there is no such encoder, `MissingExtraError`, `StoreError`.
    """
    inputs = with_labels(inputs)
    encoder = Encoder(choice.name)
    labels = Labels(labels_of(inputs.train), labels_of(inputs.valid), labels_of(inputs.test))
    whole, number = len(inputs.train), len(choice.settings.seeds)
    asked = grid(whole, inputs.scenario) if choice.sizes is None else choice.sizes
    sizes = (*sorted({each for each in asked if 0 < each < whole}), whole)
    protocols: list[Protocol] = []

    def place(kept: Inputs, extra: Sequence[Protocol]) -> Space:
        """Rows hold their number in `protocols`, which is all that a fine-tuning needs."""
        rows: list[Floats] = []
        for side in (kept.train, kept.valid, kept.test, kept.synthetic):
            rows.append(len(protocols) + np.arange(len(side), dtype=np.float64)[:, None])
            protocols.extend(each.protocol for each in side)
        rows.append(len(protocols) + np.arange(len(extra), dtype=np.float64)[:, None])
        protocols.extend(extra)
        train, valid, test, synthetic, others = rows
        return Space(train, valid, test, synthetic, others, *_said(choice, encoder))

    teacher = inputs.taught
    built = arms(inputs, place, rng)
    draws = make_draws(labels.train, inputs.synthetic_labels, sizes, number, rng)
    clusters = inputs.real_clusters(inputs.test)
    resamples = Resamples(
        cluster_counts(clusters, inputs.effort.resamples, rng),
        rng.multinomial(number, np.full(number, 1 / number), size=inputs.effort.resamples) / number,
    )
    left = parts(inputs.test)
    tokens = encoder.rows(protocols, choice.settings.tokens)
    wanted = Wanted(choice.arms, labels.train, teacher.labels if teacher else None)
    planned = [each for size in (0, *sizes) for each in plans(size, tokens, built.groups, draws, wanted)]
    if choice.ratios:
        for size in sizes:
            mixed = mixtures(labels.train, len(draws.records), draws, size, rng)
            planned += equal_plans(size, tokens, built.groups[0], labels.train, mixed)
    start, end = len(inputs.train), len(inputs.train) + len(inputs.valid)
    weights = logistic.balanced(labels.valid, np.ones((len(labels.valid), 1)))[:, 0]
    valid = Examples(tokens[start:end], labels.valid, weights)
    with _all_cores():
        trained = _trained(planned, encoder, choice, valid, tokens[end : end + len(inputs.test)])
    rows: list[Row] = []
    equal: list[Row] = []
    bases: dict[int, Trained] = {}
    for size in (0, *sizes):
        nothing = Trained(np.zeros((number, len(labels.valid))), np.zeros((number, len(labels.test))))
        bases[size] = next((t for p, t in zip(planned, trained, strict=True) if (p.arm, p.n_real) == (REAL, size)), nothing)
        base, alone = REAL if size else PRIOR, bases[size]
        whole_side, parts_of_it = measure(alone, labels, resamples), measured_on(left, base, alone, labels, resamples)
        rows.append(Row(base, size, 0, 0.0, {}, whole_side, without=parts_of_it))
        for plan, each in zip(planned, trained, strict=True):
            if plan.n_real == size and plan.arm != REAL:
                mine = _mixed(each, bases[size], labels) if plan.mixed else each._replace(mixing=1.0)
                without = measured_on(left, plan.arm, mine, labels, resamples) if plan.share is None else {}
                row = Row(plan.arm, size, plan.number, mine.mixing, dict(mine.curve), measure(mine, labels, resamples),
                          plan.share, plan.repeated, without)  # fmt: skip
                (rows if plan.share is None else equal).append(row)
        if teacher and TEACHER in choice.arms:
            mine = Trained(teacher.valid, teacher.test)
            rows.append(Row(TEACHER, size, 0, 0.0, {}, measure(mine, labels, resamples)))
    known = {addition.name for group in built.groups for addition in group.additions}
    missing = {**built.missing, **dict.fromkeys(sorted(known - set(choice.arms)), "not asked for")}
    return Study(
        tuple(rows), tuple(equal), sizes, labels, len(set(clusters)), draws, built.space, missing, MIXINGS, number, left
    )  # fmt: skip


def _said(choice: EncoderChoice, encoder: Encoder) -> tuple[str, str]:
    """Features and classifier in words."""
    set_ = choice.settings
    return (
        f"every section has its share of {min(set_.tokens, encoder.window)} tokens",
        f"{choice.name} fine-tuned, {set_.epochs} epochs, lr {set_.rate:g}, batch {set_.batch}, decay {set_.decay:g}, seeds "
        f"{', '.join(map(str, set_.seeds))}",
    )


def _trained(planned: Sequence[Plan], encoder: Encoder, choice: EncoderChoice, valid: Examples, test: Tokens) -> list[Trained]:
    """The scores of every plan, a row per seed."""
    cells, seeds = Cells(choice.kept), choice.settings.seeds
    found = []
    for number, plan in enumerate(planned):
        tuned = [
            _cell(cells, plan, draw, number * len(seeds) + draw + 1, len(planned) * len(seeds), encoder, choice, valid, test)
            for draw in range(len(seeds))
        ]
        found.append(Trained(np.stack([each.valid for each in tuned]), np.stack([each.test for each in tuned])))
    return found


def _cell(
    cells: Cells, plan: Plan, draw: int, number: int, of: int, encoder: Encoder, choice: EncoderChoice, valid: Examples,
    test: Tokens,
) -> Tuned:  # fmt: skip
    seed, train = choice.settings.seeds[draw], plan.sets[draw]
    name = key(choice.name, choice.settings, seed, train, valid, test)
    if (known := cells.get(name)) is not None:
        return known

    def watch(step: int, steps: int, loss: float) -> None:
        if choice.watch:
            choice.watch(Step(number, of, plan.arm, plan.n_real, seed, step, steps, loss))

    tuned = fine_tune(encoder, train, valid, test, choice.settings, seed, watch)
    cells.keep(
        Cell(
            key=name, encoder=choice.name, arm=plan.arm, n_real=plan.n_real, seed=seed, epoch=tuned.epoch, losses=tuned.losses,
            valid=tuple(tuned.valid.tolist()), test=tuple(tuned.test.tolist()),
        )
    )  # fmt: skip
    return tuned


def _mixed(added: Trained, base: Trained, labels: Labels) -> Trained:
    """The arm with λ = 0 or 1, whichever ranks the validation trials better (0 if equal; 1 where these cannot tell)."""
    areas = {0.0: _mean_auc(base.valid, labels), 1.0: _mean_auc(added.valid, labels)}
    curve = {str(each): area for each, area in areas.items()}
    if np.isfinite(areas[0.0]) and areas[0.0] >= areas[1.0]:
        return base._replace(mixing=0.0, curve=curve)
    return added._replace(mixing=1.0, curve=curve)


def _mean_auc(scores: Floats, labels: Labels) -> float:
    return float(np.mean([roc_auc(each, labels.valid)[0] for each in scores])) if len(labels.valid) else float("nan")


@contextmanager
def _all_cores() -> Iterator[None]:
    """Metrics run on one thread; a neural network takes all there are, or as many as OMP_NUM_THREADS says."""
    import torch

    before = torch.get_num_threads()
    asked = os.environ.get("OMP_NUM_THREADS", "")
    torch.set_num_threads(int(asked) if asked.isdigit() and int(asked) else os.cpu_count() or 1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
