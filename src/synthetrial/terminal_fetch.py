"""A fetch as it goes: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from synthetrial.corpus.fetch.paging import Progress
from synthetrial.terminal_text import plain

LOG_EVERY: float = 5.0
"""Seconds between two plain log lines where no terminal is there."""


class FetchWatcher:
    """Shows how far a fetch is. Call it with each `Progress`; `tell` prints a note. Nothing is shown when quiet."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self.console, self.quiet = console, quiet
        self.began = self.logged = time.monotonic()
        self.had: int | None = None
        self.bar: Bar | None = None
        self.task = TaskID(0)
        if console.is_terminal and not quiet:
            self.bar = Bar(
                SpinnerColumn(),
                TextColumn("studies"),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TextColumn("{task.fields[said]}"),
                TimeRemainingColumn(compact=True),
                console=console,
            )

    def __enter__(self) -> FetchWatcher:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, progress: Progress) -> None:
        if self.quiet:
            return
        now = time.monotonic()
        if self.had is None:  # what earlier calls fetched says nothing of the speed
            self.had, self.began = progress.studies, now
        said = f"{progress.pages:,} pages · {(progress.studies - self.had) / max(now - self.began, 1e-3):,.0f} studies/s"
        if self.bar is not None:
            if not self.bar.tasks:
                self.bar.start()
                self.task = self.bar.add_task("studies", total=progress.total, completed=progress.studies, said=said)
            self.bar.update(self.task, completed=progress.studies, total=progress.total, said=said)
        elif now - self.logged >= LOG_EVERY or (progress.studies and progress.studies == progress.total):
            self.logged = now
            total = "?" if progress.total is None else f"{progress.total:,}"
            self.tell(f"studies {progress.studies:,}/{total} · {said}")

    def tell(self, text: str) -> None:
        """Print a line, above the bar where there is one."""
        if not self.quiet:
            self.console.print(plain(text), highlight=False, markup=False, soft_wrap=True)
