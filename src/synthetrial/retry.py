"""Trying a call again: exponential back-off with jitter, and as long as the server asks us to wait."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt

from synthetrial.errors import RetryableError

FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 60.0
"""Seconds; a server that asks for more is asked again after this."""

Result = TypeVar("Result")
Sleep = Callable[[float], Awaitable[None]]


async def retrying(
    call: Callable[[], Awaitable[Result]],
    *,
    attempts: int = 8,
    sleep: Sleep = asyncio.sleep,
    jitter: Callable[[], float] = random.random,
) -> Result:
    """The result of `call`, made up to `attempts` times while it raises a `RetryableError`.

    Before try i + 1 it waits FIRST_WAIT * 2^(i-1) seconds times a draw from [½, 1), at most `LONGEST_WAIT`; where the server
    said how long, that long and up to a quarter more. Raises the last error's `final` with its message and the way out; other
    errors at once.
    """

    failed: RetryableError | None
    try:  # most calls need no retry, and what makes retries takes longer than all else that is done for a call
        return await call()
    except RetryableError as error:
        failed = error

    async def again() -> Result:
        nonlocal failed
        if failed is not None:  # the first try is the one that was made
            raised, failed = failed, None
            raise raised
        return await call()

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, RetryableError) else None
        return wait_before(state.attempt_number, asked, jitter())

    retry = AsyncRetrying(
        retry=retry_if_exception_type(RetryableError),
        stop=stop_after_attempt(attempts),
        wait=wait,
        sleep=sleep,
        reraise=True,
    )
    try:
        return await retry(again)
    except RetryableError as error:
        raise error.final(
            f"{error} (tried {attempts} times); check that the server runs and is not overloaded, then run the same command "
            "again: it goes on where it stopped"
        ) from error


def wait_before(attempt: int, retry_after: float | None, drawn: float) -> float:
    """Seconds to wait after failure number `attempt` (from 1); `drawn` is a number in [0, 1)."""
    if retry_after is not None:
        return min(retry_after * (1 + drawn / 4), LONGEST_WAIT)
    return float(min(FIRST_WAIT * 2 ** (attempt - 1), LONGEST_WAIT)) * (1 + drawn) / 2


def retry_after_seconds(value: str | None, now: datetime | None = None) -> float | None:
    """A Retry-After header (seconds or a date, RFC 9110 section 10.2.3) as seconds from `now`; None if it says nothing."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            until = parsedate_to_datetime(value)
        except ValueError:
            return None
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        seconds = (until - (now or datetime.now(UTC))).total_seconds()
    # "nan" and "inf" are numbers to float() but no seconds
    return min(max(seconds, 0.0), 1e6) if seconds == seconds else None
