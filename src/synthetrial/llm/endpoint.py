"""Is an OpenAI-compatible server there, how soon does it answer, which models does it have? One GET of its list of models."""

from __future__ import annotations

import asyncio
import time
from typing import Final, NamedTuple

import msgspec

from synthetrial.llm.connection import cause, session, shown
from synthetrial.llm.openai_wire import refusal

SECONDS: Final = 10.0
"""How long is waited for an answer."""


class Reached(NamedTuple):
    """What came back from `where`: the HTTP status (None without an answer), the models listed, `seconds` from the call to the
    whole answer, connecting with it; and what is `wrong`, in words, "" if nothing is.
    """

    where: str
    status: int | None
    models: tuple[str, ...]
    seconds: float
    wrong: str


class _Model(msgspec.Struct):
    id: str


class _Listed(msgspec.Struct):
    data: list[_Model]


def reach(base_url: str, key: str | None, *, timeout: float = SECONDS) -> Reached:
    """Ask the server at `base_url` for its models. The key stands in nothing that comes back.

    Raises `UsageError` for a base URL that is none.
    """
    return asyncio.run(_reach(base_url, key, timeout))


async def _reach(base_url: str, key: str | None, timeout: float) -> Reached:
    import aiohttp

    where = shown(base_url)
    began = time.perf_counter()
    status: int | None = None
    models: tuple[str, ...] = ()
    wrong = ""
    try:
        async with (
            session(base_url, key, seconds=timeout, connect=timeout) as client,
            client.get(f"{base_url.rstrip('/')}/models") as answer,
        ):
            content, status = await answer.read(), answer.status
        if answer.ok:
            models = tuple(each.id for each in msgspec.json.decode(content, type=_Listed).data)
        else:
            wrong = f"HTTP {status}: {refusal(content)}"
    except TimeoutError:
        wrong = f"no answer within {timeout:g} s"
    except aiohttp.ClientError as error:
        wrong = cause(error)
    except msgspec.DecodeError:
        wrong = "what it answers is no list of models"
    except ValueError as error:  # a header that cannot be sent
        wrong = str(error)
    line = " ".join(wrong.split())
    return Reached(where, status, models, time.perf_counter() - began, line.replace(key, "[key]") if key else line)
