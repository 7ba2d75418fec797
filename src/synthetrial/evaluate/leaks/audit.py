"""The audit of a real corpus: does anything but the design of its trials tell their labels?

A corpus that fails it teaches a classifier its own making: which file a record came from, how long it is, when it began. The
probes are those of `leak-probes`, on all labelled trials, and on those whose text does not speak of their status: registries
overwrite records, and some were edited after the end (invariant 1: such records are flagged, never mended).
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import msgspec
import numpy as np

from synthetrial.check.outcome_leak import find
from synthetrial.corpus.store import Corpus
from synthetrial.evaluate.inputs import FULL, Effort
from synthetrial.evaluate.leaks.features import PROBES
from synthetrial.evaluate.leaks.probes import as_probed, folds_of, read
from synthetrial.evaluate.metric import UnmeasurableError
from synthetrial.evaluate.statistics import cluster_counts, holm
from synthetrial.seeds import derive
from synthetrial.trial import RegistryTrial

LEVEL: Final = 0.05
SHOWN: Final = 20


class Probing(msgspec.Struct, frozen=True, kw_only=True):
    """A probe on a corpus: ROC-AUC against the label, its 95 % interval, p (Holm over the probes), and whether it fires."""

    probe: str
    auc: float
    ci_low: float | None
    ci_high: float | None
    p_holm: float
    constant: bool
    fires: bool


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """What a corpus was found to give away.

    `labels` counts trials by label. `flagged` are trials whose text speaks of status (by label, with the first ids), `probes`
    are read on all labelled trials and `without_flagged` on the others.
    """

    corpus: str
    fingerprint: str
    label_rule: str
    trials: int
    labels: dict[str, int]
    flagged: dict[str, int]
    flagged_ids: tuple[str, ...]
    folds: str
    probes: tuple[Probing, ...]
    without_flagged: tuple[Probing, ...]

    @property
    def fires(self) -> tuple[str, ...]:
        """The probes that fire on all labelled trials."""
        return tuple(each.probe for each in self.probes if each.fires)


def audit(corpus: Corpus, *, seed: int = 0, effort: Effort = FULL) -> Audit:
    """Probe `corpus`. Raises `UnmeasurableError` with fewer than two labelled trials of a label."""
    trials = corpus.labelled
    counts = Counter("none" if each.label is None else str(each.label.value) for each in corpus.trials)
    if min(counts["0"], counts["1"]) < 2:
        raise UnmeasurableError(
            f"{counts['1']} trials are labelled success and {counts['0']} failure: two of each are needed to probe for leaks"
        )
    flagged = {each.trial_id for each in corpus.trials if find(each.protocol)}
    probes, folds = probed(trials, seed, effort)
    clean = tuple(each for each in trials if each.trial_id not in flagged)
    return Audit(
        corpus=str(corpus.path or "the demo corpus"),
        fingerprint=corpus.fingerprint,
        label_rule=corpus.label_rule,
        trials=len(corpus.trials),
        labels=dict(sorted(counts.items())),
        flagged=dict(sorted(Counter(_label(each) for each in corpus.trials if each.trial_id in flagged).items())),
        flagged_ids=tuple(sorted(flagged)[:SHOWN]),
        folds=folds,
        probes=probes,
        without_flagged=probed(clean, seed, effort)[0] if _two_of_each(clean) else (),
    )


def probed(trials: tuple[RegistryTrial, ...], seed: int, effort: Effort) -> tuple[tuple[Probing, ...], str]:
    """Every probe on labelled `trials`, and what their folds keep together (trials of one main drug, where that can be)."""
    from synthetrial.corpus.drugs import trial_drugs

    labels = np.array([each.label.value for each in trials if each.label is not None], dtype=np.int64)
    clusters = [named[0].name if (named := trial_drugs(each.protocol)) else each.trial_id for each in trials]
    rng = np.random.default_rng(derive(seed, "corpus-audit"))
    folds = folds_of(labels, [clusters], effort, rng)
    counts, records = cluster_counts(clusters, effort.resamples, rng), as_probed(trials)
    readings = {each.name: read(each, records, labels, folds, counts) for each in PROBES}
    adjusted = holm([each.p for each in readings.values()])
    return tuple(
        Probing(
            probe=name,
            auc=round(each.auc, 6),
            ci_low=_rounded(each.interval.low),
            ci_high=_rounded(each.interval.high),
            p_holm=round(p, 6),
            constant=each.constant,
            fires=p < LEVEL and each.auc > 0.5,
        )
        for (name, each), p in zip(readings.items(), adjusted, strict=True)
    ), folds.kept


def _label(trial: RegistryTrial) -> str:
    return "none" if trial.label is None else str(trial.label.value)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _two_of_each(trials: tuple[RegistryTrial, ...]) -> bool:
    counts = Counter(map(_label, trials))
    return min(counts["0"], counts["1"]) >= 2
