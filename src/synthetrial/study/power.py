"""What a study can see, from real trials alone, before a record is made.

The difference that a design sees at 80 % power with a two-sided test of 5 % is (1.96 + 0.84) standard errors. That error
is the one of a difference of the study's own kind: recipients' trials with as many real trials beside them as the set will have
records, against recipients' trials alone, on the same test trials. Its variance is parted into what test trials give, which
falls with their number, and what draws of recipients give, which falls with theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from synthetrial.evaluate.utility.measure import Resamples, areas
from synthetrial.study.scoring import AS_MANY, REAL, Arm

SEEN: Final = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(0.8)


class Part(NamedTuple):
    """Real trials scored on one split, with its resamples, which are of the same test trials as those of the other splits."""

    arms: list[Arm]
    labels: npt.NDArray[np.int64]
    resamples: Resamples


class Power(msgspec.Struct, frozen=True, kw_only=True):
    """What a comparison over `splits` splits of `n_test` test trials each can see. `least`: the smallest difference in ROC-AUC
    seen at 80 % power; `error`: the standard error; `test_share`: the part of its variance that test trials give. `test_trials`
    (of a split) and `draws` are what a difference of `effect` needs, the other as it is; None where no number would do."""

    classifier: str
    n_real: int
    splits: int
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
        over = f"{self.splits} {'split' if self.splits == 1 else 'splits'}"
        sees = f"sees differences in ROC-AUC from {self.least:.3f} on (80 % power, {over}, standard error {self.error:.3f})"
        if self.enough:
            return f"{sees}: enough for {self.effect:.3f}"
        ways = []
        if self.test_trials is not None:
            ways.append(f"{self.test_trials:,} test trials a split in place of {self.n_test:,}")
        if self.draws is not None:
            ways.append(f"{self.draws:,} draws of recipients")
        lacks = " or ".join(ways) or "both more test trials and more draws"
        return f"{sees}: for {self.effect:.3f} it would need {lacks}"


def powers(parts: Sequence[Part], classifier: str, effect: float) -> list[Power]:
    """The power of a mean difference over the splits of `parts`, at each size at which their arms have both recipients' trials
    alone and with as many real ones beside them."""
    return [
        _power(parts, n_real, classifier, effect)
        for n_real in dict.fromkeys(each.n_real for each in parts[0].arms if each.kind == AS_MANY)
    ]


def _power(parts: Sequence[Part], n_real: int, classifier: str, effect: float) -> Power:
    total = _variance([_differences(each, n_real) for each in parts])
    of_test = min(_variance([_differences(_all_draws(each), n_real) for each in parts]), total)
    n_test, draws = len(parts[0].labels), len(parts[0].arms[0].test)
    of_draws, wanted = total - of_test, (effect / SEEN) ** 2
    trials = n_test * of_test / (wanted - of_draws) if wanted > of_draws else None
    more = draws * of_draws / (wanted - of_test) if wanted > of_test else None
    return Power(
        classifier=classifier,
        n_real=n_real,
        splits=len(parts),
        n_test=n_test,
        effect=effect,
        least=SEEN * float(np.sqrt(total)),
        error=float(np.sqrt(total)),
        test_share=of_test / total if total else 1.0,
        test_trials=None if trials is None else int(np.ceil(trials)),
        draws=None if more is None else int(np.ceil(more)),
    )


def _variance(differences: Sequence[npt.NDArray[np.float64]]) -> float:
    return float(np.var(np.mean(differences, axis=0), ddof=1))


def _differences(part: Part, n_real: int) -> npt.NDArray[np.float64]:
    """As many real trials more, less recipients' trials alone, a resample each."""
    more, alone = (next(each for each in part.arms if (each.kind, each.n_real) == (kind, n_real)) for kind in (AS_MANY, REAL))
    found = [areas(each.test.astype(np.float64), part.labels, part.resamples).resampled["roc_auc"] for each in (more, alone)]
    return found[0] - found[1]


def _all_draws(part: Part) -> Part:
    """Every draw of recipients counts alike in every resample: what varies is the test trials."""
    draws = len(part.arms[0].test)
    return part._replace(resamples=part.resamples._replace(draws=np.full((len(part.resamples.trials), draws), 1 / draws)))
