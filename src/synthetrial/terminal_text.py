"""Text from records, models and files as a terminal may be given it: neither markup nor control sequences."""

from __future__ import annotations

from typing import Final

from rich.text import Text

_BIDI: Final = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_DROPPED: Final = {each: None for each in (*range(0x20), *range(0x7F, 0xA0), *_BIDI) if each != ord("\n")} | {ord("\t"): " "}


def plain(text: object) -> str:
    """`text` without C0 and C1 controls (a tab is a space, a line feed stays) and without marks that turn the direction of what
    follows them."""
    return str(text).translate(_DROPPED)


def shown(text: object, style: str = "") -> Text:
    """`plain` as something that rich takes for no markup."""
    return Text(plain(text), style=style)
