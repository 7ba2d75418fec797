"""What a person sees on a terminal: tables of an evaluation, of runs, of what is installed. Makes renderables; `cli` prints
them. A run as it goes is in `terminal_run`, a record in `terminal_record`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from synthetrial.evaluate.comparing import Comparison, Difference, Figure
from synthetrial.evaluate.evaluation import Evaluation
from synthetrial.evaluate.figures import interval, number
from synthetrial.evaluate.glance import Glance
from synthetrial.evaluate.leaks.audit import Audit
from synthetrial.evaluate.table import BETTER, arm_tables, probe_reading, probe_rows, rows
from synthetrial.evaluate.verdict import verdict
from synthetrial.run.overview import Overview
from synthetrial.terminal_text import shown

if TYPE_CHECKING:
    from synthetrial.doctor import Finding


def evaluation_tables(evaluation: Evaluation) -> Group:
    """The tables of an evaluation: metrics, utility arms, leak probes; and the verdict in words."""
    parts: list[Table | Text] = []
    metrics = _table(f"What the {evaluation.run} run is worth (95 % intervals)")
    for name in ("metric", "value", "interval", "real vs real", "n", "better"):
        metrics.add_column(
            name, no_wrap=name != "metric", justify="right" if name in ("value", "real vs real", "n") else "left"
        )
    for row in rows(evaluation):
        _add(metrics, row.metric, row.value, row.interval, row.reference, row.n, row.better or row.meaning)
    parts.append(metrics)
    for arms in arm_tables(evaluation):
        table = _table(
            f"\nDoes it help to predict outcomes? ({arms.classifier}; test ROC-AUC; * = p < .05, Holm)", *arms.columns
        )
        for arm in arms.rows:
            _add(table, *arm)
        parts.append(table)
    if probes := probe_rows(evaluation):
        table = _table("\nDoes one thing alone tell the label? (ROC-AUC, .5 = no)", "probe", "synthetic", "real", "")
        for probe in probes:
            _add(table, *probe)
        parts.append(table)
    parts.append(shown("\n" + "\n".join(verdict(evaluation))))
    return Group(*parts)


def audit_tables(audit: Audit) -> Group:
    """The audit of a corpus: its labels, its flagged records, and the probes with and without these."""
    table = _table(
        f"Does one thing alone tell the label in {audit.corpus}? (ROC-AUC, .5 = no)",
        "probe", "all labelled", "without flagged", "p (Holm)", "",
    )  # fmt: skip
    clean = {each.probe: each for each in audit.without_flagged}
    for each in audit.probes:
        other = clean.get(each.probe)
        _add(
            table,
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
    return Group(table, shown(said + ids + f"\nFolds: {audit.folds}"))


def counts_table(title: str, counts: Mapping[str, object]) -> Table:
    """Names and numbers, one a row; nested counts on one line."""
    table = _table(title)
    table.show_header = False
    for name, value in counts.items():
        _add(
            table,
            name.replace("_", " "),
            ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, Mapping) else str(value),
        )
    return table


def runs_table(runs: Iterable[tuple[Overview, Glance | None]]) -> Table:
    """A run a row: how far it is, with what it is made, and what its evaluation says."""
    table = _table("", "run", "records", "state", "model", "recipe", "looks real?", "copies?", "helps?")
    table.columns[1].justify = "right"
    for each in table.columns[:3]:
        each.no_wrap = True
    for run, seen in runs:
        told = ("", "", "") if seen is None else (seen.looks, seen.copies, seen.helps)
        _add(table, run["name"], f"{run['accepted']} of {run['wanted']}", run["state"], run["model"], run["recipe"], *told)
    return table


def comparison_tables(compared: Comparison) -> Group:
    """Metrics of runs side by side with the same on real trials, and the differences that are paired."""
    figures = _table("95 % intervals; real = the same metric on real trials", "metric", "better")
    figures.columns[0].no_wrap = True
    for run in compared.runs:
        figures.add_column(shown(run), justify="right")
        figures.add_column("real", justify="right", style="dim")
    for row in compared.rows:
        _add(figures, row.metric, BETTER[row.better], *(part for each in row.figures for part in _figure(each)))
    parts: list[Table | Text] = [figures]
    if compared.differences:
        paired = _table(
            "\nHow much more one gains than another, on the same test trials", "metric", "", "difference", "p (Holm)", ""
        )
        for each in compared.differences:
            _add(paired, *_difference(each))
        parts.append(paired)
    parts += [shown(f"\n{each}.") for each in compared.unpaired]
    return Group(*parts)


def findings_table(findings: Sequence[Finding]) -> Table:
    """What was looked at, and below each miss the command that mends it."""
    table = Table.grid(padding=(0, 2))
    for each in findings:
        mark = shown("ok", "green") if each["ok"] else shown("no", "bold red" if each["needed"] else "yellow")
        said = shown(each["found"])
        if not each["ok"]:
            said.append(f"\n→ {shown(each['mend'])}", "bold")
        table.add_row(mark, shown(each["what"]), said)
    return table


def _figure(figure: Figure | None) -> tuple[str, str]:
    if figure is None:
        return "—", ""
    spread = interval(figure.ci_low, figure.ci_high).replace(", ", ",\u00a0")  # may go on a line of its own, but not in two
    return f"{number(figure.value)} {spread}".rstrip(), "—" if figure.reference is None else number(figure.reference)


def _difference(each: Difference) -> tuple[str, ...]:
    value = f"{number(each.value, sign=True)} {interval(each.ci_low, each.ci_high, sign=True)}"
    return each.metric, f"{each.run} less {each.than}", value, number(each.p_holm), f"{each.n} test trials, {each.drugs} drugs"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=shown(title, "italic") if title else None, title_justify="left", show_edge=False)
    for each in columns:
        table.add_column(shown(each))
    return table


def _add(table: Table, *cells: str) -> None:
    table.add_row(*map(shown, cells))
