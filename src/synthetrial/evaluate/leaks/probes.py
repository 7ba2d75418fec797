"""leak-probes: does one thing alone, that says nothing of the trial's design, tell the label?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthetrial.evaluate import logistic
from synthetrial.evaluate.inputs import Effort, Inputs, labelled, labels_of, small
from synthetrial.evaluate.leaks.features import PROBES, Probe, Probed
from synthetrial.evaluate.metric import MetricResult, UnmeasurableError, metric
from synthetrial.evaluate.statistics import (
    Interval,
    cluster_counts,
    grouped_folds,
    holm,
    interval,
    p_value,
    stratified_auc,
    stratified_folds,
)
from synthetrial.trial import RegistryTrial

NAME: Final[str] = "leak-probes"
FOLDS: Final = 5
FEWEST_GROUPS: Final = 20
_LEVEL: Final = 0.05

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


class Reading(NamedTuple):
    """What a probe read: cross-validated ROC-AUC against the label, its interval and p-value against one half.

    `constant` where the thing is the same in all records: nothing to read, 0.5.
    """

    auc: float
    interval: Interval
    p: float
    constant: bool


class Folds(NamedTuple):
    """Fold numbers (rows × repeats), and in words what they keep together."""

    numbers: Numbers
    kept: str


@metric(
    NAME,
    "ROC-AUC for the label of the strongest of the classifiers that see one thing only (length, missing fields, ids, …).",
    low=0, high=1, direction="lower", cost="seconds",
)  # fmt: skip
def leak_probes(inputs: Inputs, rng: np.random.Generator) -> MetricResult:
    """Each is to be near .5 on synthetic records, and no further from it than on real trials, which stand beside it.

    Cross-validated logistic regression within each set, folds drawn several times; intervals resample records by drug. Records
    that share a cell or a main drug are in one fold: twins from one plan would be recognised across folds.

    A probe *fires* where its AUC is above one half (Holm over the probes, 5 %) and above that on real trials, on records of
    `FEWEST_GROUPS` drugs or more: a bootstrap of fewer is too sure of itself. AUCs below one
    half are no finding: where a corpus is balanced on a thing (matched pairs), what is over-represented in four folds is
    under-represented in the fifth.

    The value is the highest on synthetic records (the highest of several is above .5 by chance, so read it beside its
    interval); the reference is the same probe on all real trials. Raises `UnmeasurableError` with fewer than two records of
    a label.
    """
    inputs.need_synthetic()
    synthetic = [Probed(each.id, each.protocol, None, None) for each in inputs.synthetic]
    asked = inputs.synthetic_labels
    if min(int((asked == 1).sum()), int((asked == 0).sum())) < 2:
        raise UnmeasurableError(f"{int(asked.sum())} of {len(asked)} records are labelled success: two of each are needed")
    trials = labelled((*inputs.train, *inputs.valid, *inputs.test))
    real_labels = labels_of(trials)
    real_known = min(int((real_labels == 1).sum()), int((real_labels == 0).sum())) >= 2
    clusters, together = inputs.real_clusters(trials), inputs.synthetic_clusters
    real_folds = folds_of(real_labels, [clusters], inputs.effort, rng) if real_known else None
    folds = folds_of(asked, [together, _cells(inputs)], inputs.effort, rng)
    counts = cluster_counts(clusters, inputs.effort.resamples, rng)
    drawn = cluster_counts(together, inputs.effort.resamples, rng)
    written, beside, probed = {}, {}, as_probed(trials)
    for each in PROBES:
        if real_folds is not None:
            beside[each.name] = read(each, probed, real_labels, real_folds, counts)
        if not each.real_only:
            written[each.name] = read(each, synthetic, asked, folds, drawn)
    adjusted = dict(zip(written, holm([each.p for each in written.values()]), strict=True))
    adjusted_real = dict(zip(beside, holm([each.p for each in beside.values()]), strict=True))
    worst = max(written, key=lambda each: written[each].auc)
    fires = [
        name for name, each in written.items()
        if adjusted[name] < _LEVEL and each.auc > 0.5 and (name not in beside or each.auc > beside[name].auc)
        and len(set(together)) >= FEWEST_GROUPS
    ]  # fmt: skip
    return MetricResult(
        value=written[worst].auc,
        ci_low=written[worst].interval.low,
        ci_high=written[worst].interval.high,
        n=len(synthetic),
        reference=beside[worst].auc if worst in beside else None,
        details={
            "worst": worst,
            "folds": folds.kept,
            "fires": fires,
            "fires_on_real": [name for name, each in beside.items() if adjusted_real[name] < _LEVEL and each.auc > 0.5],
            "probes": [
                {
                    "probe": each.name,
                    "synthetic": _described(written.get(each.name), adjusted.get(each.name)),
                    "real": _described(beside.get(each.name), adjusted_real.get(each.name)),
                }
                for each in PROBES
            ],
            "reference": f"the same probe on {len(trials)} labelled real trials" if beside else "too few labelled real trials",
            **small(len(synthetic)),
        },
    )


def as_probed(trials: Sequence[RegistryTrial]) -> list[Probed]:
    """Real trials as probes see them; the source is its format and file, as one corpus may join several of each."""
    return [
        Probed(each.trial_id, each.protocol, f"{each.source.format} {each.source.file}", each.start_date) for each in trials
    ]


def folds_of(labels: Numbers, groupings: Sequence[Sequence[str]], effort: Effort, rng: np.random.Generator) -> Folds:
    """Folds that keep the groups of the first of `groupings` (from coarse to fine) whose groups can be kept apart: at least two
    for each label, in two folds or more. Without one, records are drawn singly."""
    least = min(int((labels == 1).sum()), int((labels == 0).sum()))
    for groups in groupings:
        held = [len({group for group, label in zip(groups, labels, strict=True) if label == value}) for value in (0, 1)]
        if min(held) >= 2:
            drawn = grouped_folds(labels, groups, min(FOLDS, *held), effort.repeats, rng)
            if all(_both_labels(drawn[:, each], labels) for each in range(drawn.shape[1])):
                return Folds(drawn, f"{len(set(groups))} groups, none of them parted")
    return Folds(stratified_folds(labels, min(FOLDS, least), effort.repeats, rng), "single records: too few groups")


def _both_labels(folds: Numbers, labels: Numbers) -> bool:
    """Whether some fold holds both labels, and so do all the others of each fold."""
    inside = [set(labels[folds == each].tolist()) for each in np.unique(folds)]
    return any(len(each) == 2 for each in inside) and all(
        len(set(labels[folds != each].tolist())) == 2 for each in np.unique(folds)
    )


def read(probe: Probe, records: Sequence[Probed], labels: Numbers, folds: Folds, counts: Floats) -> Reading:
    """How well `probe` alone tells `labels`: the mean over repeats of the AUC over pairs within a fold; interval by `counts`,
    bootstrap counts (resamples × records)."""
    columns = probe.columns(records)
    if not (columns != columns[0]).any():
        return Reading(0.5, Interval(0.5, 0.5), 1.0, constant=True)
    drawn = folds.numbers
    scores = np.round(logistic.cross_validated(columns, labels, drawn), 9)
    repeats = range(drawn.shape[1])
    areas = [stratified_auc(scores[:, each], labels, drawn[:, each])[0] for each in repeats]
    resampled = np.mean([stratified_auc(scores[:, each], labels, drawn[:, each], counts) for each in repeats], axis=0)
    auc = float(np.mean(areas))
    return Reading(auc, interval(resampled), p_value(auc, resampled, 0.5), constant=False)


def _cells(inputs: Inputs) -> list[str]:
    return [str(each.provenance.cell) for each in inputs.synthetic]


def _described(reading: Reading | None, p: float | None) -> dict[str, object] | None:
    if reading is None:
        return None
    return {"auc": reading.auc, "ci": list(reading.interval), "p_holm": p, "constant": reading.constant}
