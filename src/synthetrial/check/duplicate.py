"""`duplicate`: the record is not another accepted one in other words.

Refuses a record that MinHash finds near to one accepted before it. Which one is accepted first must not hang on timing, so
the pipeline judges this apart, in cell order, by `check_against`; `check` itself has nothing to compare with and passes.
"""

from __future__ import annotations

from typing import Final, Protocol

from synthetrial import text, trial
from synthetrial.check.candidate import Candidate
from synthetrial.check.view import View

CODE: Final = "duplicate"


class Duplicates(Protocol):
    """An index of accepted texts (`similar.duplicates.DuplicateIndex`)."""

    def find(self, text: str) -> str | None:
        """The key of an accepted text near to `text`, or None."""
        ...


def check(candidate: Candidate, view: View) -> str | None:
    """None: accepted records are not known here (see `check_against`)."""
    return None


def check_against(protocol: trial.Protocol, index: Duplicates) -> str | None:
    """The accepted record that `protocol` is a near-duplicate of, or None."""
    key = index.find(text.render(protocol))
    return None if key is None else f"near-duplicate of {key}"
