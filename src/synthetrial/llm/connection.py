"""Connections to an OpenAI-compatible server: one way in for calls and for the question whether it is there."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from synthetrial import __version__
from synthetrial.errors import UsageError


def session(base_url: str, key: str | None, *, seconds: float, connect: float) -> Any:
    """An `aiohttp.ClientSession` for JSON to `base_url`. A request may take `seconds`, `connect` of them to connect.

    The key is left out where the URL has credentials, which are sent in the same header.
    """
    import aiohttp

    headers = {"Content-Type": "application/json", "User-Agent": f"synthetrial/{__version__}"}
    if key and not urlsplit(base_url).username:
        headers["Authorization"] = f"Bearer {key}"
    return aiohttp.ClientSession(
        headers=headers,
        timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=connect),
        connector=aiohttp.TCPConnector(limit=0, ssl=_trust(base_url)),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=_proxied(base_url),  # looked up for every call
    )


def shown(base_url: str) -> str:
    """The URL as messages show it, without credentials."""
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"--base-url is no URL ({error}); give one such as http://localhost:8000/v1") from error
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(f"--base-url {base_url!r} is no http(s) URL; give one such as http://localhost:8000/v1")
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path}"


def cause(error: BaseException) -> str:
    """What lies under a client's error."""
    deepest = error
    while deepest.__cause__ is not None:
        deepest = deepest.__cause__
    return f"no connection ({str(deepest) or type(deepest).__name__})"


def _trust(base_url: str) -> Any:
    """The certificates that the system trusts, as its browsers do."""
    if not base_url.startswith("https:"):
        return True
    import ssl

    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _proxied(base_url: str) -> bool:
    """Whether the environment names a proxy for the URL (HTTPS_PROXY, NO_PROXY, …)."""
    parts = urlsplit(base_url)
    return parts.scheme in getproxies() and not proxy_bypass(parts.hostname or "")
