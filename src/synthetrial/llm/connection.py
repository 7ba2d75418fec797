"""Connections to an OpenAI-compatible server: one way in for calls and for the question whether it is there."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from synthetrial import web
from synthetrial.web import cause

__all__ = ["cause", "session", "shown"]


def session(base_url: str, key: str | None, *, seconds: float, connect: float) -> Any:
    """An `aiohttp.ClientSession` for JSON to `base_url`. A request may take `seconds`, `connect` of them to connect.

    The key is left out where the URL has credentials, which are sent in the same header.
    """
    headers = {"Content-Type": "application/json"}
    if key and not urlsplit(base_url).username:
        headers["Authorization"] = f"Bearer {key}"
    return web.session(base_url, headers, seconds=seconds, connect=connect)


def shown(base_url: str) -> str:
    """The URL as messages show it, without credentials."""
    return web.shown(base_url, "--base-url", "http://localhost:8000/v1")
