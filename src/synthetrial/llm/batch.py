"""Batch files: requests as lines of the OpenAI Batch API (`/v1/chat/completions`), answered within a day at half the price.

`BatchModel` stands where a model does: it answers what a file of results holds and remembers what it does not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

import msgspec

from synthetrial.errors import ModelError
from synthetrial.llm.model import Answer, Request, Usage
from synthetrial.llm.openai_wire import Form, adapt, chat_body, read_completion, refusal
from synthetrial.llm.prices import BATCH

URL: Final = "/v1/chat/completions"
_FORM: Final = Form(limit="max_completion_tokens")
"""The newer name of the limit, which all models of the API take."""


class OpenRequestError(ModelError):
    """A request has no answer yet: it belongs into the next batch."""


class BatchModel:
    """The model `name` through files. `answers` by request id; `open` collects the requests without one, by id."""

    engine = BATCH
    mode: Literal["completion", "chat"] = "chat"
    parallel = 1
    deterministic = False

    def __init__(self, name: str, answers: Mapping[str, Answer] | None = None) -> None:
        self.name = name
        self.answers = answers or {}
        self.open: dict[str, Request] = {}
        self.used = 0

    async def answer(self, request: Request) -> Answer:
        """The answer from the files. Raises `OpenRequestError` where there is none."""
        if found := self.answers.get(name := request_id(request)):
            self.used += 1
            return found
        self.open[name] = request
        raise OpenRequestError("not answered yet")

    async def aclose(self) -> None:
        """Nothing is held."""


class _Error(msgspec.Struct, frozen=True):
    message: str | None = None


class _Response(msgspec.Struct, frozen=True):
    status_code: int
    body: msgspec.Raw


class _Line(msgspec.Struct, frozen=True):
    custom_id: str
    response: _Response | None = None
    error: _Error | None = None


def request_id(request: Request) -> str:
    """What a line is called: it follows from the request alone."""
    return f"syn-{hashlib.sha256(msgspec.json.encode(request)).hexdigest()[:32]}"


def lines(model: str, requests: Mapping[str, Request]) -> Iterator[bytes]:
    """The requests as lines of a batch file."""
    for name, request in requests.items():
        body: dict[str, Any] = adapt(chat_body(model, request, n=request.n, seed=request.seed), _FORM)
        body |= body.pop("extra_body", {})
        yield msgspec.json.encode({"custom_id": name, "method": "POST", "url": URL, "body": body}) + b"\n"


def read_lines(rows: Iterable[bytes]) -> Iterator[tuple[str | None, Answer | str]]:
    """(request id, its answer, or in words why there is none) of each line of a file of results; the id is None where the
    line cannot be read."""
    for row in rows:
        if not row.strip():
            continue
        try:
            line = msgspec.json.decode(row, type=_Line)
        except msgspec.DecodeError as error:
            yield None, str(error)
            continue
        yield line.custom_id, _answer(line)


def _answer(line: _Line) -> Answer | str:
    if line.response is None:
        return (line.error.message if line.error else None) or "no response"
    if line.response.status_code != 200:
        return f"HTTP {line.response.status_code}: {refusal(bytes(line.response.body))}"
    try:
        found = read_completion(bytes(line.response.body))
    except ValueError as error:
        return str(error)
    usage = found.usage
    return Answer(
        texts=tuple(each.said for each in found.choices),
        finish=tuple("length" if each.finish_reason == "length" else "stop" for each in found.choices),
        usage=Usage()
        if usage is None
        else Usage(prompt_tokens=usage.prompt_tokens, completion_tokens=usage.completion_tokens, cached_tokens=usage.cached),
        seconds=0.0,
        model=found.model or "",
    )
