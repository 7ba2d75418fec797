"""Work shared among interpreters: results in order, errors as raised, a dead worker told."""

import math
import operator
import os
import posix

import pytest

from synthetrial.aside import mapped
from synthetrial.errors import CorpusError, SynthetrialError


def test_results_come_in_the_order_of_the_tasks():
    assert list(mapped(math.factorial, range(40), 3)) == [math.factorial(each) for each in range(40)]


@pytest.mark.parametrize("workers", [1, 2])
def test_what_the_function_raises_is_raised_here(workers):
    results = mapped(math.sqrt, [4.0, -1.0, 9.0], workers)
    assert next(results) == 2.0
    with pytest.raises(ValueError, match="math domain error"):
        next(results)


def test_one_task_needs_no_other_process():
    assert list(mapped(lambda each: os.getpid(), ["one"])) == [os.getpid()]


def test_a_worker_that_dies_is_told():
    with pytest.raises(SynthetrialError, match="worker process ended"):
        list(mapped(posix._exit, [3, 3, 3], 2))


def test_errors_of_our_own_come_back_whole():
    with pytest.raises(CorpusError, match=r"^no such thing$"):
        list(mapped(_refuse, ["a", "b"], 1))
    assert list(mapped(operator.neg, [1, 2], 2)) == [-1, -2]


def _refuse(task):
    raise CorpusError("no such thing")
