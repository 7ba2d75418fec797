"""A loopback server that speaks the OpenAI protocol, answers through `ScriptedModel`, and plays faults on demand.

In a test: `with serve(faults={"429": 0.2}) as server: OpenAIModel(…, server.base_url, …)`. By hand, for benchmarks and kill
tests: `python tests/faults_server.py --port 0 --fault 429=0.1`, which prints the base URL and serves until it is interrupted;
`GET /stats` there tells the counts.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import random
import signal
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from synthetrial.errors import ModelError, RetryableModelError
from synthetrial.llm.model import LanguageModel, Message, Request
from synthetrial.llm.scripted import ScriptedModel

PAGE = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


class Played(NamedTuple):
    """A fault that is an ordinary answer: status, content type, body, more headers."""

    status: int
    body: bytes
    kind: str = "application/json"
    headers: tuple[str, ...] = ()


def _error(status: int, message: str, *headers: str) -> Played:
    return Played(status, json.dumps({"error": {"message": message, "code": status}}).encode(), headers=headers)


PLAYED: Mapping[str, Played] = {
    "429": _error(429, "rate limit reached", "Retry-After: 0"),
    "429-wait": _error(429, "rate limit reached", "Retry-After: 7"),
    "429-date": _error(429, "rate limit reached", "Retry-After: Fri, 01 Jan 2100 00:00:00 GMT"),
    "quota": _error(429, "you exceeded your current quota"),
    "500": _error(500, "internal error"),
    "503": _error(503, "loading the model"),
    "400": _error(400, "the context is too long"),
    "401": _error(401, "incorrect API key provided"),
    "404": _error(404, "the model does not exist"),
    "html200": Played(200, PAGE, "text/html"),
    "html502": Played(502, PAGE, "text/html"),
    "garbage": Played(200, b'{"choices": [{"mess'),
    "nothing": Played(200, b""),
    "empty": Played(200, json.dumps({"choices": [], "model": "scripted"}).encode()),
}
BROKEN = ("reset", "stall", "truncated")
REFUSED = ("no-json-schema", "no-response-format", "no-max-tokens", "one-sample")
"""What the server does not support; to be given at rate 1."""


class Seen(NamedTuple):
    """A request: its number (from 0), path, hash of its body, and what was done with it ("answered", a fault, "cut off")."""

    number: int
    path: str
    body: str
    done: str


class FaultsServer:
    """The server's state, read and set from any thread. `requests` holds what is finished; `in_flight` what is not."""

    def __init__(self, model: LanguageModel, latency: tuple[float, float], faults: Mapping[str, float], seed: int) -> None:
        self.model = model
        self.base_url = ""
        self.requests: list[Seen] = []
        self.bodies: Counter[str] = Counter()
        """How often each body came, by hash; counted on arrival."""
        self.last: dict[str, Any] = {}
        """The last body, decoded."""
        self.headers: dict[str, str] = {}
        """The last request's headers, names in lower case."""
        self.in_flight = self.peak = self._arrived = 0
        self._seed = seed
        self.set(latency=latency, faults=faults)

    def set(
        self,
        *,
        latency: tuple[float, float] | None = None,
        faults: Mapping[str, float] | None = None,
        script: Mapping[int, str] | None = None,
    ) -> None:
        """Change what is played from now on. `script` maps request numbers (from 0, counted from the start) to faults and goes
        before the rates."""
        self.latency = latency if latency is not None else self.latency
        self.faults = dict(faults) if faults is not None else self.faults
        self.script = dict(script) if script is not None else getattr(self, "script", {})
        known = {*PLAYED, *BROKEN, *REFUSED}
        if unknown := {*self.faults, *self.script.values()} - known:
            raise ValueError(f"unknown faults {sorted(unknown)}; known: {', '.join(sorted(known))}")

    @property
    def count(self) -> int:
        """How many calls to the model arrived, in whatever way they ended."""
        return self._arrived

    def stats(self) -> dict[str, Any]:
        """The counts as plain values."""
        return {
            "count": self._arrived,
            "answered": sum(each.done == "answered" for each in self.requests),
            "in_flight": self.in_flight,
            "peak": self.peak,
            "done": dict(Counter(each.done for each in self.requests)),
            "repeated": sum(count - 1 for count in self.bodies.values()),
            "bodies": dict(self.bodies),
        }

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while request := await _read(reader):
                method, path, headers, content = request
                if method == "GET" and path == "/stats":
                    _write(writer, 200, json.dumps(self.stats()).encode())
                elif method == "GET":
                    self.headers = headers
                    told = self._listed(path)
                    _write(writer, told.status, told.body, told.kind)
                elif not await self._call(path, headers, content, reader, writer):
                    break
                await writer.drain()
        writer.close()

    async def _call(
        self, path: str, headers: dict[str, str], content: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Whether the connection can go on."""
        number, self._arrived = self._arrived, self._arrived + 1
        body = hashlib.blake2b(content, digest_size=8).hexdigest()
        self.bodies[body] += 1
        self.last, self.headers = json.loads(content), headers
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        ended: list[str] = []

        def end(done: str) -> None:
            """Count the call before the answer leaves: a client that has it may ask for the counts at once."""
            if not ended:
                ended.append(done)
                self.in_flight -= 1
                self.requests.append(Seen(number, path, body, done))

        try:
            await self._play(number, path, self.last, reader, writer, end)
        finally:
            end("cut off")
        return ended[0] not in BROKEN

    async def _play(
        self, number: int, path: str, body: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
        end: Callable[[str], None],
    ) -> None:  # fmt: skip
        drawn = random.Random(f"{self._seed} {number}")
        low, high = self.latency
        await asyncio.sleep(low + (high - low) * drawn.random())
        fault = self.script.get(number) or self._fault(drawn.random())
        if fault == "stall":
            await reader.read(1)  # until the client has had enough
            end(fault)
        elif fault == "reset":
            end(fault)
            # no lingering: what would be an orderly end becomes a reset
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        elif fault in PLAYED:
            played = PLAYED[fault]
            end(fault)
            _write(writer, played.status, played.body, played.kind, *played.headers)
        elif refused := self._refused(body):
            end("refused")
            _write(writer, 400, refused.body)
        else:
            answer = await self._answer(path, body)
            end(fault or "answered")
            if fault == "truncated":
                _write(writer, answer.status, answer.body[: len(answer.body) // 2], length=len(answer.body))
                await writer.drain()
            else:
                _write(writer, answer.status, answer.body)

    def _listed(self, path: str) -> Played:
        """The list of models; a fault that is played at rate 1 is played here too."""
        for kind, rate in self.faults.items():
            if rate >= 1 and kind in PLAYED:
                return PLAYED[kind]
        if not path.endswith("/v1/models"):
            return _error(404, f"no such path: {path}")
        return Played(200, json.dumps({"object": "list", "data": [{"id": self.model.name, "object": "model"}]}).encode())

    def _fault(self, drawn: float) -> str | None:
        for kind, rate in self.faults.items():
            if kind in REFUSED:
                continue
            if drawn < rate:
                return kind
            drawn -= rate
        return None

    def _refused(self, body: dict[str, Any]) -> Played | None:
        form = body.get("response_format")
        if "no-response-format" in self.faults and form:
            return _error(400, "unknown parameter: response_format")
        if "no-json-schema" in self.faults and form and form["type"] == "json_schema":
            return _error(400, "response_format json_schema is not supported")
        if "no-max-tokens" in self.faults and "max_tokens" in body:
            return _error(400, "unsupported parameter: use 'max_completion_tokens' instead of 'max_tokens'")
        return None

    async def _answer(self, path: str, body: dict[str, Any]) -> Played:
        chat = path.endswith("/chat/completions")
        form = body.get("response_format") or {}
        messages = tuple(Message(each["role"], each["content"]) for each in body.get("messages", ()))
        schema = form.get("json_schema", {}).get("schema")
        if schema is None and messages:
            # without response_format the schema is told in the last message
            titles = [each for each in ("Draft", "Reasons") if f'"title":"{each}"' in messages[-1].content]
            schema = {"title": titles[0]} if titles else None
        request = Request(
            seed=body.get("seed", 0),
            max_tokens=body.get("max_tokens") or body.get("max_completion_tokens") or 16,
            prompt=None if chat else body["prompt"],
            messages=messages,
            n=1 if "one-sample" in self.faults else body.get("n", 1),
            schema=schema,
        )
        try:
            answer = await self.model.answer(request)
        except RetryableModelError as error:
            return _error(503, str(error))
        except ModelError as error:
            return _error(400, str(error))
        choices = [
            {
                "index": i,
                "finish_reason": finish,
                **({"message": {"role": "assistant", "content": text}} if chat else {"text": text}),
            }
            for i, (text, finish) in enumerate(zip(answer.texts, answer.finish, strict=True))
        ]
        usage = {
            "prompt_tokens": answer.usage.prompt_tokens,
            "completion_tokens": answer.usage.completion_tokens,
            "total_tokens": answer.usage.prompt_tokens + answer.usage.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": answer.usage.cached_tokens},
        }
        return Played(
            200, json.dumps({"id": "x", "object": "x", "model": answer.model, "choices": choices, "usage": usage}).encode()
        )


@contextlib.contextmanager
def serve(
    model: LanguageModel | None = None,
    *,
    latency: tuple[float, float] = (0.0, 0.0),
    faults: Mapping[str, float] | None = None,
    script: Mapping[int, str] | None = None,
    seed: int = 0,
) -> Iterator[FaultsServer]:
    """A server on a free loopback port, in a thread of its own, until the block ends."""
    server = FaultsServer(model or ScriptedModel(), latency, faults or {}, seed)
    server.set(script=script or {})
    loop = asyncio.new_event_loop()
    listening = threading.Event()
    stop = asyncio.Event()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(_listen(server, 0, listening.set, stop))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    listening.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


async def _listen(server: FaultsServer, port: int, listening: Any, stop: asyncio.Event) -> None:
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # asyncio runs each connection in one
        connections.add(task)
        try:
            await server.handle(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()  # the server ends: no traceback for it
        finally:
            connections.discard(task)

    listener = await asyncio.start_server(connected, "127.0.0.1", port, backlog=2048, limit=2**22)
    server.base_url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1"
    listening()
    await stop.wait()
    listener.close()
    for each in connections:
        each.cancel()
    await asyncio.gather(*connections, return_exceptions=True)
    await asyncio.sleep(0)  # lets aborted transports close


async def _read(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str], bytes] | None:
    """Method, path, headers and body of the next request; None when the client has hung up."""
    line = await reader.readline()
    if not line:
        return None
    method, path, _ = line.decode("latin-1").split(" ", 2)
    headers = {}
    while (line := await reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return method, path, headers, await reader.readexactly(int(headers.get("content-length", 0)))


def _write(
    writer: asyncio.StreamWriter,
    status: int,
    body: bytes,
    kind: str = "application/json",
    *headers: str,
    length: int | None = None,
) -> None:
    size = len(body) if length is None else length
    head = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {size}", *headers]
    writer.write("\r\n".join([*head, "", ""]).encode() + body)


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="An OpenAI-compatible loopback server with a scripted model and faults")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--latency", type=float, nargs=2, default=(0.0, 0.0), metavar=("LOW", "HIGH"), help="seconds, uniform")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="KIND=RATE", help=", ".join((*PLAYED, *BROKEN, *REFUSED))
    )
    parser.add_argument("--spoil", action="append", default=[], metavar="KIND=RATE", help="faults of the scripted model")
    given = parser.parse_args()

    def rates(pairs: list[str]) -> dict[str, float]:
        return {kind: float(rate) for kind, _, rate in (each.partition("=") for each in pairs)}

    model = ScriptedModel(seed=given.seed, faults=rates(given.spoil))
    server = FaultsServer(model, tuple(given.latency), rates(given.fault), given.seed)

    async def run() -> None:
        stop = asyncio.Event()
        for each in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(each, stop.set)
        await _listen(server, given.port, lambda: print(server.base_url, flush=True), stop)

    asyncio.run(run())


if __name__ == "__main__":
    main()
