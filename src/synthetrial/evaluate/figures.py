"""How figures are written: a number with its decimals, an interval in brackets."""

from __future__ import annotations


def number(value: float, digits: int = 3, *, sign: bool = False) -> str:
    """`value` with `digits` decimals; with a plus sign where it has one and `sign` is set."""
    return f"{value:{'+' if sign else ''}.{digits}f}"


def interval(low: float | None, high: float | None, digits: int = 3, *, sign: bool = False) -> str:
    """Both ends in brackets; "" where one is not known."""
    if low is None or high is None:
        return ""
    return f"[{number(low, digits, sign=sign)}, {number(high, digits, sign=sign)}]"
