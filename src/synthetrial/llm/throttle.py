"""The calls to one endpoint: how many at once, how many and how many tokens a minute, and when to leave it alone.

How many at once is found out (AIMD, additive increase and multiplicative decrease: Chiu and Jain, 1989). It begins at `START`
and goes up by one with every call that ends well until the first overload, and by one a round after that; a round in which
more than `TOLERATED` of the calls met an overload (429, 503, time-out) takes it down to `DECREASE` of itself. A Retry-After
makes every call wait.

After `BREAK` failures in a row the circuit is open: one call at a time goes through, after waits that double, until one ends
well; after `PROBES` of them the endpoint is given up.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeVar

from aiolimiter import AsyncLimiter

from synthetrial.errors import ModelError, RetryableModelError
from synthetrial.retry import LONGEST_WAIT, Sleep, retrying, wait_before

START: Final = 8
SHORTEST_ROUND: Final = 20
TOLERATED: Final = 0.25
DECREASE: Final = 0.7
BREAK: Final = 12
PROBES: Final = 7
_BURST_SECONDS: Final = 5.0
"""Requests are spread: no more than those of five seconds at once."""

Result = TypeVar("Result")


class Throttle:
    """At most `most` calls at once, `requests` and `tokens` a minute. `attempts` bounds the tries of one call."""

    def __init__(
        self,
        most: int,
        *,
        requests: float | None = None,
        tokens: float | None = None,
        attempts: int = 8,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.most, self.attempts = most, attempts
        self.level = float(min(START, most))
        """How many calls may be under way."""
        self.running = 0
        self._sleep, self._clock = sleep, clock
        self._requests = requests and AsyncLimiter(max(1.0, requests * _BURST_SECONDS / 60), _BURST_SECONDS)
        self._tokens = tokens and AsyncLimiter(tokens, 60)
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._begun_well = True
        self._round = self._overloaded = 0
        self._in_a_row = self._probes = 0
        self._not_before = 0.0

    async def run(self, call: Callable[[], Awaitable[Result]], tokens: int = 0) -> Result:
        """The result of `call`, which is made when there is room, and again where that can help (see `retrying`).

        `tokens` is what the call may use. Raises `ModelError` when it is given up.
        """

        async def once() -> Result:
            async with self._place(tokens):
                return await call()

        return await retrying(once, attempts=self.attempts, sleep=self._sleep)

    @contextlib.asynccontextmanager
    async def _place(self, tokens: int) -> AsyncIterator[None]:
        await self._enter()
        probe = self._in_a_row >= BREAK
        try:
            if self._tokens:
                await self._tokens.acquire(min(tokens, self._tokens.max_rate))
            if self._requests:
                await self._requests.acquire()
            yield
        except RetryableModelError as error:
            self._failed(error, probe)
            raise
        else:
            self._succeeded()
        finally:
            self.running -= 1
            self._let_in()

    async def _enter(self) -> None:
        if self.running >= self._room or self._waiting:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():  # it was its turn: the place goes to the next
                    self.running -= 1
                    self._let_in()
                raise
        else:
            self.running += 1
        waited = self._clock()
        while self._not_before > waited:  # another call may have been told to wait longer meanwhile
            begun, waited = waited, self._not_before
            await self._sleep((waited - begun) * (1 + random.random() / 4))  # not all at once

    def _let_in(self) -> None:
        while self._waiting and self.running < self._room:
            turn = self._waiting.popleft()
            if not turn.done():
                self.running += 1
                turn.set_result(None)

    @property
    def _room(self) -> int:
        return 1 if self._in_a_row >= BREAK else int(self.level)

    def _succeeded(self) -> None:
        self._in_a_row = self._probes = 0
        if self._begun_well:
            self.level = min(self.level + 1, self.most)
        self._end_round(False)

    def _failed(self, error: RetryableModelError, probe: bool) -> None:
        self._in_a_row += 1
        if error.retry_after:
            self._not_before = max(self._not_before, self._clock() + min(error.retry_after, LONGEST_WAIT))
        if self._in_a_row >= BREAK:
            self._probes += probe  # not those that were under way when the circuit opened: a restart fails them all
            if self._probes >= PROBES:
                raise ModelError(
                    f"{error} ({self._in_a_row} calls failed in a row); check that the server runs, then run the same command "
                    "again: it goes on where it stopped"
                ) from error
            self._not_before = max(self._not_before, self._clock() + wait_before(self._probes + 1, None, random.random()))
        self._end_round(error.overload)

    def _end_round(self, overload: bool) -> None:
        """Count a call; after as many as may be under way, change how many that are."""
        self._round += 1
        self._overloaded += overload
        if self._round < max(self.level, SHORTEST_ROUND):
            return
        if self._overloaded > TOLERATED * self._round:
            self.level, self._begun_well = max(1.0, self.level * DECREASE), False
        elif not self._begun_well:
            self.level = min(self.level + 1, self.most)
        self._round = self._overloaded = 0
