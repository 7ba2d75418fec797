"""Batch files: requests as lines of the OpenAI Batch API (`/v1/chat/completions`), answered within a day at half the price."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from synthetrial.llm.model import Answer, Request
from synthetrial.llm.openai_wire import Form, adapt, answer_of, chat_body, read_completion, refusal

URL: Final = "/v1/chat/completions"
_FORM: Final = Form(limit="max_completion_tokens")
"""The newer name of the limit, which all models of the API take."""


class _Error(msgspec.Struct, frozen=True):
    message: str | None = None


class _Response(msgspec.Struct, frozen=True):
    status_code: int
    body: msgspec.Raw


class _Line(msgspec.Struct, frozen=True):
    custom_id: str
    response: _Response | None = None
    error: _Error | None = None


def lines(model: str, requests: Mapping[str, Request]) -> Iterator[bytes]:
    """The requests as lines of a batch file."""
    for name, request in requests.items():
        body = adapt(chat_body(model, request, n=request.n, seed=request.seed), _FORM)
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
    return answer_of([found], len(found.choices), seconds=0.0, name="")
