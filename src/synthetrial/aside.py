"""A second interpreter that runs a module of the package: for work that would hold up this one, or that several can share.

It runs no script of the caller's again, as `multiprocessing` would, is not reached by Ctrl-C, and ends with its input.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import pickle
import struct
import subprocess
import sys
import traceback
from asyncio.subprocess import Process
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from queue import SimpleQueue
from typing import Any, BinaryIO, Final, TypeVar, cast

from synthetrial.errors import SynthetrialError

Task = TypeVar("Task")
Result = TypeVar("Result")
_LENGTH: Final = struct.Struct("<Q")


def interpreter(module: str) -> subprocess.Popen[bytes]:
    """A process that runs `module`, with pipes to its standard input and output. Raises `OSError` where none can be had."""
    return subprocess.Popen(_command(module), **_options())


async def interpreter_beside(module: str) -> Process:
    """The same for an event loop."""
    return await asyncio.create_subprocess_exec(*_command(module), **_options())


def mapped(function: Callable[[Task], Result], tasks: Iterable[Task], workers: int | None = None) -> Iterator[Result]:
    """`function(task)` for each task, in order, by as many interpreters as there are cores (`workers`); by this one for 1.

    `function` is one of a module of this package; tasks and results are pickled between our own processes. Twice as many tasks
    as workers are taken ahead, so neither tasks nor results pile up. What `function` raises is raised here. Raises
    `SynthetrialError` where a worker dies.
    """
    workers = workers or os.cpu_count() or 1
    ahead = list(itertools.islice(tasks := iter(tasks), 2))
    if workers == 1 or len(ahead) < 2:
        yield from map(function, itertools.chain(ahead, tasks))
        return
    with ExitStack() as stack:
        idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        for _ in range(workers):
            process = interpreter(__name__)
            stack.callback(_end, process)
            idle.put(process)
        threads = ThreadPoolExecutor(workers)
        stack.callback(threads.shutdown, cancel_futures=True)

        def ask(task: Task) -> Result:
            process = idle.get()
            try:
                return cast(Result, _asked(process, function, task))
            finally:
                idle.put(process)

        waiting: deque[Future[Result]] = deque()
        for task in itertools.chain(ahead, tasks):
            waiting.append(threads.submit(ask, task))
            if len(waiting) >= 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _asked(process: subprocess.Popen[bytes], function: Callable[..., Any], task: object) -> object:
    try:
        _send(cast(BinaryIO, process.stdin), (function, task))
        done, value = _receive(cast(BinaryIO, process.stdout))
    except (OSError, EOFError) as error:
        raise SynthetrialError(
            f"a worker process ended (exit code {process.wait()}): perhaps memory ran out; the same command begins again"
        ) from error
    if done:
        return value
    raise value


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for each in (process.stdin, process.stdout):
        with suppress(OSError):
            cast(BinaryIO, each).close()


def _send(stream: BinaryIO, value: object) -> None:
    content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(content)) + content)
    stream.flush()


def _receive(stream: BinaryIO) -> Any:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    return pickle.loads(stream.read(*_LENGTH.unpack(head)))  # (written by our own process)


def _command(module: str) -> list[str]:
    return [sys.executable, "-m", module]


def _options() -> dict[str, Any]:
    places = os.pathsep.join(each for each in sys.path if each)
    return {
        "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL,
        "env": os.environ | {"PYTHONPATH": places}, "start_new_session": True,
    }  # fmt: skip


def main() -> None:
    """The other process of `mapped`: tasks in, results out."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not come between the results
    with suppress(EOFError, BrokenPipeError):
        while True:
            function, task = _receive(sys.stdin.buffer)
            try:
                found: tuple[bool, object] = (True, function(task))
            except Exception as error:
                error.add_note(traceback.format_exc())
                found = (False, error)
            try:
                _send(out, found)
            except (pickle.PicklingError, TypeError, AttributeError) as error:
                _send(out, (False, SynthetrialError(f"{function.__qualname__}: {error}")))


if __name__ == "__main__":
    main()
