"""Compute metrics, a large set's in two processes: metrics hang on nothing but the inputs and their own random numbers.

The second process is an interpreter of its own that is told over its standard input what to compute and answers over its
standard output: it runs no script of the caller's again, and ends with its input. Where it cannot be had or fails, its metrics
are computed here.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple

import numpy as np

from synthetrial.aside import interpreter
from synthetrial.errors import SynthetrialError
from synthetrial.evaluate.inputs import Inputs
from synthetrial.evaluate.metric import InapplicableError, Metric, MetricResult, metrics
from synthetrial.seeds import derive
from synthetrial.similar.embedding import is_fitted
from synthetrial.verify.threads import one_thread

NOT_ASKED: Final = "not asked for"
"""Why a metric was skipped that could have been computed, or has nothing to do with the inputs; the reason may follow."""

LARGE: Final = 2000
"""Records and training trials from which a second process pays for its start."""

_LONG: Final = ("utility", "leaks")
"""The families whose metrics take longest: begun with, so that both processes end with short ones."""


class Computed(NamedTuple):
    """Results by metric; why others have none (`skipped`); those of the skipped that should have had one (`failed`)."""

    results: dict[str, MetricResult]
    skipped: dict[str, str]
    failed: tuple[str, ...]


def compute(inputs: Inputs, wanted: Sequence[Metric], seed: int) -> Computed:
    """The `wanted` metrics one after another, each with random numbers of its own name. What fails does not stop the others."""
    results, skipped, failed = {}, {}, []
    for each in wanted:
        rng = np.random.default_rng(derive(seed, each.name))
        try:
            with one_thread():
                results[each.name] = each.compute(inputs, rng)
        except InapplicableError as error:
            skipped[each.name] = f"{NOT_ASKED}: {error}"
        except SynthetrialError as error:
            skipped[each.name] = str(error)
            failed.append(each.name)
        except (ValueError, ArithmeticError) as error:  # numbers that cannot be had from these inputs: the others still can
            skipped[each.name] = f"{type(error).__name__}: {error}".splitlines()[0]
            failed.append(each.name)
    return Computed(results, skipped, tuple(failed))


def compute_in_two(inputs: Inputs, wanted: Sequence[Metric], seed: int) -> Computed:
    """`compute`, with the help of a second process: the same results in the order of `wanted`.

    The first begins with what reads words, the second with what reads embeddings, so that neither fits what the other has;
    the long ones (`_LONG`) first, until they meet.
    """
    if not is_fitted(inputs.embeddings) and any(_embeds(each) for each in wanted):
        with suppress(SynthetrialError):
            _ = inputs.vectors  # with all cores, once: the other process reads them from the cache
    waiting = deque(sorted(wanted, key=lambda each: (1 if _embeds(each) else -1) * (2 if family(each) in _LONG else 1)))
    done: list[Computed] = []
    with _second_process(inputs, seed, waiting) as helped:
        while (each := _taken(waiting.popleft)) is not None:
            done.append(compute(inputs, [each], seed))
        done += helped.result()
    done.append(compute(inputs, tuple(waiting), seed))  # what the other took and did not give
    results = {name: found for each in done for name, found in each.results.items()}
    skipped = {name: why for each in done for name, why in each.skipped.items()}
    failed = {name for each in done for name in each.failed}
    order = [each.name for each in wanted]
    return Computed(
        {each: results[each] for each in order if each in results},
        {each: skipped[each] for each in order if each in skipped},
        tuple(each for each in order if each in failed),
    )


def large(inputs: Inputs) -> bool:
    """Whether two processes are faster than one: much to do, and a core for each; fine-tuning takes all cores by itself."""
    return inputs.encoder is None and len(inputs.synthetic) + len(inputs.train) >= LARGE and (os.cpu_count() or 1) > 1


def family(metric: Metric) -> str:
    """The family of a metric: the folder that its file is in; for a module on its own, the module's name."""
    return metric.compute.__module__.split(".")[-2:][0]


def _embeds(metric: Metric) -> bool:
    return "embeddings" in metric.cost


@contextmanager
def _second_process(inputs: Inputs, seed: int, waiting: deque[Metric]) -> Iterator[Future[list[Computed]]]:
    """Takes metrics from the back of `waiting` until there are none; one that fails goes back. The process ends with this."""
    nothing: Future[list[Computed]] = Future()
    try:
        process = interpreter("synthetrial.evaluate.computing")
    except OSError:
        nothing.set_result([])
        yield nothing
        return
    with ThreadPoolExecutor(1) as thread:
        try:
            yield thread.submit(_helped, process, inputs, seed, waiting)
        finally:
            process.kill()
            process.wait()


def _helped(process: subprocess.Popen[bytes], inputs: Inputs, seed: int, waiting: deque[Metric]) -> list[Computed]:
    """What `process` computed of `waiting`."""
    done: list[Computed] = []
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(OSError, ValueError):  # a pipe that broke
        pickle.dump((inputs, seed), process.stdin)
        while (each := _taken(waiting.pop)) is not None:
            try:
                pickle.dump(each.name, process.stdin)
                process.stdin.flush()
                found = pickle.load(process.stdout)  # (written by our own process)
            except Exception:  # whatever was read is no answer
                waiting.append(each)
                break
            done.append(found)
    return done


def _taken(take: Callable[[], Metric]) -> Metric | None:
    """What `take` gives, or None where nothing is left (the other may have been quicker)."""
    try:
        return take()
    except IndexError:
        return None


def main() -> None:
    """The second process: the inputs, then a name at a time in and a result out."""
    inputs, seed = pickle.load(sys.stdin.buffer)
    known = {each.name: each for each in metrics()}
    with suppress(EOFError):
        while True:
            found = compute(inputs, [known[pickle.load(sys.stdin.buffer)]], seed)
            pickle.dump(Computed(*found), sys.stdout.buffer)
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    from synthetrial.evaluate import computing  # what is pickled here is read as a part of the package, not of `__main__`

    computing.main()
