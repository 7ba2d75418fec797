"""Compute metrics, a large set's in two processes: metrics hang on nothing but the inputs and their own random numbers.

The second process is an interpreter of its own that reads its task from its standard input and writes its answer to its
standard output: it starts no script of the caller's again, and ends with its input. Where it cannot be had or fails, its
metrics are computed here.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple

import numpy as np

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

_APART: Final = ("utility", "leaks")
"""Families that the second process takes: about half of the work, and the half that shares least with the rest."""


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
    """`compute`, with the families of `_APART` in a second process; the same results in the order of `wanted`."""
    theirs = [each for each in wanted if family(each) in _APART]
    ours = [each for each in wanted if each not in theirs]
    if not theirs or not ours:
        return compute(inputs, wanted, seed)
    if not is_fitted(inputs.embeddings) and any("embeddings" in each.cost for each in theirs):
        with suppress(SynthetrialError):
            _ = inputs.vectors  # with all cores, once: the other process reads them from the cache
    with _begun(inputs, [each.name for each in theirs], seed) as answer:
        mine = compute(inputs, ours, seed)
        other = _read(answer) or compute(inputs, theirs, seed)
    order = [each.name for each in wanted]
    results, skipped, failed = mine.results | other.results, mine.skipped | other.skipped, {*mine.failed, *other.failed}
    return Computed(
        {each: results[each] for each in order if each in results},
        {each: skipped[each] for each in order if each in skipped},
        tuple(each for each in order if each in failed),
    )


def large(inputs: Inputs) -> bool:
    """Whether two processes are faster than one: much to do, and a core for each."""
    return len(inputs.synthetic) + len(inputs.train) >= LARGE and (os.cpu_count() or 1) > 1


def family(metric: Metric) -> str:
    """The family of a metric: the folder that its file is in; for a module on its own, the module's name."""
    return metric.compute.__module__.split(".")[-2:][0]


@contextmanager
def _begun(inputs: Inputs, names: Sequence[str], seed: int) -> Iterator[Future[bytes]]:
    """The answer to come of a process that computes the metrics `names`; the process is gone when this is left."""
    answer: Future[bytes] = Future()
    places = os.pathsep.join(each for each in sys.path if each)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "synthetrial.evaluate.computing"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": places},
        )  # fmt: skip
    except OSError:
        answer.set_result(b"")
        yield answer
        return
    with process, ThreadPoolExecutor(1) as thread:
        try:
            yield thread.submit(lambda: process.communicate(pickle.dumps((inputs, tuple(names), seed)))[0])
        finally:
            process.kill()


def _read(answer: Future[bytes]) -> Computed | None:
    """The answer of the other process, or None where it has none to give."""
    try:
        found = pickle.loads(answer.result())  # (written by our own process)
    except (EOFError, OSError, ValueError, pickle.UnpicklingError):
        return None
    return found if isinstance(found, Computed) else None


def main() -> None:
    """The second process: one task in, one answer out."""
    inputs, names, seed = pickle.load(sys.stdin.buffer)
    known = {each.name: each for each in metrics()}
    sys.stdout.buffer.write(pickle.dumps(Computed(*compute(inputs, [known[each] for each in names], seed))))


if __name__ == "__main__":
    from synthetrial.evaluate import computing  # what is pickled here is read as a part of the package, not of `__main__`

    computing.main()
