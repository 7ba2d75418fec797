"""A run and a fine-tuning study as they go: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from synthetrial.evaluate.utility.settings import Step
from synthetrial.generate.event import Event
from synthetrial.terminal_record import record

LOG_EVERY: float = 5.0
"""Seconds between two plain log lines where no terminal is there."""


class Watcher:
    """Shows a run as it goes: a bar on a terminal, plain lines elsewhere, nothing when quiet. Call it with each event."""

    def __init__(self, console: Console, wanted: int, done: int, *, quiet: bool = False, show_first: bool = False) -> None:
        self.console, self.wanted, self.accepted = console, wanted, done
        self.quiet, self.show_first = quiet, show_first
        self.rejected: Counter[str] = Counter()
        self.written = self.refused = self.tokens = 0
        self.began = self.logged = time.monotonic()
        self.bar: Progress | None = None
        self.task = TaskID(0)
        if console.is_terminal and not quiet:
            self.bar = Progress(
                SpinnerColumn(),
                TextColumn("records"),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TextColumn("{task.fields[said]}"),
                TimeRemainingColumn(compact=True),
                console=console,
            )

    def __enter__(self) -> Watcher:
        if self.bar is not None:
            self.bar.start()
            self.task = self.bar.add_task("records", total=self.wanted, completed=self.accepted, said="")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, event: Event) -> None:
        if event.answer is not None:
            self.tokens += event.answer.usage.completion_tokens
        if event.kind == "passed":
            self.written += 1
        if event.kind == "rejected":
            self.written += event.codes != ("duplicate",)  # that one had passed
            self.refused += 1
            self.rejected.update(event.codes)
        if event.trial is not None:
            self.accepted += 1
            if self.show_first and not self.quiet:
                self.show_first = False
                self.console.print(record(event.trial, title="the first accepted record"))
        if self.quiet:
            return
        now = time.monotonic()
        if self.bar is not None:
            self.bar.update(self.task, completed=self.accepted, said=self.said(now))
        elif now - self.logged >= LOG_EVERY or self.accepted == self.wanted:
            self.logged = now
            self.console.print(f"records {self.accepted}/{self.wanted} · {self.said(now)}", highlight=False)

    def said(self, now: float) -> str:
        """Candidates written, rejects by code and speed, on one line."""
        codes = ", ".join(f"{code} {count}" for code, count in self.rejected.most_common(4))
        speed = self.tokens / max(now - self.began, 1e-9)
        return f"written {self.written}, rejected {self.refused}{f' ({codes})' if codes else ''} · {speed:.0f} tokens/s"


class Tuning:
    """Shows a fine-tuning study as it goes: a bar on a terminal, a line per cell elsewhere. Call it with each step."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.bar: Progress | None = None
        self.task = TaskID(0)
        self.cell = 0
        if console.is_terminal:
            self.bar = Progress(
                SpinnerColumn(),
                TextColumn("cells"),
                BarColumn(bar_width=24),
                TextColumn("{task.fields[said]}"),
                TimeRemainingColumn(compact=True),
                console=console,
            )

    def __enter__(self) -> Tuning:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, step: Step) -> None:
        what = f"{step.cell}/{step.cells} {step.arm}, n = {step.n_real}, seed {step.seed}"
        if self.bar is None:
            if step.cell != self.cell:
                self.cell = step.cell
                self.console.print(f"fine-tuning {what}: {step.steps} steps", highlight=False)
            return
        if not self.bar.tasks:
            self.bar.start()
            self.task = self.bar.add_task("cells", total=step.cells, said="")
        done = step.cell - 1 + step.step / step.steps
        self.bar.update(self.task, completed=done, said=f"{what} · step {step.step}/{step.steps} · loss {step.loss:.3f}")


class ReadWatcher:
    """Shows how far the reading of sources is: a bar on a terminal, plain lines elsewhere, nothing when quiet."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self.console, self.quiet = console, quiet
        self.began = self.logged = time.monotonic()
        self.bar: Progress | None = None
        self.task = TaskID(0)

    def __enter__(self) -> ReadWatcher:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, read: int, total: int, records: int) -> None:
        now = time.monotonic()
        said = f"{records:,} records · {records / max(now - self.began, 1e-3):,.0f}/s"
        if self.quiet or (read == total and self.bar is None and now - self.began < LOG_EVERY):
            return
        if self.console.is_terminal:
            if self.bar is None:
                self.bar = Progress(
                    SpinnerColumn(), TextColumn("reading"), BarColumn(bar_width=24), TaskProgressColumn(),
                    TextColumn("{task.fields[said]}"), TimeRemainingColumn(compact=True), console=self.console,
                )  # fmt: skip
                self.bar.start()
                self.task = self.bar.add_task("reading", total=total, said=said)
            self.bar.update(self.task, completed=read, said=said)
        elif now - self.logged >= LOG_EVERY:
            self.logged = now
            self.console.print(f"reading {100 * read / max(total, 1):.0f} % · {said}", highlight=False, markup=False)
