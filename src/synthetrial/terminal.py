"""What a person sees on a terminal: progress of a run, tables, a record. Makes renderables; `cli` prints them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from types import TracebackType

from rich.console import Console, Group
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.leaks.audit import Audit
from synthetrial.evaluate.table import arm_tables, probe_reading, probe_rows, rows
from synthetrial.evaluate.utility.settings import Step
from synthetrial.evaluate.verdict import verdict
from synthetrial.generate.event import Event
from synthetrial.text import sections
from synthetrial.trial import SyntheticTrial

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


def record(trial: SyntheticTrial, title: str = "") -> Panel:
    """A synthetic record, marked as such."""
    made = trial.provenance
    body = Text()
    for name, text in sections(trial.protocol).items():
        body.append(f"{name}: ", style="bold")
        body.append(text.strip("\n") if "\n" not in text else text, style="")
        body.append("\n")
    body.append(
        f"\nlabel {trial.label} ({'success' if trial.label else 'failure'}) · drug {made.plan.get('drug')} · exemplars by "
        f"{made.rung} · {made.model}" + (f" · teacher p(label) {made.p_label:.2f}" if made.p_label is not None else ""),
        style="dim",
    )
    return Panel(body, title=Text(" · ".join(each for each in ("[SYNTHETIC]", trial.id, title) if each)), title_align="left")


def evaluation_tables(evaluation: Evaluation) -> Group:
    """The tables of an evaluation: metrics, utility arms, leak probes; and the verdict in words."""
    parts: list[Table | Text] = []
    metrics = Table(title=f"What the {evaluation.run} run is worth (95 % intervals)", title_justify="left", show_edge=False)
    for name in ("metric", "value", "interval", "real vs real", "n", "better"):
        metrics.add_column(
            name, no_wrap=name != "metric", justify="right" if name in ("value", "real vs real", "n") else "left"
        )
    for row in rows(evaluation):
        metrics.add_row(row.metric, row.value, row.interval, row.reference, row.n, row.better or row.meaning)
    parts.append(metrics)
    for arms in arm_tables(evaluation):
        table = Table(
            title=f"\nDoes it help to predict outcomes? ({arms.classifier}; test ROC-AUC; * = p < .05, Holm)",
            title_justify="left",
            show_edge=False,
        )
        for name in arms.columns:
            table.add_column(name)
        for arm in arms.rows:
            table.add_row(*arm)
        parts.append(table)
    if probes := probe_rows(evaluation):
        table = Table(title="\nDoes one thing alone tell the label? (ROC-AUC, .5 = no)", title_justify="left", show_edge=False)
        for name in ("probe", "synthetic", "real", ""):
            table.add_column(name)
        for probe in probes:
            table.add_row(probe.probe, probe.synthetic, probe.real, probe.fires)
        parts.append(table)
    parts.append(Text("\n" + "\n".join(verdict(evaluation))))
    return Group(*parts)


def audit_tables(audit: Audit) -> Group:
    """The audit of a corpus: its labels, its flagged records, and the probes with and without these."""
    table = Table(title=f"Does one thing alone tell the label in {audit.corpus}? (ROC-AUC, .5 = no)", title_justify="left",
                  show_edge=False)  # fmt: skip
    for name in ("probe", "all labelled", "without flagged", "p (Holm)", ""):
        table.add_column(name)
    clean = {each.probe: each for each in audit.without_flagged}
    for each in audit.probes:
        other = clean.get(each.probe)
        table.add_row(
            each.probe,
            probe_reading(each),
            probe_reading(other) if other else "",
            f"{each.p_holm:.3f}",
            "fires" if each.fires else "",
        )
    labels = ", ".join(f"{count} {name}" for name, count in audit.labels.items())
    flagged = ", ".join(f"{count} of label {name}" for name, count in audit.flagged.items()) or "none"
    said = f"\n{audit.trials} trials by label ({audit.label_rule}): {labels}\nRecords whose text speaks of status: {flagged}"
    ids = f" ({', '.join(audit.flagged_ids[:5])}{', …' if len(audit.flagged_ids) > 5 else ''})" if audit.flagged_ids else ""
    return Group(table, Text(said + ids + f"\nFolds: {audit.folds}"))


def counts_table(title: str, counts: Mapping[str, object]) -> Table:
    """Names and numbers, one a row; nested counts on one line."""
    table = Table(title=title, title_justify="left", show_header=False, show_edge=False)
    for name, value in counts.items():
        said = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, Mapping) else str(value)
        table.add_row(name.replace("_", " "), said)
    return table
