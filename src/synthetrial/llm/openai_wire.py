"""What goes over the wire to an OpenAI-compatible server, and what comes back."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

from synthetrial.llm.model import Answer, Request, Usage, total

SEEDS: Final = 2**31
"""Servers keep seeds in 32 or 64 bits, some of them signed."""

_LONGEST_SAID: Final = 200


class Message(msgspec.Struct, frozen=True):
    """A chat message of an answer; a refusal or a call of a tool has no content."""

    content: str | None = None


class Choice(msgspec.Struct, frozen=True):
    """A sample: `text` of a completion or `message` of a chat."""

    text: str | None = None
    message: Message | None = None
    finish_reason: str | None = None

    @property
    def said(self) -> str:
        """The text of the sample, "" where there is none."""
        return (self.message.content if self.message else self.text) or ""


class CachedTokens(msgspec.Struct, frozen=True):
    """Details of a prompt's tokens."""

    cached_tokens: int | None = None


class TokenUsage(msgspec.Struct, frozen=True):
    """Tokens as servers count them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: CachedTokens | None = None

    @property
    def cached(self) -> int:
        """Prompt tokens that were not computed again."""
        return (self.prompt_tokens_details.cached_tokens or 0) if self.prompt_tokens_details else 0


class Completion(msgspec.Struct, frozen=True):
    """An answer of either endpoint."""

    choices: tuple[Choice, ...]
    model: str | None = None
    usage: TokenUsage | None = None


def chat_body(model: str, request: Request, *, n: int, seed: int) -> dict[str, Any]:
    """What is posted to /chat/completions."""
    body = _body(model, request, n, seed)
    body["messages"] = [{"role": each.role, "content": each.content} for each in request.messages]
    if request.schema is not None:
        name = re.sub(r"[^A-Za-z0-9_-]", "_", str(request.schema.get("title", "answer")))
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": name, "strict": True, "schema": request.schema},
        }
    return body


def completion_body(model: str, request: Request, *, n: int, seed: int) -> dict[str, Any]:
    """What is posted to /completions."""
    body = _body(model, request, n, seed)
    body["prompt"] = (request.prompt or "") + request.written
    if request.grammar is not None:
        body["grammar"] = request.grammar
    return body


CHARACTERS_PER_TOKEN: Final = 4
"""About, for English text; what is counted in the end is what the server says."""


def expected_tokens(body: dict[str, Any]) -> int:
    """About how many tokens a call may use: its prompt, and all that it may answer."""
    told = body["prompt"] if "prompt" in body else "".join(each["content"] for each in body["messages"])
    return len(told) // CHARACTERS_PER_TOKEN + int(body["max_tokens"]) * int(body["n"])


def _body(model: str, request: Request, n: int, seed: int) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": model,
        "n": n,
        "seed": seed % SEEDS,
        "max_tokens": request.max_tokens,
        "temperature": request.sampling.temperature,
    }
    if request.sampling.top_p is not None:
        body["top_p"] = request.sampling.top_p
    if request.stop:
        body["stop"] = list(request.stop)
    return body | dict(request.sampling.extra)


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What a server takes: the way in which a JSON schema is given, and the name of the token limit."""

    schema: Literal["json_schema", "json_object", "told"] = "json_schema"
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"


def adapt(body: dict[str, Any], form: Form) -> dict[str, Any]:
    """`body`, as `chat_body` or `completion_body` made it, in the form a server takes."""
    adapted = dict(body)
    if "messages" in body:
        adapted[form.limit] = adapted.pop("max_tokens")
    if "response_format" in body and form.schema != "json_schema":
        schema = msgspec.json.encode(body["response_format"]["json_schema"]["schema"]).decode()
        *before, last = body["messages"]
        told = f"{last['content']}\n\nAnswer with one JSON object that follows this JSON schema, and nothing else:\n{schema}"
        adapted["messages"] = [*before, {**last, "content": told}]
        adapted["response_format"] = {"type": "json_object"}
        if form.schema == "told":
            del adapted["response_format"]
    return adapted


def simpler_form(body: dict[str, Any], form: Form, said: str) -> Form | None:
    """What to try after a server refused `body` in `form` and `said` why; None when there is nothing simpler."""
    if "messages" in body and form.limit == "max_tokens" and "max_completion_tokens" in said:
        return msgspec.structs.replace(form, limit="max_completion_tokens")
    if "response_format" in body and form.schema != "told":
        return msgspec.structs.replace(form, schema="json_object" if form.schema == "json_schema" else "told")
    return None


def read_completion(content: bytes) -> Completion:
    """The answer in `content`. Raises `ValueError`, with what came instead, if there is none or it has no choice."""
    try:
        answer = msgspec.json.decode(content, type=Completion)
    except (msgspec.DecodeError, UnicodeError):
        raise ValueError(f"not an answer but {refusal(content)}") from None
    if not answer.choices:
        raise ValueError("an answer without any choice")
    return answer


def answer_of(completions: Sequence[Completion], n: int, *, seconds: float, name: str) -> Answer:
    """The first `n` samples of `completions` as one answer; `name` is the model where the server names none."""
    choices = [choice for each in completions for choice in each.choices][:n]
    return Answer(
        texts=tuple(each.said for each in choices),
        finish=tuple("length" if each.finish_reason == "length" else "stop" for each in choices),
        usage=total(
            Usage(prompt_tokens=u.prompt_tokens, completion_tokens=u.completion_tokens, cached_tokens=u.cached)
            for u in (each.usage for each in completions)
            if u
        ),
        seconds=seconds,
        model=completions[0].model or name,
    )


def refusal(content: bytes) -> str:
    """What a server says in the body of an error, in a line: its message, or the title of an HTML page, or its beginning."""
    text = content.decode("utf-8", "replace").strip()
    if not text:
        return "an empty body"
    try:
        told = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        told = None
    while isinstance(told, dict):  # {"error": {"message": …}}, {"error": "…"}, {"message": …}, {"detail": …}
        told = next((told[key] for key in ("error", "message", "detail") if key in told), None)
    if isinstance(told, str):
        text = told
    elif re.match(r"<(?:!doctype|html)", text, re.IGNORECASE):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        text = f"an HTML page ({html.unescape(title[1]).strip()})" if title else "an HTML page"
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SAID else f"{line[:_LONGEST_SAID]}…"
