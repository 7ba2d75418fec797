"""Checks beside the event loop, in processes of their own: a server that answers hundreds of calls a second would wait for
them, as threads of one interpreter take turns.

A process is told the view of the training split once, then candidates as they come, and answers with verdicts in the same
order. Where none can be had, or one dies, checks run here.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import struct
import sys
from asyncio.subprocess import Process
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from typing import Final

import msgspec

from synthetrial.aside import interpreter_beside
from synthetrial.check import judge
from synthetrial.check.candidate import Candidate, Verdict
from synthetrial.check.view import View

MOST: Final = 4
"""Processes at most; a core is left to the event loop."""
_LENGTH: Final = struct.Struct("<I")

Judge = Callable[[Candidate], Awaitable[Verdict]]


def here(view: View, skip: Collection[str]) -> Judge:
    """Judges in a thread of this process."""

    async def ask(candidate: Candidate) -> Verdict:
        return await asyncio.to_thread(judge, candidate, view, skip)

    return ask


@asynccontextmanager
async def judging(view: View, skip: Collection[str]) -> AsyncIterator[Judge]:
    """Judges in other processes, in this one where there is but one core."""
    local, judges = here(view, skip), list[_Judge]()
    try:
        with suppress(OSError):
            for _ in range(min(MOST, (os.cpu_count() or 1) - 1)):
                judges.append(_Judge(await interpreter_beside(__name__), pickle.dumps((view, tuple(skip)))))

        async def ask(candidate: Candidate) -> Verdict:
            alive = [each for each in judges if each.alive]
            found = await min(alive, key=lambda each: len(each.asked)).ask(candidate) if alive else None
            return found or await local(candidate)

        yield ask
    finally:
        for each in judges:
            await each.end()


class _Judge:
    """A process that judges, and who waits for its verdicts, in the order of asking."""

    def __init__(self, process: Process, told: bytes) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.asked: deque[asyncio.Future[Verdict | None]] = deque()
        self.alive = True
        self._process, self._to, self._from = process, process.stdin, process.stdout
        self._to.write(told)
        self._listening = asyncio.create_task(self._listen())

    async def ask(self, candidate: Candidate) -> Verdict | None:
        """The verdict; None where the process is dead, and it is ended where it makes no sense."""
        answer: asyncio.Future[Verdict | None] = asyncio.get_running_loop().create_future()
        self.asked.append(answer)
        self._to.write(_framed(msgspec.msgpack.encode(candidate)))
        return await answer

    async def end(self) -> None:
        """End the process: it ends with its input."""
        self._hang_up()
        await self._listening
        await self._process.wait()

    async def _listen(self) -> None:
        try:
            while True:
                (length,) = _LENGTH.unpack(await self._from.readexactly(_LENGTH.size))
                verdict = msgspec.msgpack.decode(await self._from.readexactly(length), type=Verdict)
                answer = self.asked.popleft()
                if not answer.done():  # who asked may have been cancelled
                    answer.set_result(verdict)
        except (OSError, EOFError, IndexError, msgspec.MsgspecError):
            self._hang_up()
        finally:
            self.alive = False
            while self.asked:
                if not (answer := self.asked.popleft()).done():
                    answer.set_result(None)

    def _hang_up(self) -> None:
        if not self._to.is_closing():
            self._to.transport.abort()


def _framed(content: bytes) -> bytes:
    return _LENGTH.pack(len(content)) + content


def main() -> None:
    """The other process."""
    view, skip = pickle.load(sys.stdin.buffer)  # (written by our own process)
    decoder = msgspec.msgpack.Decoder(Candidate)
    with suppress(BrokenPipeError):
        while head := sys.stdin.buffer.read(_LENGTH.size):
            candidate = decoder.decode(sys.stdin.buffer.read(*_LENGTH.unpack(head)))
            sys.stdout.buffer.write(_framed(msgspec.msgpack.encode(judge(candidate, view, skip))))
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
