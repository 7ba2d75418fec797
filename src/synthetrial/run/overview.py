"""How far runs are, read from their stores."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

from synthetrial.run.store import FILE, RunStore


class Overview(TypedDict):
    """A run in a line: state is "finished", "unfinished" or "evaluated"."""

    name: str
    accepted: int
    wanted: int
    state: str


def progress(folder: Path) -> tuple[int, int]:
    """(records accepted, records wanted) of the run in `folder`; (0, 0) if there is none or it was not planned yet."""
    if not (folder / FILE).is_file():
        return 0, 0
    with RunStore.read(folder) as store:
        return store.count_trials(), store.get_meta("wanted") or 0


def overview(parent: Path) -> list[Overview]:
    """The runs below `parent`, by name."""
    found: list[Overview] = []
    for path in sorted(parent.glob(f"*/{FILE}")) if parent.is_dir() else ():
        accepted, wanted = progress(path.parent)
        state = "unfinished" if not wanted or accepted < wanted else "finished"
        if state == "finished" and (path.parent / "evaluation.json").is_file():
            state = "evaluated"
        found.append({"name": path.parent.name, "accepted": accepted, "wanted": wanted, "state": state})
    return found
