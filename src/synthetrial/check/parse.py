"""`parse`: the answer is a protocol, and its rendering reads back as the same protocol.

Refuses answers that could not be read at all and protocols that are not canonical (`canonical.protocol`): what does not read
back would look different to a classifier than the record that was accepted.
"""

from __future__ import annotations

from typing import Final

from synthetrial import text
from synthetrial.check.candidate import Candidate
from synthetrial.check.view import View
from synthetrial.errors import ParseError

CODE: Final = "parse"


def check(candidate: Candidate, view: View) -> str | None:
    """Why the answer is no protocol, or None."""
    if candidate.protocol is None:
        return candidate.error or "the answer is not a protocol"
    try:
        again = text.parse(text.render(candidate.protocol))
    except ParseError as error:
        return f"its rendering does not read back: {error}"
    if again != candidate.protocol:
        field = next(
            each for each in candidate.protocol.__struct_fields__ if getattr(again, each) != getattr(candidate.protocol, each)
        )
        return f"its rendering reads back with another {field}"
    return None
