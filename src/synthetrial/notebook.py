"""How values are shown in notebooks, and handed to pandas where that is there. Every text in them may be anybody's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib import import_module
from typing import Any

from synthetrial.errors import MissingExtraError


def table(caption: str, rows: Iterable[Sequence[object]], header: Sequence[str] = ()) -> str:
    """An HTML table; the first cell of a row is its name."""
    head = f"<thead><tr>{''.join(f'<th>{escape(each)}</th>' for each in header)}</tr></thead>" if header else ""
    body = "".join(
        f"<tr><th>{escape(str(name))}</th>{''.join(f'<td>{escape(str(each))}</td>' for each in cells)}</tr>"
        for name, *cells in rows
    )
    return f"<table><caption>{escape(caption)}</caption>{head}<tbody>{body}</tbody></table>"


def paragraphs(said: Iterable[str]) -> str:
    """An HTML paragraph for each of `said`."""
    return "".join(f"<p>{escape(each)}</p>" for each in said)


def frame(rows: Iterable[Mapping[str, object]], index: str) -> Any:
    """A `pandas.DataFrame` with a row for each of `rows`, by their `index`. Raises `MissingExtraError` without pandas."""
    try:
        pandas = import_module("pandas")
    except ImportError as error:
        raise MissingExtraError("pandas is not installed: pip install pandas") from error
    return pandas.DataFrame(list(rows)).set_index(index)
