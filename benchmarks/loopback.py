"""A loopback server with the pace of a hosted model, for the engine's benchmarks; prints its base URL and serves until ended.

    python benchmarks/loopback.py [--port P] [--latency LOW HIGH] [--token-seconds S] [--fault KIND=RATE] [--spoil KIND=RATE]

It is the tests' faults server over the scripted model: a call takes a latency drawn evenly from LOW to HIGH, and S seconds a
token of its longest sample. What the scripted model cannot read (another method's prompts) is answered by words of the prompt,
as many as `max_tokens` allows. `GET /stats` tells the counts.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from faults_server import FaultsServer, _listen
from synthetrial.errors import ModelError
from synthetrial.llm.model import Answer, Request, Usage
from synthetrial.llm.scripted import TOKENS_PER_WORD, ScriptedModel


class Paced(ScriptedModel):
    """The scripted model, a token at a time."""

    def __init__(self, token_seconds: float, spoil: dict[str, float]) -> None:
        super().__init__(faults=spoil)
        self.token_seconds = token_seconds

    async def answer(self, request: Request) -> Answer:
        """See `LanguageModel.answer`."""
        try:
            answer = await super().answer(request)
        except ModelError:
            answer = _words(request)
        longest = max(len(each.split()) for each in answer.texts) * TOKENS_PER_WORD
        await asyncio.sleep(self.token_seconds * longest)
        return answer


def _words(request: Request) -> Answer:
    told = (request.prompt or " ".join(each.content for each in request.messages)).split()
    count = min(len(told), round(request.max_tokens / TOKENS_PER_WORD))
    start = request.seed % max(1, len(told) - count)
    texts = (" ".join(told[start : start + count]),) * request.n
    usage = Usage(
        prompt_tokens=round(len(told) * TOKENS_PER_WORD), completion_tokens=round(count * TOKENS_PER_WORD) * request.n
    )
    return Answer(texts=texts, finish=("stop",) * request.n, usage=usage, seconds=0.0, model="scripted")


async def _serve(server: FaultsServer, port: int) -> None:
    await _listen(server, port, lambda: print(server.base_url, flush=True), asyncio.Event())


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, nargs=2, default=(0.5, 0.5), metavar=("LOW", "HIGH"))
    parser.add_argument("--token-seconds", type=float, default=0.0)
    parser.add_argument("--fault", action="append", default=[], metavar="KIND=RATE")
    parser.add_argument("--spoil", action="append", default=[], metavar="KIND=RATE", help="of the model's answers")
    given = parser.parse_args()
    faults, spoil = (
        {kind: float(rate) for kind, _, rate in (each.partition("=") for each in pairs)} for pairs in (given.fault, given.spoil)
    )
    server = FaultsServer(Paced(given.token_seconds, spoil), tuple(given.latency), faults, 0)
    asyncio.run(_serve(server, given.port))


if __name__ == "__main__":
    main()
