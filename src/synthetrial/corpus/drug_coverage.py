"""How many trials of drugs name a drug that is recognised, and the names in which none is: what a table of one's own is for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

from synthetrial.corpus import drugs
from synthetrial.corpus.drug_table import normal
from synthetrial.trial import RegistryTrial

TYPES: Final = ("DRUG", "BIOLOGICAL")
MOST: Final = 100_000
"""Unmatched names that are kept count of; of more the rarest go."""


class Coverage(msgspec.Struct):
    """Trials with an intervention of `TYPES`, how many of them name a recognised drug, and the names (in the form of
    `drug_table.normal`) of such interventions in which no drug is recognised, by the number of trials."""

    drug_trials: int = 0
    recognised: int = 0
    unmatched: Counter[str] = msgspec.field(default_factory=Counter)

    @property
    def share(self) -> float | None:
        """Share of the trials of drugs that name a recognised one; None where there are none."""
        return self.recognised / self.drug_trials if self.drug_trials else None

    def see(self, trial: RegistryTrial) -> None:
        """Count a trial."""
        given = [each for each in trial.protocol.interventions if each.type in TYPES]
        if given:
            self.drug_trials += 1
            self.recognised += bool(drugs.trial_drugs(trial.protocol))
            self.unmatched.update({normal(each.name) for each in given if drugs.is_unmatched(each)})

    def add(self, other: Coverage) -> None:
        """Count another part's trials as well."""
        self.drug_trials += other.drug_trials
        self.recognised += other.recognised
        self.unmatched.update(other.unmatched)
        if len(self.unmatched) > MOST:
            self.unmatched = Counter(dict(self.unmatched.most_common(MOST)))


def coverage(trials: Iterable[RegistryTrial]) -> Coverage:
    """The coverage of some trials; placebos and names of generic words are no names of drugs."""
    seen, found = Coverage(), Coverage()
    for each in trials:
        seen.see(each)
    found.add(seen)
    return found
