"""What is counted of records as they go by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from synthetrial.trial import SyntheticTrial


class Tally:
    """Counts over the records that went through `of`: labels, drugs, dates and prompts; and the first of them."""

    def __init__(self) -> None:
        self.count = self.successes = 0
        self.drugs: set[str] = set()
        self.dates: set[str] = set()
        self.prompts: set[str] = set()
        self.first: SyntheticTrial | None = None

    def of(self, trials: Iterable[SyntheticTrial]) -> Iterator[SyntheticTrial]:
        """`trials`, each counted when it is taken."""
        for each in trials:
            self.first = self.first or each
            self.count += 1
            self.successes += each.label
            self.drugs.add(str(each.provenance.plan.get("drug")))
            self.dates.add(each.provenance.date)
            self.prompts.add(each.provenance.prompt_version)
            yield each

    @property
    def example(self) -> SyntheticTrial:
        """The first record. There must have been one."""
        assert self.first is not None
        return self.first
