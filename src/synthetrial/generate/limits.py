"""Where a run stops before it is done: money, tokens, time. What is in flight is finished, and the same command goes on."""

from __future__ import annotations

import time
from collections.abc import Callable

from synthetrial.config import RunConfig
from synthetrial.errors import SynthetrialError, UsageError
from synthetrial.llm.model import Answer
from synthetrial.llm.prices import Price
from synthetrial.run.records import Counts


class LimitError(SynthetrialError):
    """A limit was reached; everything answered so far is stored."""


class Limits:
    """What a run may take. Money and tokens count from the run's beginning, minutes from now.

    Raises `UsageError` where money is limited and the model has no price.
    """

    def __init__(
        self, config: RunConfig, spent: Counts, price: Price | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if config.max_cost is not None and price is None:
            raise UsageError(f"--max-cost: no price is known for {config.model}; give one in a file with --prices")
        self._config, self._clock, self._began = config, clock, clock()
        self.cost = spent["cost"] or 0.0
        self.tokens = spent["prompt_tokens"] + spent["completion_tokens"]

    def count(self, answer: Answer, cost: float | None) -> None:
        """Count a call that was made now."""
        if not answer.cache_hit:
            self.cost += cost or 0.0
            self.tokens += answer.usage.prompt_tokens + answer.usage.completion_tokens

    def reached(self) -> str | None:
        """Which limit was reached, and with what; None while there is room."""
        asked = self._config
        if asked.max_cost is not None and self.cost >= asked.max_cost:
            return f"--max-cost {asked.max_cost:g} was reached (calls cost ${self.cost:.4f})"
        if asked.max_tokens is not None and self.tokens >= asked.max_tokens:
            return f"--max-tokens {asked.max_tokens} was reached (calls took {self.tokens} tokens)"
        if asked.deadline is not None and (minutes := (self._clock() - self._began) / 60) >= asked.deadline:
            return f"--deadline {asked.deadline:g} was reached (after {minutes:.1f} minutes)"
        return None
