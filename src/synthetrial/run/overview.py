"""How far runs are, read from their stores."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

from synthetrial.run.store import FILE, RunStore


class Overview(TypedDict):
    """A run in a line: state is "planned" (nothing was asked yet), "unfinished", "finished" or "evaluated".

    `model` and `recipe` are "" where the run was never begun.
    """

    name: str
    accepted: int
    wanted: int
    state: str
    model: str
    recipe: str


def progress(folder: Path) -> tuple[int, int]:
    """(records accepted, records wanted) of the run in `folder`; (0, 0) if there is none or it was not planned yet."""
    if not (folder / FILE).is_file():
        return 0, 0
    with RunStore.read(folder) as store:
        return store.count_trials(), store.get_meta("wanted") or 0


def overview(parent: Path) -> list[Overview]:
    """The runs below `parent`, by name. Raises `StoreError` naming one that cannot be read."""
    return [_seen(path.parent) for path in sorted(parent.glob(f"*/{FILE}"))] if parent.is_dir() else []


def _seen(folder: Path) -> Overview:
    with RunStore.read(folder) as store:
        accepted, wanted = store.count_trials(), store.get_meta("wanted") or 0
        config = store.get_meta("config") or {"model": "", "recipe": {"name": ""}}
        model = store.get_meta("model") or {"name": config["model"]}
        asked = store.one("SELECT 1 FROM calls", ()) is not None
    if not wanted or accepted < wanted:
        state = "planned" if wanted and not asked else "unfinished"
    else:
        state = "evaluated" if (folder / "evaluation.json").is_file() else "finished"
    return {
        "name": folder.name,
        "accepted": accepted,
        "wanted": wanted,
        "state": state,
        "model": model["name"],
        "recipe": config["recipe"]["name"],
    }
