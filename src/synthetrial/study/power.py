"""What a study can see, from real trials alone, before a record is made.

The difference that a design sees at 80 % power with a two-sided test of 5 % is (1.96 + 0.84) standard errors. That error
is the one of a difference of the study's own kind: recipients' trials with as many real trials beside them as the set will have
records, against recipients' trials alone, on the same test trials. Its variance is parted into what test trials give, which
falls with their number, and what draws of recipients give, which falls with theirs.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.utility.measure import Resamples, areas
from synthetrial.study.scoring import AS_MANY, REAL, Arm

SEEN: Final = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(0.8)


class Power(msgspec.Struct, frozen=True, kw_only=True):
    """What a comparison can see. `least`: the smallest difference in ROC-AUC seen at 80 % power; `error`: the standard error;
    `test_share`: the part of its variance that test trials give. `test_trials` and `draws` are what a difference of `effect`
    needs, the other as it is; None where no number would do."""

    classifier: str
    n_real: int
    n_test: int
    effect: float
    least: float
    error: float
    test_share: float
    test_trials: int | None
    draws: int | None

    @property
    def enough(self) -> bool:
        """Whether a difference of `effect` would be seen."""
        return self.least <= self.effect

    def says(self) -> str:
        """That in a sentence."""
        sees = f"sees differences in ROC-AUC from {self.least:.3f} on (80 % power, standard error {self.error:.3f})"
        if self.enough:
            return f"{sees}: enough for {self.effect:.3f}"
        ways = []
        if self.test_trials is not None:
            ways.append(f"{self.test_trials:,} test trials in place of {self.n_test:,}")
        if self.draws is not None:
            ways.append(f"{self.draws:,} draws of recipients")
        lacks = " or ".join(ways) or "both more test trials and more draws"
        return f"{sees}: for {self.effect:.3f} it would need {lacks}"


def powers(
    arms: list[Arm], labels: npt.NDArray[np.int64], resamples: Resamples, classifier: str, effect: float, splits: int = 1
) -> list[Power]:
    """The power at each size at which `arms` have both recipients' trials alone and with as many real ones beside them, over so
    many splits of the same kind."""
    found = []
    alone = {each.n_real: each for each in arms if each.kind == REAL}
    for more in (each for each in arms if each.kind == AS_MANY):
        base = alone[more.n_real]
        total = _variance(more, base, labels, resamples) / splits
        fixed = np.full((len(resamples.trials), len(more.test)), 1 / len(more.test))
        of_test = min(_variance(more, base, labels, resamples._replace(draws=fixed)) / splits, total)
        found.append(_power(total, of_test, (classifier, more.n_real, len(labels), len(more.test)), effect))
    return found


def _power(total: float, of_test: float, told: tuple[str, int, int, int], effect: float) -> Power:
    classifier, n_real, n_test, draws = told
    of_draws, wanted = total - of_test, (effect / SEEN) ** 2
    trials = n_test * of_test / (wanted - of_draws) if wanted > of_draws else None
    more = draws * of_draws / (wanted - of_test) if wanted > of_test else None
    return Power(
        classifier=classifier,
        n_real=n_real,
        n_test=n_test,
        effect=effect,
        least=SEEN * float(np.sqrt(total)),
        error=float(np.sqrt(total)),
        test_share=of_test / total if total else 1.0,
        test_trials=None if trials is None else int(np.ceil(trials)),
        draws=None if more is None else int(np.ceil(more)),
    )


def _variance(one: Arm, other: Arm, labels: npt.NDArray[np.int64], resamples: Resamples) -> float:
    found = [areas(each.test.astype(np.float64), labels, resamples).resampled["roc_auc"] for each in (one, other)]
    return float(np.var(found[0] - found[1], ddof=1))
