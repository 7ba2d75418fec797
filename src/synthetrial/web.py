"""Connections to a server over HTTP: one way to open them, and its errors in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from synthetrial import __version__
from synthetrial.errors import UsageError


def session(base_url: str, headers: Mapping[str, str], *, seconds: float, connect: float) -> Any:
    """An `aiohttp.ClientSession` for requests to `base_url`. A request may take `seconds`, `connect` of them to connect.

    It trusts the certificates that the system trusts, goes through the proxy that the environment names, and keeps no cookies.
    """
    import aiohttp

    return aiohttp.ClientSession(
        headers={"User-Agent": f"synthetrial/{__version__}", **headers},
        timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=connect),
        connector=aiohttp.TCPConnector(limit=0, ssl=_trust(base_url)),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=_proxied(base_url),  # looked up for every call
    )


def shown(url: str, option: str, example: str) -> str:
    """The URL as messages show it, without credentials. Raises `UsageError`, which names `option`, where it is none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"{option} is no URL ({error}); give one such as {example}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(f"{option} {url!r} is no http(s) URL; give one such as {example}")
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
