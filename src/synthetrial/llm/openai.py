"""Any OpenAI-compatible server, through `aiohttp`: hosted models, vLLM, llama.cpp, Ollama, …

How many calls and how often (`throttle.py`), fallbacks and the reading of answers are ours, because servers differ in what they
support and in what they send when they are unwell; what is left for a client is to carry bytes, and this one does so in 0.4 ms
where the vendor's takes 2.3. The key stands in no message.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final, Literal

import msgspec

from synthetrial.errors import ModelError, RetryableModelError
from synthetrial.llm.connection import cause, session, shown
from synthetrial.llm.model import Answer, Request
from synthetrial.llm.openai_wire import (
    Completion,
    Form,
    adapt,
    answer_of,
    chat_body,
    completion_body,
    expected_tokens,
    read_completion,
    refusal,
    simpler_form,
)
from synthetrial.llm.throttle import Throttle
from synthetrial.retry import Sleep, retry_after_seconds

CONNECT_SECONDS: Final = 10.0


class OpenAIModel:
    """The model `name` behind `base_url`. `timeout` bounds a call in seconds, `attempts` how often it is tried, `parallel` how
    many are made at once; how many help is found out (`throttle.py`).

    Raises `UsageError` for a base URL that is none.
    """

    engine = "openai"
    deterministic = False

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        api_key: str | None,
        parallel: int,
        timeout: float = 120,
        attempts: int = 8,
        mode: Literal["completion", "chat"] = "chat",
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.mode = mode
        self.parallel = parallel
        self.throttle = Throttle(
            parallel, requests=requests_per_minute, tokens=tokens_per_minute, attempts=attempts, sleep=sleep, clock=clock
        )
        self._url, self._where = base_url, shown(base_url)
        self._key, self._timeout = api_key, timeout
        self._client: Any = None
        self._form = Form()  # what the server is known to take

    async def answer(self, request: Request) -> Answer:
        """See `LanguageModel.answer`. Tries again where that can help, so what it raises is final: a `ModelError`.

        A server that gives one sample whatever `n` says is asked again, with the next seed, until there are `n`.
        """
        began = time.perf_counter()
        answers: list[Completion] = []
        while (have := sum(len(each.choices) for each in answers)) < request.n:
            body_of = chat_body if request.prompt is None else completion_body
            body = body_of(self.name, request, n=request.n - have, seed=request.seed + have)
            answers.append(await self.throttle.run(partial(self._call, body), expected_tokens(body)))
        return answer_of(answers, request.n, seconds=time.perf_counter() - began, name=self.name)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _call(self, body: dict[str, Any]) -> Completion:
        """One call, made again at once in a simpler form where the server answers 400 to the form it was sent in.

        The form that worked is kept for the calls that follow. Where none works, the fault is another one, and the first
        refusal names it best: that is raised.
        """
        form, first = self._form, None
        while True:
            try:
                answer = await self._send(adapt(body, form))
            except _FormRefusedError as error:
                first = first or error
                simpler = simpler_form(body, form, str(error))
                if simpler is None:
                    raise first from None
                form = simpler
            else:
                self._form = self._form if first is None else form
                return answer

    async def _send(self, body: dict[str, Any]) -> Completion:
        import aiohttp

        url = f"{self._url.rstrip('/')}/{'chat/completions' if 'messages' in body else 'completions'}"
        try:
            async with self._opened().post(url, data=msgspec.json.encode(body)) as answer:
                content = await answer.read()
        except aiohttp.ConnectionTimeoutError:
            raise RetryableModelError(f"{self._who}: no connection within {self._connect:g} s", overload=True) from None
        except TimeoutError:
            raise RetryableModelError(f"{self._who}: no answer within {self._timeout:g} s", overload=True) from None
        except aiohttp.ClientError as error:
            raise RetryableModelError(f"{self._who}: {self._clean(cause(error))}") from None
        except ValueError as error:  # a header or URL that cannot be sent
            raise ModelError(f"{self._who}: {self._clean(str(error))}") from None
        if not answer.ok:
            raise self._refused(answer.status, answer.headers.get("retry-after"), content)
        try:
            return read_completion(content)
        except ValueError as error:
            raise RetryableModelError(f"{self._who}: {self._clean(str(error))}") from None

    def _refused(self, status: int, retry_after: str | None, content: bytes) -> ModelError:
        """What a status other than 2xx means. The messages name what to change."""
        said = self._clean(refusal(content))
        message = f"{self._who}: HTTP {status}: {said}"
        if status in (400, 422, 501):
            return _FormRefusedError(
                f"{message}; check --base-url, the model's context length and the recipe's [write] options"
            )
        if status == 429 and ("quota" in said or "billing" in said):
            return ModelError(f"{message}; the account has no credit left: top it up, then run the same command again")
        if status in (408, 409, 425, 429) or status >= 500:
            return RetryableModelError(message, retry_after_seconds(retry_after), overload=status in (408, 429, 503, 529))
        if status in (401, 403):
            return ModelError(f"{message}; check the key in the variable that --api-key-env names")
        if status == 404:
            return ModelError(f"{message}; check --model and --base-url (most end in /v1)")
        return ModelError(f"{message}; check --base-url and --model")

    @property
    def _who(self) -> str:
        return f"{self.name} at {self._where}"

    def _clean(self, text: str) -> str:
        """`text` on one line, without the key if the server sends it back."""
        line = " ".join(text.split())
        return line.replace(self._key, "[key]") if self._key else line

    @property
    def _connect(self) -> float:
        return min(CONNECT_SECONDS, self._timeout)

    def _opened(self) -> Any:
        if self._client is None:
            self._client = session(self._url, self._key, seconds=self._timeout, connect=self._connect)
        return self._client


class _FormRefusedError(ModelError):
    """The server refuses the request as it stands; it may take it in another form."""
