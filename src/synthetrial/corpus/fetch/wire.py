"""One GET to the registry: its bytes, bounded, or what went wrong in words.

How a request is spread over time and made again is in `registry.py`.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from synthetrial.errors import FetchError, RetryableFetchError
from synthetrial.retry import retry_after_seconds
from synthetrial.web import cause

MOST_BYTES: Final = 200_000_000
"""Bytes of an answer, decompressed. A page of 1,000 whole records with results has up to 100 MB."""
MOST_REDIRECTS: Final = 5
_STEP: Final = 1 << 18
_SAID: Final = 300
"""Characters of a server's message that are shown."""


class RefusedQueryError(FetchError):
    """The registry answers 400: it does not take the parameters, or the page token any more."""


async def get(client: Any, url: str, parameters: dict[str, str], where: str) -> bytes:
    """The body that `url` answers with. `where` names it in messages.

    Redirects are followed to the same host or to https, never from https down. Raises `RefusedQueryError` for a 400,
    `RetryableFetchError` for what a retry can mend, `FetchError` for the rest.
    """
    import aiohttp

    query: dict[str, str] | None = parameters
    for _ in range(MOST_REDIRECTS + 1):
        try:
            async with client.get(url, params=query, allow_redirects=False, headers={"Accept-Encoding": "gzip"}) as answer:
                if 300 <= answer.status < 400 and (target := answer.headers.get("location")):
                    url, query = _followed(str(answer.url), target, where), None
                    continue
                body = await _body(answer, where)
        except aiohttp.ClientConnectorCertificateError as error:
            raise FetchError(
                f"{where}: its certificate is not trusted ({_line(str(error.certificate_error))}); check the clock, and"
                " that this system trusts the certificate of a proxy on the way"
            ) from None
        except TimeoutError:
            raise RetryableFetchError(f"{where}: no answer in time", overload=True) from None
        except aiohttp.InvalidURL as error:
            raise FetchError(f"{where}: no URL that can be asked ({_line(str(error))}); check --url") from None
        except aiohttp.ClientConnectorError as error:
            raise RetryableFetchError(f"{where}: {_line(cause(error))}") from None
        except (aiohttp.ClientError, ConnectionError) as error:
            raise RetryableFetchError(
                f"{where}: the connection broke off ({_line(str(error) or type(error).__name__)})"
            ) from None
        if answer.status == 200:
            return body
        raise _refused(where, answer.status, answer.headers.get("retry-after"), body)
    raise FetchError(f"{where}: more than {MOST_REDIRECTS} redirects; check --url")


async def _body(answer: Any, where: str) -> bytes:
    """The whole body, decompressed as it comes; no more than `MOST_BYTES` of it are held."""
    too_large = FetchError(
        f"{where}: an answer of more than {MOST_BYTES:,} bytes; give a smaller --page-size or fewer --fields"
    )
    if (answer.content_length or 0) > MOST_BYTES:
        raise too_large
    parts: list[bytes] = []
    size = 0
    async for part in answer.content.iter_chunked(_STEP):
        size += len(part)
        if size > MOST_BYTES:
            raise too_large
        parts.append(part)
    return b"".join(parts)


def _followed(url: str, target: str, where: str) -> str:
    """Where a redirect leads. Raises `FetchError` where it may not be followed."""
    new = urljoin(url, target)
    old, to = urlsplit(url), urlsplit(new)
    if to.scheme != "https" and (to.scheme, to.hostname, to.port) != (old.scheme, old.hostname, old.port):
        raise FetchError(f"{where}: it redirects to {to.scheme}://{to.hostname}, which is not followed; check --url")
    return new


def _refused(where: str, status: int, retry_after: str | None, body: bytes) -> FetchError:
    """What a status other than 200 means, with what to change."""
    said = message(body)
    told = f"{where}: HTTP {status}{f': {said}' if said else ''}"
    if status == 400:
        return RefusedQueryError(f"{told}; correct --cond, --intr, --term, --status, --ids or --fields")
    if status in (408, 425, 429) or status >= 500:
        return RetryableFetchError(told, retry_after_seconds(retry_after), overload=status in (429, 503))
    if status == 404:
        return FetchError(f"{told}; --url is what stands before /studies, such as https://clinicaltrials.gov/api/v2")
    if status in (401, 403):
        return FetchError(
            f"{told}; the registry does not serve this address or client: try later with a lower --rate, or download the zip"
            " from its site and give that to `corpus build`"
        )
    return FetchError(f"{told}; check --url")


def message(body: bytes) -> str:
    """What a body says, on one line: the API's errors are plain text; a page of HTML is called one."""
    text = body[:4096].decode("utf-8", "replace")
    return "an HTML page" if text.lstrip()[:1] == "<" else _line(text)


def _line(text: str) -> str:
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return line if len(line) <= _SAID else f"{line[:_SAID]}…"
