"""A study as it goes: a bar on a terminal, a line per set and cell elsewhere."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from synthetrial.generate.event import Event
from synthetrial.study.study import Step

SAID = {"make": "records", "measure": "cells"}


class StudyWatcher:
    """Shows a study's steps and the records that come; nothing when quiet. `done` of `wanted` records are there already."""

    def __init__(self, console: Console, wanted: int, done: int, *, quiet: bool = False) -> None:
        self.console, self.quiet, self.wanted, self.done = console, quiet, wanted, done
        self.making, self.calls = "", 0
        self.bar: Progress | None = None
        if console.is_terminal and not quiet:
            self.bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TextColumn("{task.fields[said]}"),
                TimeRemainingColumn(compact=True),
                console=console,
            )
            self.records = self.bar.add_task(SAID["make"], total=wanted, completed=done, said="")
            self.cells = self.bar.add_task(SAID["measure"], total=None, said="")

    def __enter__(self) -> StudyWatcher:
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.bar is not None:
            self.bar.stop()

    def step(self, step: Step) -> None:
        """A set is begun, or a cell."""
        if self.bar is None:
            if not self.quiet:
                self.console.print(f"{step.kind} {step.number}/{step.count} {step.what}", highlight=False)
        elif step.kind == "make":
            self.making, self.calls = step.what, 0
            self.bar.update(self.records, said=step.what)
        else:
            self.bar.update(self.cells, total=step.count, completed=step.number - 1, said=step.what)

    def event(self, event: Event) -> None:
        """Something happened in the run of a set: a call, for which a set whose drafts are made first has no record yet."""
        if self.bar is None:
            return
        self.calls += event.kind == "call"
        self.done += event.trial is not None
        self.bar.update(self.records, completed=self.done, said=f"{self.making}, {self.calls:,} calls")
