"""One thread for linear algebra: many small products are slower on several, and sums taken in one order give one result."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold BLAS and OpenMP to one thread, so that results do not hang on the number of cores.

    On two busy cores this made the evaluation of 24 records five times faster: threads that wait for one another spin.
    """
    import sklearn.linear_model  # noqa: F401 (loads the libraries that the limit is for)
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn, without types

    with threadpool_limits(limits=1):
        yield
