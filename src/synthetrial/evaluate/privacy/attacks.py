"""Attacks that see a synthetic set and some texts, and say for each text how likely it is to have been among its sources.

All are black-box attacks on the data alone, as anybody who downloads the set can mount them, with what public trials are like
taken off (an unusual text is far from everything; Watson et al., "On the Importance of Difficulty Calibration", ICLR 2022):

- similarity: cosine to the nearest synthetic record, less that to the nearest other real trial;
- 2-gram: mean log-likelihood under word pairs counted in the synthetic set, less that under the real trials without the text
  (the 2-gram attack of Meeus et al., "The Canary's Echo", ICML 2025, section 4);
- 8-gram: share of the text's runs of 8 words that stand in the synthetic set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial import text as rendering
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import MetricResult
from synthetrial.evaluate.privacy.bigrams import Bigrams, Words
from synthetrial.evaluate.privacy.copied import SIZES, shared
from synthetrial.evaluate.privacy.distances import placed, rows_of
from synthetrial.evaluate.statistics import Interval, cluster_counts, interval, p_value, stratified_auc, tpr_at_fpr
from synthetrial.similar.cosines import cosines
from synthetrial.similar.spans import SpanIndex
from synthetrial.trial import Protocol

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

FPR: Final = 0.01


class Target(NamedTuple):
    """A text under attack: a real trial's or a canary's id and protocol."""

    id: str
    protocol: Protocol


class Told(NamedTuple):
    """How well an attack tells members: ROC-AUC with interval and p against one half, and TPR at 1 % FPR with interval."""

    auc: float
    interval: Interval
    p: float
    tpr: float
    tpr_interval: Interval


def scores(inputs: Inputs, targets: Sequence[Target], without: frozenset[str] = frozenset()) -> dict[str, Floats]:
    """The score of each target by attack: higher where it looks like a source.

    The public trials that are compared with are all real ones but those of `without`; a target is never compared with itself.
    """
    public = [each.trial_id for each in (*inputs.train, *inputs.valid, *inputs.test) if each.trial_id not in without]
    texts = [rendering.render(each.protocol) for each in targets]
    return {
        "similarity": _similarity(inputs, targets, public),
        "2-gram": _likelihood(inputs, targets, texts, public),
        f"{SIZES[0]}-gram": _contained(inputs, targets),
    }


def told(
    scored: Floats, members: Numbers, strata: Numbers, clusters: Sequence[str], inputs: Inputs, rng: np.random.Generator
) -> Told:
    """How well `scored` tells `members` (1) from the others (0), in pairs of one stratum; intervals resample clusters."""
    counts = cluster_counts(clusters, inputs.effort.resamples, rng)
    settled = np.round(scored, 9)
    auc = float(stratified_auc(settled, members, strata)[0])
    resampled = stratified_auc(settled, members, strata, counts)
    tpr = tpr_at_fpr(settled, members, FPR)
    return Told(
        auc,
        interval(resampled),
        p_value(auc, resampled, 0.5),
        float(tpr[0]),
        interval(tpr_at_fpr(settled, members, FPR, counts)),
    )


def described(attacks: dict[str, Told]) -> list[dict[str, object]]:
    """The attacks as rows of JSON values."""
    return [
        {
            "attack": name,
            "auc": each.auc,
            "ci": list(each.interval),
            "p": each.p,
            "tpr_at_1_percent_fpr": each.tpr,
            "tpr_ci": list(each.tpr_interval),
        }
        for name, each in attacks.items()
    ]


def result(attacks: dict[str, Told], reference: dict[str, Told] | None, n: int, details: dict[str, object]) -> MetricResult:
    """The strongest attack's AUC, with all attacks in the details and the same attack's reference beside it."""
    strongest = max(attacks, key=lambda each: attacks[each].auc)
    return MetricResult(
        value=attacks[strongest].auc,
        ci_low=attacks[strongest].interval.low,
        ci_high=attacks[strongest].interval.high,
        n=n,
        reference=reference[strongest].auc if reference else None,
        details={
            "strongest": strongest,
            "attacks": described(attacks),
            "reference_attacks": described(reference) if reference else None,
            **details,
        },
    )


def _similarity(inputs: Inputs, targets: Sequence[Target], public: Sequence[str]) -> Floats:
    made, real = rows_of(inputs, [each.id for each in inputs.synthetic]), rows_of(inputs, public)
    column = {each: number for number, each in enumerate(public)}
    asked = placed(inputs, [each.protocol for each in targets])
    found = np.empty(len(targets))
    for part, beside in cosines(asked, real):
        for number, each in enumerate(targets[part]):
            if each.id in column:
                beside[number, column[each.id]] = -1.0
        found[part] = -beside.max(axis=1)
    for part, near in cosines(asked, made):
        found[part] += near.max(axis=1)
    return found


def _likelihood(inputs: Inputs, targets: Sequence[Target], texts: Sequence[str], public: Sequence[str]) -> Floats:
    words = Words()
    made = words.encode([inputs.texts[each.id] for each in inputs.synthetic])
    real = words.encode([inputs.texts[each] for each in public])
    asked = words.encode(texts)
    size = len(words.numbers)
    synthetic, others, known = Bigrams(made, size), Bigrams(real, size), set(public)
    return np.array(
        [
            synthetic.log_likelihood(text) - others.log_likelihood(text, without=each.id in known)
            for each, text in zip(targets, asked, strict=True)
        ]
    )


def _contained(inputs: Inputs, targets: Sequence[Target]) -> Floats:
    index = SpanIndex([each.id for each in inputs.synthetic], (each.protocol for each in inputs.synthetic))
    return np.array([shared(each.protocol, index, (None,))[0].grams[0] for each in targets])
