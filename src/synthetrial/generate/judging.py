"""Checks beside the event loop, in processes of their own: a server that answers hundreds of calls a second would wait for
them, as threads of one interpreter take turns.

A process is told the view of the training split once, then a candidate at a time, and answers with the verdict. Where none can
be had, or one dies, checks run here.
"""

from __future__ import annotations

import os
import pickle
import struct
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from subprocess import Popen
from threading import Lock
from typing import IO, Final

import msgspec

from synthetrial.aside import interpreter
from synthetrial.check import judge
from synthetrial.check.candidate import Candidate, Verdict
from synthetrial.check.view import View

MOST: Final = 4
"""Processes at most; a core is left to the event loop."""
_LENGTH: Final = struct.Struct("<I")

Judge = Callable[[Candidate], Verdict]


def here(view: View, skip: Collection[str]) -> Judge:
    """Judges in this process."""
    return lambda candidate: judge(candidate, view, skip)


@contextmanager
def judging(view: View, skip: Collection[str]) -> Iterator[Judge]:
    """Judges in other processes, in this one where there is but one core. Call it from several threads to use them all."""
    local, processes = here(view, skip), list[Popen[bytes]]()
    try:
        with suppress(OSError):
            for _ in range(min(MOST, (os.cpu_count() or 1) - 1)):
                processes.append(interpreter(__name__))
                assert processes[-1].stdin is not None
                pickle.dump((view, tuple(skip)), processes[-1].stdin)
        locks, turns = [Lock() for _ in processes], count()

        def ask(candidate: Candidate) -> Verdict:
            if not processes:
                return local(candidate)
            number = next(turns) % len(processes)
            with locks[number]:
                found = _asked(processes[number], candidate)
            return found or local(candidate)

        yield ask
    finally:
        for each in processes:
            each.kill()
            each.wait()


def _asked(process: Popen[bytes], candidate: Candidate) -> Verdict | None:
    """The verdict of a process; None where it is dead, and it is ended where it makes no sense."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        _send(process.stdin, msgspec.msgpack.encode(candidate))
        return msgspec.msgpack.decode(_received(process.stdout), type=Verdict)
    except (OSError, EOFError, ValueError, msgspec.MsgspecError):
        process.kill()
        return None


def _send(pipe: IO[bytes], content: bytes) -> None:
    pipe.write(_LENGTH.pack(len(content)))
    pipe.write(content)
    pipe.flush()


def _received(pipe: IO[bytes]) -> bytes:
    """What was sent. Raises `EOFError` at the end of the pipe."""
    head = pipe.read(_LENGTH.size)
    content = pipe.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else b""
    if not content:
        raise EOFError
    return content


def main() -> None:
    """The other process."""
    view, skip = pickle.load(sys.stdin.buffer)  # (written by our own process)
    decoder = msgspec.msgpack.Decoder(Candidate)
    with suppress(EOFError, BrokenPipeError):
        while True:
            verdict = judge(decoder.decode(_received(sys.stdin.buffer)), view, skip)
            _send(sys.stdout.buffer, msgspec.msgpack.encode(verdict))


if __name__ == "__main__":
    main()
