"""OpenTelemetry spans of a run, for users who have installed and configured it; else nothing.

Synthetrial sends nothing by itself: without a tracer provider of the user's (`opentelemetry-instrument synthetrial …`, or a
program that sets one up), a span is not recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import Any

Note = Callable[[str, str | int | float | bool], None]
"""(name of an attribute, its value): notes it on a span."""


@contextmanager
def span(name: str, **attributes: str | int | float | bool) -> Iterator[Note]:
    """A span around the block, below the one around it; in names of attributes `__` stands for a dot."""
    tracer = _tracer()
    if tracer is None:
        yield lambda name, value: None
        return
    given = {key.replace("__", "."): value for key, value in attributes.items()}
    with tracer.start_as_current_span(name, attributes=given) as started:
        yield started.set_attribute


@cache
def _tracer() -> Any:
    if find_spec("opentelemetry") is None:
        return None
    from opentelemetry import trace

    return trace.get_tracer("synthetrial")
