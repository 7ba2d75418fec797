"""The checks: each refuses a record for one reason, has a code, and says in a line what it found.

`judge` runs them in `ORDER`. All reasons are counted, so a record that fails one check still meets the others; only what
could not be parsed meets no more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from synthetrial.check import (
    coherence,
    complete,
    copy,
    design,
    duplicate,
    identity,
    intervention,
    outcome_leak,
    parse,
    placeholder,
    repetition,
    site,
)
from synthetrial.check.candidate import Candidate, Verdict
from synthetrial.check.view import View

Check = Callable[[Candidate, View], str | None]

ORDER: Final[dict[str, Check]] = {
    module.CODE: module.check
    for module in (
        parse, complete, intervention, design, identity, outcome_leak,
        placeholder, repetition, copy, duplicate, site, coherence,
    )
}  # fmt: skip
"""The checks by code, in the order in which they run and are reported."""


def judge(candidate: Candidate, view: View, skip: Collection[str] = ()) -> Verdict:
    """The verdict of all checks but those whose codes are in `skip`. `parse` is never skipped, and its failure ends the list.

    `duplicate` has nothing to say here: the pipeline judges it in cell order by `duplicate.check_against`.
    """
    failed: dict[str, str] = {}
    for code, check in ORDER.items():
        if code in skip and code != parse.CODE:
            continue
        detail = check(candidate, view)
        if detail is not None:
            failed[code] = detail
            if code == parse.CODE:
                break
    return Verdict(codes=tuple(failed), details=tuple(failed.values()))
