"""What happens in a run as JSON lines: calls with their tokens, seconds and cost, verdicts with their codes, accepted ids.

No prompt, no answer and no key stands in it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from synthetrial.errors import StoreError
from synthetrial.generate.event import Event


@contextmanager
def event_log(path: Path | None, run: Path) -> Iterator[Callable[[Event], None]]:
    """A function that appends events to the file `path`, or does nothing without one. Raises `StoreError` where it cannot."""
    if path is None:
        yield lambda event: None
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab", buffering=0)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror}); give another --log-file") from error
    with file:
        yield lambda event: _write(path, file.write, {"run": run.name} | as_logged(event))


def as_logged(event: Event) -> dict[str, object]:
    """An event as it stands in the log."""
    found: dict[str, object] = {
        "time": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
        "event": event.kind,
        "cell": event.cell,
        "attempt": event.attempt,
    }
    if event.answer is not None:
        found |= {
            "stage": event.stage,
            "model": event.answer.model,
            "seconds": round(event.answer.seconds, 4),
            "cache_hit": event.answer.cache_hit,
            "cost": event.cost,
            **msgspec.structs.asdict(event.answer.usage),
        }
    if event.codes:
        found["codes"] = event.codes
    if event.trial is not None:
        found |= {"id": event.trial.id, "label": event.trial.label}
    return found


def _write(path: Path, write: Callable[[bytes], int | None], found: dict[str, object]) -> None:
    try:
        write(msgspec.json.encode(found) + b"\n")
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror}); free some space or give another --log-file") from error
