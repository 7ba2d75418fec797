"""The registry as one that is asked politely: so many requests a minute, again after a while where that can help, and left
alone for as long as it says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import msgspec
from aiolimiter import AsyncLimiter

from synthetrial import __version__
from synthetrial.corpus.fetch.wire import get, message
from synthetrial.errors import RetryableFetchError
from synthetrial.retry import LONGEST_WAIT, Sleep, retrying
from synthetrial.web import session, shown

API: Final = "https://clinicaltrials.gov/api/v2"
RATE: Final = 45.0
"""Requests a minute. The registry names no limit; some 50 a minute from one address are known to be served."""
SECONDS: Final = 300.0
CONNECT_SECONDS: Final = 20.0
"""A request may take so long, and its connection."""
ATTEMPTS: Final = 8
FIRST_ATTEMPTS: Final = 3
"""Tries of a request, and of the first one: who is offline is told soon."""
_BURST_SECONDS: Final = 5.0
"""Requests are spread: no more than those of five seconds at once."""

Found = TypeVar("Found")


class Version(msgspec.Struct, frozen=True, rename="camel"):
    """What `GET /version` says: the API's version, and the time (UTC) of the data that it serves."""

    api_version: str
    data_timestamp: str


class Page(msgspec.Struct, frozen=True, rename="camel"):
    """A page of studies, as bytes. `total_count` comes with the first page, `next_page_token` with all but the last."""

    studies: list[msgspec.Raw]
    next_page_token: str | None = None
    total_count: int | None = None


class Registry:
    """The API v2 at `url`. A context manager; `requests` counts what was sent."""

    def __init__(
        self,
        url: str = API,
        *,
        rate: float = RATE,
        seconds: float = SECONDS,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url, self.where = url.rstrip("/"), shown(url, "--url", API).rstrip("/")
        self.requests = 0
        self._limit = AsyncLimiter(max(1.0, rate * _BURST_SECONDS / 60), max(_BURST_SECONDS, 60 / rate))
        self._seconds, self._sleep, self._clock = seconds, sleep, clock
        self._not_before = 0.0
        self._client: Any = None

    async def __aenter__(self) -> Registry:
        headers = {"User-Agent": f"synthetrial/{__version__} (client of the registry's API v2)", "Accept": "application/json"}
        self._client = session(self.url, headers, seconds=self._seconds, connect=min(CONNECT_SECONDS, self._seconds))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def version(self) -> Version:
        """What the registry says of itself. Raises `FetchError`."""
        return await self._asked("/version", {}, Version, FIRST_ATTEMPTS)

    async def page(self, parameters: dict[str, str]) -> Page:
        """A page of studies. Raises `RefusedQueryError` for a query or token that is refused, `FetchError` for other faults.

        What is cut off or no JSON is asked again, whole.
        """
        return await self._asked("/studies", parameters, Page, ATTEMPTS)

    async def _asked(self, path: str, parameters: dict[str, str], kind: type[Found], attempts: int) -> Found:
        async def once() -> Found:
            await self._turn()
            self.requests += 1
            where = f"{self.where}{path}"
            try:
                body = await get(self._client, f"{self.url}{path}", parameters, where)
                return msgspec.json.decode(body, type=kind)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise RetryableFetchError(f"{where}: {_unreadable(body, message(body), error)}") from None
            except RetryableFetchError as error:
                if error.retry_after:
                    self._not_before = max(self._not_before, self._clock() + min(error.retry_after, LONGEST_WAIT))
                raise

        call: Callable[[], Awaitable[Found]] = once
        return await retrying(call, attempts=attempts, sleep=self._sleep)

    async def _turn(self) -> None:
        """Wait until a request may be made."""
        waited = self._clock()
        while self._not_before > waited:  # another request may have been told to wait longer meanwhile
            begun, waited = waited, self._not_before
            await self._sleep(waited - begun)
        await self._limit.acquire()


def _unreadable(body: bytes, said: str, error: Exception) -> str:
    if body.lstrip()[:1] == b"<":
        return "it answers with an HTML page, not JSON; is a proxy or a log-in page in between?"
    if body.lstrip()[:1] == b"{":
        return f"an answer of {len(body):,} bytes that is cut off or broken ({error})"
    return f"no JSON but {said[:80]!r}" if said else "an empty answer"
